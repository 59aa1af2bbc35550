// The source of what nobody may foresee: the system's, in full, and asked seldom.

import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { createChance } from "../../../src/actors/kernel/chance.ts";

const asking = spyOn(crypto, "getRandomValues");
afterEach(() => asking.mockReset());
afterAll(() => asking.mockRestore());

/** Has the system give the same word again and again. */
function giving(word: number): void {
  asking.mockImplementation((values) => {
    if (values instanceof Uint32Array) values.fill(word);
    return values;
  });
}

test("is all of what the system gives, from 0 to the last number below 1", () => {
  giving(0);
  expect(createChance()()).toBe(0);
  giving(0xffff_ffff);
  expect(createChance()()).toBe(1 - 2 ** -53);
});

test("gives no number twice of what it was given once", () => {
  let given = 0;
  asking.mockImplementation((values) => {
    if (values instanceof Uint32Array) for (const index of values.keys()) values[index] = given += 64;
    return values;
  });
  const chance = createChance();
  const drawn = Array.from({ length: 3_000 }, chance);
  expect(new Set(drawn).size).toBe(3_000);
});

test("asks the system once for a thousand, and anew for each source", () => {
  giving(7);
  const [one, other] = [createChance(), createChance()];
  for (let drawn = 0; drawn < 1_000; drawn += 1) one();
  expect(asking).toHaveBeenCalledTimes(1);
  other();
  expect(asking).toHaveBeenCalledTimes(2);
});
