// Work that comes all at once, spread over slices of the event loop.

import { beforeEach, expect, test } from "bun:test";
import { createSlices, type Slices } from "../../../src/actors/kernel/slices.ts";

const TURN_MS = 4;

let now_ms: number;
let done: number[];
let slices: Slices;

beforeEach(() => {
  now_ms = 0;
  done = [];
  slices = createSlices(TURN_MS, () => now_ms);
});

/** Takes a millisecond, as what it has others do does. */
const work = (number: number) => () => {
  done.push(number);
  void Promise.resolve().then(() => {
    now_ms += 1;
  });
};
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("what comes alone is done at once", async () => {
  slices.run(work(1));
  expect(done).toEqual([1]);
  await nextTurn();
  await nextTurn();
  slices.run(work(2));
  expect(done).toEqual([1, 2]);
});

test("a turn does what its time allows, and the next ones the rest, in order", async () => {
  for (const number of numbers(1, 10)) {
    slices.run(work(number));
    await null;
  }
  expect(done).toEqual(numbers(1, 4));
  await nextTurn();
  expect(done).toEqual(numbers(1, 8));
  await nextTurn();
  expect(done).toEqual(numbers(1, 10));
});

test("what comes while others wait is done after them", async () => {
  for (const number of numbers(1, 6)) {
    slices.run(() => {
      work(number)();
      now_ms += TURN_MS;
      if (number === 2) slices.run(work(7));
    });
  }
  for (let at = 0; at < 8; at += 1) await nextTurn();
  expect(done).toEqual(numbers(1, 7));
});
