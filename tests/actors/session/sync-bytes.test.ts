// What has room in one answer of `sync`.

import { expect, test } from "bun:test";
import { withinBytes as wordedWithin } from "../../../src/actors/session/handlers/sync-bytes.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { SyncedTopic } from "../../../src/protocol/community/sync.ts";

const ID = Number.MAX_SAFE_INTEGER;

const looking = (topic: string, playing: string | null): SyncedTopic => ({
  seq: ID,
  events: [{ type: "user_changed", topic, seq: ID, data: { id: ID, status: "invisible" as never, playing } }],
});

function withinBytes(all: [string, SyncedTopic][]) {
  const { json, dropped } = wordedWithin(all);
  return { answers: JSON.parse(json) as Record<string, SyncedTopic>, dropped };
}

const lengthOf = (answers: object) => Buffer.byteLength(JSON.stringify(answers));
const long = (topic: string): SyncedTopic => ({
  seq: 2,
  events: [{ type: "user_changed", topic, seq: 2, data: { id: 1, name: "n".repeat(300_000) } }],
});

test("how a thousand people look has room, and what is said beside it", () => {
  const people = Array.from({ length: limits.topics_per_request - 1 }, (_, at): [string, SyncedTopic] => [
    `user:${ID - at}`,
    looking(`user:${ID - at}`, "A game"),
  ]);
  const { answers, dropped } = withinBytes([...people, ["channel:1", long("channel:1")]]);
  expect(dropped).toEqual([]);
  expect(Object.keys(answers)).toHaveLength(limits.topics_per_request);
});

test.each(["", "\u0001", "é", "漢", "\ud800"])(
  "what somebody plays is taken for no less than it takes: %p",
  (character) => {
    const games = Array.from({ length: 2_000 }, (_, at): [string, SyncedTopic] => [
      `user:${ID - at}`,
      looking(`user:${ID - at}`, character.repeat(500)),
    ]);
    const { answers } = withinBytes(games);
    const kept = Object.values(answers).filter((answer) => "events" in answer);
    expect(lengthOf(kept)).toBeLessThanOrEqual(limits.sync_bytes);
  },
);

test("what has no room any more is to be loaded anew, and what brings nothing stays", () => {
  const { answers, dropped } = withinBytes([
    ["user:1", long("user:1")],
    ["user:2", long("user:2")],
    ["user:3", long("user:3")],
    ["self", { seq: 3, events: [] }],
  ]);
  expect(dropped).toEqual(["user:3"]);
  expect(answers["user:3"]).toEqual({ reset: true });
  expect(answers["self"]).toEqual({ seq: 3, events: [] });
});

test("the answers are in the order in which they were asked for, and none is none", () => {
  const answers: [string, SyncedTopic][] = [
    ["user:2", looking("user:2", 'said "so"\n')],
    ["channel:1", { gone: true }],
    ["self", { seq: 3, events: [] }],
  ];
  expect(wordedWithin(answers)).toEqual({ json: JSON.stringify(Object.fromEntries(answers)), dropped: [] });
  expect(wordedWithin([])).toEqual({ json: "{}", dropped: [] });
});
