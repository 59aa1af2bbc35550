// The order of what is told of a person: how they look at once, but behind a profile that is on its way to the database.

import { beforeEach, expect, test } from "bun:test";
import { type Frame, textOf } from "../../../src/actors/delivery/late-frame.ts";
import type { UserTopicsDependencies } from "../../../src/actors/people/user-topics.ts";
import { UserTopics } from "../../../src/actors/people/user-topics.ts";

const alice = 1;
let told: { seq: number; data: object }[];
let topics: UserTopics;

beforeEach(() => {
  told = [];
  let last = 100;
  const gateway = { publish: (_topic: string, frame: Frame) => void told.push(JSON.parse(textOf(frame))) };
  const ids = {
    next: () => {
      last += 1;
      return last;
    },
  };
  const blindness = { isEmpty: true, ofSession: () => false };
  topics = new UserTopics({ gateway, ids, blindness, clock: () => 0 } as unknown as UserTopicsDependencies);
});

const words = () => told.map(({ seq, data }) => [seq, data]);

test("how somebody looks is told at once", () => {
  topics.publish(alice, { status: "idle" });
  expect(words()).toEqual([[101, { id: alice, status: "idle" }]]);
  expect(topics.told(alice)).toBe(101);
});

test("behind a profile that is being stored it waits, and comes after it", () => {
  const seq = topics.reserve(alice);
  topics.publish(alice, { status: "idle" });
  expect(words()).toEqual([]);
  topics.finish(alice, seq, () => topics.send(alice, seq, { name: "Alice" }));
  expect(words()).toEqual([
    [101, { id: alice, name: "Alice" }],
    [102, { id: alice, status: "idle" }],
  ]);
  expect(topics.isMoving(alice)).toBe(false);
});

test("where nothing came of the profile, what waited is told", async () => {
  const seq = topics.reserve(alice);
  topics.publish(alice, { status: "idle" });
  const settled = topics.settled(alice);
  topics.release(alice, seq);
  await settled;
  expect(words()).toEqual([[102, { id: alice, status: "idle" }]]);
  expect(topics.settled(alice)).toBeNull();
});

test("an end that comes twice is heard once", () => {
  const seq = topics.reserve(alice);
  topics.finish(alice, seq, () => topics.send(alice, seq, { name: "Alice" }));
  topics.finish(alice, seq, () => topics.send(alice, seq, { name: "again" }));
  topics.release(alice, seq);
  expect(words()).toEqual([[101, { id: alice, name: "Alice" }]]);
});
