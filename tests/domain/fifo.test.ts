// The queue that keeps nothing of what was taken: what it gives is what an array gives.

import { expect, test } from "bun:test";
import { Fifo } from "../../src/domain/fifo.ts";
import { seededRandom } from "../harness/random.ts";

const STEPS = 20_000;

test.each([0.4, 0.5, 0.7])("what comes in goes out in its order (%d of the steps put in)", (share) => {
  const random = seededRandom(share);
  const [fifo, array] = [new Fifo<number>(), [] as number[]];
  for (let step = 1; step <= STEPS; step += 1) {
    if (random.next() < share) {
      fifo.push(step);
      array.push(step);
    } else if (random.next() < 0.1) expect(fifo.pop()).toBe(array.pop() as number);
    else expect(fifo.shift()).toBe(array.shift() as number);
    expect(fifo.length).toBe(array.length);
    expect(fifo.first).toBe(array[0] as number);
  }
});

test("what was taken can be collected while others wait", async () => {
  const fifo = new Fifo<object>();
  const items = Array.from({ length: 500 }, () => new WeakRef(pushed(fifo)));
  for (let item = 0; item < 490; item += 1) fifo.shift();
  // A weak reference holds on until the turn ends in which it was made.
  await new Promise(setImmediate);
  Bun.gc(true);
  expect(items.filter((item) => item.deref()).length).toBeLessThan(50);
});

function pushed(fifo: Fifo<object>): object {
  const item = {};
  fifo.push(item);
  return item;
}
