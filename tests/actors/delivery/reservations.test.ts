// The changes of one topic that are under way at once, told in the order of their `seq`, whoever ends first.

import { beforeEach, expect, test } from "bun:test";
import { type Reservation, Reservations } from "../../../src/actors/delivery/reservations.ts";

let told: string[];
let order: Reservations;
let last_seq: number;

beforeEach(() => {
  [told, order, last_seq] = [[], new Reservations(), 0];
});

function reserve(): Reservation {
  last_seq += 1;
  return order.reserve(last_seq);
}

const tell = (reservation: Reservation | undefined, word: string) => reservation?.tell(() => void told.push(word));

test("what ends early waits for what was reserved before it, and no longer", () => {
  const [one, two, three, four] = [reserve(), reserve(), reserve(), reserve()];
  void tell(two, "two");
  void tell(four, "four");
  expect(told).toEqual([]);
  void tell(one, "one");
  expect(told).toEqual(["one", "two"]);
  three.release();
  expect(told).toEqual(["one", "two", "four"]);
});

test("a reservation ends once", () => {
  const one = reserve();
  void tell(one, "told");
  void tell(one, "told again");
  one.release();
  expect(told).toEqual(["told"]);
});

test("what is told may reserve the next place", async () => {
  const [one, later] = [reserve(), reserve()];
  void tell(later, "later");
  let next: Reservation | undefined;
  void one.tell(() => {
    told.push("one");
    next = reserve();
  });
  expect(told).toEqual(["one", "later"]);
  const settled = order.settled();
  void tell(next, "next");
  await settled;
  void tell(reserve(), "last");
  expect(told).toEqual(["one", "later", "next", "last"]);
});

test("who tells at once need not wait; who waits hears when it was told", async () => {
  const [one, two] = [reserve(), reserve()];
  const waiting = tell(two, "two");
  expect(waiting).toBeInstanceOf(Promise);
  expect(tell(one, "one")).toBeUndefined();
  expect(told).toEqual(["one", "two"]);
  await waiting;
  expect(tell(two, "two again")).toBeUndefined();
  expect(told).toEqual(["one", "two"]);
});

test("the oldest is the first that isn't told yet, and none while the last one is being told", () => {
  const [one, two] = [reserve(), reserve()];
  expect(order.oldest).toBe(one.seq);
  void tell(one, "one");
  expect(order.oldest).toBe(two.seq);
  let oldest: number | null = 0;
  void two.tell(() => {
    oldest = order.oldest;
  });
  expect(oldest).toBeNull();
});

test("it settles when all that was on its way is told, or nothing came of it", async () => {
  expect(order.settled()).toBeNull();
  const [one, two] = [reserve(), reserve()];
  const settled = order.settled();
  void tell(one, "one");
  two.release();
  await settled;
  expect(told).toEqual(["one"]);
  expect(order.settled()).toBeNull();
});
