// How far somebody's own topic is told: hints in the order of the commits, and catching up where an answer was lost.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { Later } from "../../../src/actors/kernel/later.ts";
import { SelfTopics } from "../../../src/actors/people/self-topics.ts";

const alice = 1;
let told: number[];
let reads: number[];
const later = new Later();
let topics: SelfTopics;

beforeEach(() => {
  [told, reads] = [[], []];
  topics = new SelfTopics({ later, clock: () => 0, read: (_, since) => void reads.push(since) });
  topics.begin(alice, 10);
});
afterEach(() => later.stop());

/** As the last of what is stored, unless something was stored between. */
const hint = (seq: number, after: number | null = topics.told(alice)) =>
  topics.hint({ user_id: alice, seq, after }, () => void told.push(seq));
/** What was read last has come, up to `seq`. */
const caughtUp = (seq: number, has_more = false, since = reads.at(-1) ?? 0) =>
  topics.caughtUp(alice, since, { seq, has_more }, () => void told.push(seq));

test("what is hinted at is told, and remembered as told", () => {
  hint(11);
  hint(15);
  expect(told).toEqual([11, 15]);
  expect(topics.told(alice)).toBe(15);
});

test("what was read before it was hinted at isn't told again", () => {
  hint(10);
  expect(told).toEqual([]);
});

test("of somebody who isn't here, the last hint is what a session that opens goes on from", () => {
  topics.hint({ user_id: 2, seq: 20, after: 19 }, () => void told.push(20));
  topics.begin(2, 19);
  expect(topics.told(2)).toBe(20);
  expect(told).toEqual([]);
});

test("what comes after something that nobody hinted at is read with it, and told in order", () => {
  hint(13, 12);
  expect(told).toEqual([]);
  expect(reads).toEqual([10]);
  caughtUp(13);
  expect(told).toEqual([13]);
  hint(12, 10);
  expect(told).toEqual([13]);
});

test("of what was found out only afterwards nobody knows what was before it: it is read", () => {
  hint(12, null);
  expect(reads).toEqual([10]);
});

test("where the answer to a write was lost, all that is stored is read", () => {
  topics.catchUp(alice);
  expect(reads).toEqual([10]);
  caughtUp(10);
  expect(told).toEqual([]);
  hint(11);
  expect(told).toEqual([11]);
});

test("what is hinted at during the reading, and wasn't in it, is read once more", () => {
  topics.catchUp(alice);
  hint(14);
  caughtUp(12);
  expect(reads).toEqual([10, 12]);
  caughtUp(14);
  expect(told).toEqual([12, 14]);
});

test("a reading that began before what is to be found out may not have seen it", () => {
  topics.catchUp(alice);
  topics.catchUp(alice);
  caughtUp(12);
  expect(reads).toEqual([10, 12]);
});

test("what a reading had no room for is read after it", () => {
  topics.catchUp(alice);
  caughtUp(12, true);
  expect(reads).toEqual([10, 12]);
  caughtUp(14);
  expect(told).toEqual([12, 14]);
  expect(reads).toEqual([10, 12]);
});

test("what was read for a session that has gone is not told to one that came since", () => {
  topics.catchUp(alice);
  topics.end(alice);
  topics.begin(alice, 15);
  topics.catchUp(alice);
  caughtUp(12, false, 10);
  expect(told).toEqual([]);
  caughtUp(16);
  expect(told).toEqual([16]);
  hint(17);
  expect(told).toEqual([16, 17]);
});

test("who waits hears once it was told so far, or the session has gone", () => {
  const heard: number[] = [];
  topics.whenTold(alice, 9, (seq) => heard.push(seq));
  topics.whenTold(alice, 12, (seq) => heard.push(seq));
  expect(heard).toEqual([10]);
  hint(13);
  expect(heard).toEqual([10, 13]);
  topics.whenTold(alice, 20, (seq) => heard.push(seq));
  topics.end(alice);
  expect(heard).toEqual([10, 13, 20]);
});
