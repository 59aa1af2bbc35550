// How far this machine's clock may be from that of the database server.

import { expect, test } from "bun:test";
import { refuseClock } from "../../src/cluster/membership/clocks.ts";
import { unavailable } from "../../src/db/engine/driver.ts";

/** Asked at `from_ms` and answered so much later, by this machine's clock, what the other one's shows. */
function clocks(from_ms: number, theirs_ms: number, took_ms = 10) {
  const moments = [from_ms, from_ms + took_ms];
  const run = async () => ({ state: "done" as const, results: [{ changes: 0, rows: [[theirs_ms]] }] });
  return refuseClock({ run }, () => moments.shift() ?? 0).then(() => null, String);
}

test("two seconds are little", async () => {
  for (const theirs_ms of [8_000, 9_999, 10_000, 10_005, 12_010]) expect(await clocks(10_000, theirs_ms)).toBeNull();
});

test("a slow answer says the less of when it was read", async () => {
  expect(await clocks(10_000, 16_000, 5_000)).toBeNull();
  expect(await clocks(10_000, 18_000, 5_000)).toContain("3 s behind");
});

test("more is said so, either way", async () => {
  const hour_ms = 3_600_000;
  expect(await clocks(2 * hour_ms, hour_ms)).toBe(
    "ClusterFault: ORCHARD_CLUSTER: the clock of this machine is 3600 s ahead of that of the database server: " +
      "have both set, such as by NTP",
  );
  expect(await clocks(hour_ms, 2 * hour_ms, 0)).toContain("3600 s behind that of the database server");
  expect(await clocks(10_000, 7_999)).toContain("2 s ahead of");
});

test("where it can't be read, that is what is said", async () => {
  const run = async () => ({ state: "unknown" as const, fault: unavailable("no answer") });
  expect(await refuseClock({ run }, Date.now).catch(String)).toContain("no answer");
});
