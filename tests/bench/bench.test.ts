// The bench works: each workload, at a size that measures nothing, brings figures of both sides. No time is asserted.

import { expect, test } from "bun:test";
import { measure } from "../../bench/measure.ts";
import { soakFor } from "../../bench/soak.ts";
import { percentile, summary } from "../../bench/stats.ts";
import { workloads } from "../../bench/workloads/index.ts";
import { hasCluster } from "../harness/cluster.ts";

const tiny = { scale: "tiny", rows: 1_000 } as const;
/** What starts both by itself, and what loads something before the source. */
const OF_SOURCE: readonly string[] = ["start", "start-parts", "slow-disk"];
/** Where there is one it is there much sooner. */
const has_binary = process.env["ORCHARD_TEST_PROGRAM"] !== undefined;

/** What a workload counts, of which the tiny size fixes how much there is. */
const counts: Record<string, Record<string, number>> = {
  "fan-out": { deliveries: 200 },
  "fan-out-durable": { deliveries: 200 },
  durable: { acknowledged_but_lost: 0 },
  "durable-floor": { acknowledged_but_lost: 0 },
  paced: { messages: 20 },
  singly: { messages: 20 },
  "singly-durable": { messages: 20 },
  opening: { sockets: 20 },
  presence: { deliveries: 30 },
  "presence-durable": { deliveries: 30 },
  "idle-unloaded": { sessions: 20 },
  idle: { sessions: 20 },
  storm: { sessions: 20 },
  start: {},
  "start-parts": {},
  reading: {},
  "room-opening": { rooms: 5 },
  "slow-disk": { acknowledged_but_lost: 0 },
  "nodes-fan-out": { deliveries: 200 },
  "nodes-durable": { acknowledged_but_lost: 0 },
  // Whether anybody is let down depends on how fast the machine is; that nobody is in the end is what floods/ tests.
  neighbours: {},
};

/** Nodes want a database server and NATS. */
const possible = workloads.filter(({ name }) => hasCluster || !name.startsWith("nodes-"));

test.each(possible.map((workload) => [workload.name, workload] as const))("%s", async (name, workload) => {
  const start = { is_binary: has_binary && !OF_SOURCE.includes(name) };
  const { figures, verdicts } = await measure(workload, { ...tiny, start }, 1);
  for (const side of workload.sides) {
    for (const [figure, { median }] of Object.entries(figures[side] ?? {})) {
      expect(median, `${side} ${figure}`).toBeNumber();
      expect(median, `${side} ${figure}`).not.toBeNaN();
    }
    for (const [figure, count] of Object.entries(counts[name] ?? {}))
      expect(figures[side]?.[figure]?.median).toBe(count);
  }
  expect(verdicts).not.toBeEmpty();
});

test("soak", async () => {
  const size = { sessions: 20, sample_ms: 20, requests_per_tick: 4 };
  const { requests, refused, last_kib } = await soakFor(200, size, () => {});
  expect(requests).toBeGreaterThan(0);
  expect(refused).toBe(0);
  expect(last_kib).toBeGreaterThan(0);
});

test("percentiles and medians", () => {
  const values = [5, 1, 4, 2, 3];
  expect([percentile(values, 0), percentile(values, 0.5), percentile(values, 0.99)]).toEqual([1, 3, 5]);
  expect(percentile([], 0.5)).toBe(0);
  expect(summary(values)).toEqual({ median: 3, min: 1, max: 5 });
});
