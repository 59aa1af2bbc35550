// Sockets of an address over several nodes: what each has, the others know within a second, and forget with the node.

import { expect, test } from "bun:test";
import { unthrottled } from "../../src/accounts/throttle.ts";
import { createToldSockets, type SocketCounts, startTelling } from "../../src/actors/told-sockets.ts";
import { limits } from "../../src/domain/limits.ts";
import { createConnections } from "../../src/routes/connections.ts";

const MOST = 80;
const home = "192.0.2.1";
const part = MOST / limits.told_parts;

test("those that have many are told, with how many they have", () => {
  const connections = createConnections(MOST, unthrottled);
  for (let sockets = 0; sockets < part; sockets += 1) connections.opened(home);
  connections.opened("192.0.2.2");
  expect(connections.many()).toEqual([[home, part]]);
  connections.closed(home);
  expect(connections.many()).toEqual([]);
  expect(createConnections(Infinity, unthrottled).many()).toEqual([]);
});

test("what an address has elsewhere counts, of all nodes, until it is told otherwise", () => {
  const time = { ms: 0 };
  const told = createToldSockets(() => time.ms);
  const connections = createConnections(MOST, unthrottled, told.elsewhere);
  const opens = () => connections.refusal(home) === null;
  told.told(1, [[home, MOST - 10]]);
  told.told(2, [[home, 5]]);
  for (let sockets = 0; sockets < 5; sockets += 1) {
    expect(opens()).toBe(true);
    connections.opened(home);
  }
  expect(connections.refusal(home)).toMatchObject({ code: "limit_reached" });
  expect(connections.refusal("192.0.2.2")).toBeNull();
  told.told(2, []);
  expect(opens()).toBe(true);
  // Of a node that says nothing any more.
  told.told(2, [[home, 5]]);
  time.ms += limits.told_sockets_ms + 1;
  expect([opens(), told.elsewhere(home)]).toEqual([true, 0]);
});

test("it is told as long as there is something to tell, and once that there isn't", async () => {
  const connections = createConnections(MOST, unthrottled);
  const told: SocketCounts[] = [];
  const tell = (counts: SocketCounts) => void told.push(counts);
  const telling = startTelling(connections.many, tell, (error) => expect(error).toBeUndefined());
  await telling.run();
  expect(told).toEqual([]);
  for (let sockets = 0; sockets < part; sockets += 1) connections.opened(home);
  await telling.run();
  await telling.run();
  for (let sockets = 0; sockets < part; sockets += 1) connections.closed(home);
  for (let round = 0; round < 3; round += 1) await telling.run();
  expect(told).toEqual([[[home, part]], [[home, part]], []]);
  await telling.stop();
});
