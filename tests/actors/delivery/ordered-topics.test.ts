// Events of one topic in the order of their `seq`, whoever ends first.

import { beforeEach, describe, expect, test } from "bun:test";
import type { Gateway } from "../../../src/actors/delivery/gateway.ts";
import { createOrderedTopics, type OrderedTopics } from "../../../src/actors/delivery/ordered-topics.ts";

let published: string[];
let last_seq: number;
let topics: OrderedTopics;

beforeEach(() => {
  published = [];
  last_seq = 0;
  const gateway = { publish: (_: string, frame: string) => void published.push(frame) } as unknown as Gateway;
  const nextSeq = () => {
    last_seq += 1;
    return last_seq;
  };
  topics = createOrderedTopics(gateway, nextSeq);
});

test("what ends early waits for what was reserved before it, and no longer", () => {
  const [one, two, three, four] = [1, 2, 3, 4].map(() => topics.reserve("user:1"));
  two?.publish("two");
  four?.publish("four");
  expect(published).toEqual([]);
  one?.publish("one");
  expect(published).toEqual(["one", "two"]);
  three?.release();
  expect(published).toEqual(["one", "two", "four"]);
});

test("topics don't wait for each other", () => {
  const [one, other] = [topics.reserve("user:1"), topics.reserve("user:2")];
  other.publish("other");
  one.publish("one");
  expect(published).toEqual(["other", "one"]);
});

test("a place ends once", () => {
  const place = topics.reserve("user:1");
  place.publish("told");
  place.publish("told again");
  place.release();
  expect(published).toEqual(["told"]);
});

test("what is told may take the next place of its topic", async () => {
  const one = topics.reserve("user:1");
  const later = topics.reserve("user:1");
  later.publish("later");
  let next: ReturnType<OrderedTopics["reserve"]> | undefined;
  void one.tell(() => {
    published.push("one");
    next = topics.reserve("user:1");
  });
  expect(published).toEqual(["one", "later"]);
  const settled = topics.settled("user:1");
  next?.publish("next");
  await settled;
  topics.reserve("user:1").publish("last");
  expect(published).toEqual(["one", "later", "next", "last"]);
});

test("who tells at once need not wait; who waits hears when it was told", async () => {
  const [one, two] = [topics.reserve("user:1"), topics.reserve("user:1")];
  const told = two.tell(() => void published.push("two"));
  expect(told).toBeInstanceOf(Promise);
  expect(one.tell(() => void published.push("one"))).toBeUndefined();
  expect(published).toEqual(["one", "two"]);
  await told;
  expect(two.tell(() => void published.push("two again"))).toBeUndefined();
  expect(published).toEqual(["one", "two"]);
});

test("a topic has been told as far as its oldest place, and the last one that is being told", () => {
  const [one, two] = [topics.reserve("user:1"), topics.reserve("user:1")];
  expect(topics.reached("user:1")).toBe(one.seq - 1);
  one.publish("one");
  expect(topics.reached("user:1")).toBe(two.seq - 1);
  let reached = 0;
  void two.tell(() => {
    reached = topics.reached("user:1");
  });
  expect(reached).toBeGreaterThan(two.seq);
});

test("a change that two topics tell of has one seq in both", () => {
  const one = topics.reserve("self:1");
  const other = topics.reserve("self:2", one.seq);
  expect(other.seq).toBe(one.seq);
});

describe("how far a topic was told", () => {
  const stored = (seq: number) => async () => seq;

  test("is the last published; before that, nobody knows", () => {
    expect(topics.told("self:1")).toBeNull();
    const [one, two] = [topics.reserve("self:1"), topics.reserve("self:1")];
    two.publish("two");
    expect(topics.told("self:1")).toBeNull();
    one.publish("one");
    expect(topics.told("self:1")).toBe(two.seq);
    topics.reserve("self:1").release();
    expect(topics.told("self:1")).toBe(two.seq);
  });

  test("is read from the database where nobody knows, once", async () => {
    expect(await topics.lastTold("self:1", stored(70))).toBe(70);
    expect(await topics.lastTold("self:1", stored(80))).toBe(70);
    expect(topics.told("self:1")).toBe(70);
  });

  test("isn't what is stored, but not told yet", async () => {
    const place = topics.reserve("self:1", 90);
    const asked = topics.lastTold("self:1", stored(90));
    await Promise.resolve();
    expect(topics.told("self:1")).toBeNull();
    place.publish("told");
    expect(await asked).toBe(90);
  });

  test("is read again when something came to be told during the read", async () => {
    const reads = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    let read = 0;
    const asked = topics.lastTold("self:1", () => {
      read += 1;
      return reads[read - 1]?.promise ?? Promise.resolve(0);
    });
    const place = topics.reserve("self:1", 90);
    reads[0]?.resolve(90);
    await new Promise(setImmediate);
    place.release();
    reads[1]?.resolve(60);
    expect(await asked).toBe(60);
  });

  test("settles when all that was on its way is told", async () => {
    expect(topics.settled("self:1")).toBeNull();
    const place = topics.reserve("self:1");
    const settled = topics.settled("self:1");
    place.publish("told");
    await settled;
    expect(published).toEqual(["told"]);
    expect(topics.settled("self:1")).toBeNull();
  });
});
