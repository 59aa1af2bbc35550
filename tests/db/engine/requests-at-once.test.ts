// How many requests a process has under way at a database server, by how many processes send.

import { expect, test } from "bun:test";
import { lanes } from "../../../src/db/engine/lanes.ts";
import { RequestsAtOnce } from "../../../src/db/engine/requests-at-once.ts";
import { limits } from "../../../src/domain/limits.ts";

/** A bound under which each request waits to be let go on. */
function waiting(processes?: number) {
  const at_once = new RequestsAtOnce();
  if (processes !== undefined) at_once.share(processes);
  const let_on: (() => void)[] = [];
  const underway: string[] = [];
  const send = (name: string) => () =>
    at_once.request(() => {
      underway.push(name);
      return new Promise<void>((resolve) => let_on.push(resolve));
    });
  return { at_once, underway, let_on, send };
}

/** Whatever may begin has begun. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  [undefined, 20, 4],
  [1, 20, 4],
  [2, 20, 4],
  [3, 16, 4],
  [5, 9, 3],
  [8, 6, 2],
  [12, 4, 1],
  [24, 2, 1],
  [31, 2, 1],
])("where %p processes send, each has %p requests under way, %p of each lane", async (processes, requests, of_lane) => {
  const { at_once, underway, send } = waiting(processes);
  for (const lane of lanes.filter((one) => one !== "quick")) {
    for (let sent = 0; sent < requests; sent += 1) void at_once.read(lane, send(lane));
  }
  await settled();
  // Never all.
  expect(underway.length).toBe(Math.min(2 * of_lane, requests - 1));
  for (let sent = 0; sent < 2 * requests; sent += 1) void at_once.read("quick", send("quick"));
  await settled();
  expect(underway.length).toBe(requests);
});

test("as many as there may be, all have no more together than they may", () => {
  const at_once = new RequestsAtOnce();
  for (let processes = 3; processes <= 24; processes += 1) {
    at_once.share(processes);
    expect(processes * at_once.at_most).toBeLessThanOrEqual(limits.remote_database_requests_of_all);
  }
  at_once.share(31);
  expect(31 * at_once.at_most).toBeLessThan(64);
});

test("what waits goes on when there are fewer processes, and what is under way when there are more", async () => {
  const { at_once, underway, let_on, send } = waiting(24);
  for (let sent = 0; sent < 30; sent += 1) void at_once.read("quick", send("quick"));
  await settled();
  expect(underway).toHaveLength(2);
  at_once.share(3);
  await settled();
  expect(underway).toHaveLength(16);
  at_once.share(24);
  for (const goOn of let_on.splice(0, 14)) goOn();
  await settled();
  expect(underway).toHaveLength(16);
  for (const goOn of let_on.splice(0, 1)) goOn();
  await settled();
  expect(underway).toHaveLength(17);
});
