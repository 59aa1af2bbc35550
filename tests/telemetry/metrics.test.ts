// What is counted for each frame, and handed over at a scrape.

import { expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

test("replies and bytes are counted once, however often they are asked for", async () => {
  const metrics = createMetrics();
  const lines = async () => (await metrics.text()).split("\n").filter((line) => /^orchard_(mess|socket_b)/.test(line));
  expect(await lines()).toEqual(["orchard_socket_bytes_out_total 0"]);
  metrics.reply("ping", "ok");
  metrics.reply("ping", "ok");
  metrics.reply("ping", "rate_limited");
  metrics.bytesOut(100);
  metrics.bytesOut(20);
  const counted = [
    'orchard_messages_total{type="ping",result="ok"} 2',
    'orchard_messages_total{type="ping",result="rate_limited"} 1',
    "orchard_socket_bytes_out_total 120",
  ];
  expect(await lines()).toEqual(counted);
  expect(await lines()).toEqual(counted);
  metrics.reply("ping", "ok");
  expect((await lines())[0]).toBe('orchard_messages_total{type="ping",result="ok"} 3');
});

test("of each pool it is told how many have a place, how many wait, and how many were refused", async () => {
  const [metrics, pools] = [createMetrics(), createPools()];
  const none = { sessions: () => 0, subscriptions: () => 0, addresses: () => 0, writer_waiting: () => 0 };
  metrics.read({ ...none, actors: () => ({}), pools });
  const alice = { party: "alice", group: "home" };
  const forever = new Promise<void>(() => {});
  for (let asked = 0; asked < 3; asked += 1)
    void pools.searches.run(
      alice,
      () => forever,
      () => forever,
    );
  const holding = pools.upload_room.begin(alice, () => {});
  pools.upload_room.take(holding, 1_000, 0);
  pools.upload_room.take(holding, limits.unfinished_uploads_bytes, 0);
  const text = await metrics.text();
  for (const line of [
    'orchard_pool_in_use{pool="searches"} 1',
    'orchard_pool_waiting{pool="searches"} 2',
    'orchard_pool_waiting{pool="syncs"} 0',
    'orchard_pool_refused_total{pool="searches"} 0',
    'orchard_pool_refused_total{pool="upload_room"} 1',
    "orchard_unfinished_upload_bytes 1000",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(await metrics.text()).toContain('orchard_pool_refused_total{pool="upload_room"} 1\n');
});

test("what only histograms and summaries may be labelled with is on nothing else", async () => {
  const metrics = createMetrics();
  metrics.read({
    sessions: () => 0,
    subscriptions: () => 0,
    addresses: () => 0,
    writer_waiting: () => 0,
    actors: () => ({}),
    pools: createPools(),
  });
  const text = await metrics.text();
  const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = "", type]) => [name, type]));
  const labelled = (label: string) =>
    [...text.matchAll(new RegExp(`^(\\w+?)(?:_bucket)?\\{[^}]*\\b${label}=`, "gm"))].map(([, name = ""]) =>
      types.get(name),
    );
  expect(new Set(labelled("quantile"))).toEqual(new Set(["summary"]));
  expect(new Set(labelled("le"))).toEqual(new Set(["histogram"]));
  expect(text).toContain('orchard_event_loop_lag_seconds{quantile="0.99"} ');
});
