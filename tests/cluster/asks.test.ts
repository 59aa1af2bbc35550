// What a node has asked and not been answered: each ask is in one place, and those of a slot keep their order.

import { describe, expect, test } from "bun:test";
import { type Asked, Asks } from "../../src/cluster/node/asks.ts";

const SLOT = 7;
const anyone = () => true;

function asked(order: number, lane = SLOT): Asked {
  const common = {
    call: "perform",
    request: null,
    reply: () => {},
    deadline: null,
    is_over: false,
    may_be_done: false,
  };
  return { address: `room:${order}`, lane, order, ...common };
}

/** Asked in the order of their numbers. */
function several(count: number): { asks: Asks; all: Asked[] } {
  const asks = new Asks(1);
  const all = Array.from({ length: count }, (_, index) => asked(index + 1));
  for (const one of all) asks.wait(one);
  return { asks, all };
}

describe("an ask", () => {
  test("waits, is with a node, comes back once, and is gone", () => {
    const { asks, all } = several(1);
    expect(asks.take(SLOT, 1, anyone)).toEqual(all);
    expect(asks.size).toBe(0);
    const id = asks.sent(all[0] as Asked, 2, 1);
    expect(asks.size).toBe(1);
    expect(asks.back(id)).toBe(all[0] as Asked);
    expect(asks.back(id)).toBeUndefined();
    expect(asks.size).toBe(0);
    expect(asks.lanes()).toEqual([]);
  });

  test("of a slot that moved doesn't overtake those that its owner before hasn't given back", () => {
    const { asks, all } = several(2);
    const ids = asks.take(SLOT, 1, anyone).map((one) => asks.sent(one, 2, 1));
    const later = asked(3);
    asks.wait(later);
    expect(asks.isClear(SLOT, 1)).toBe(false);
    expect(asks.take(SLOT, 2, anyone)).toEqual([]);
    for (const id of ids.toReversed()) asks.wait(asks.back(id) as Asked);
    expect(asks.take(SLOT, 2, anyone)).toEqual([...all, later]);
  });

  test("may go on beside one that is kept", () => {
    const { asks, all } = several(3);
    expect(asks.take(SLOT, 1, ({ order }) => order !== 2).map(({ order }) => order)).toEqual([1, 3]);
    expect(asks.isClear(SLOT, 1)).toBe(false);
    expect(asks.take(SLOT, 1, anyone)).toEqual([all[1] as Asked]);
  });

  test("with a node that is lost comes back, with all others that are there, in their order", () => {
    const asks = new Asks(1);
    const [one, two, other] = [asked(2), asked(1, 8), asked(3)];
    asks.sent(one, 2, 1);
    asks.sent(two, 2, 1);
    asks.sent(other, 3, 1);
    expect(asks.backFrom(2)).toEqual([two, one]);
    expect(asks.size).toBe(1);
  });

  test("that ends is in no place any more, wherever it was", () => {
    const { asks, all } = several(2);
    const [first, second] = all as [Asked, Asked];
    const [taken] = asks.take(SLOT, 1, ({ order }) => order === 1);
    const id = asks.sent(taken as Asked, 2, 1);
    asks.drop(first);
    asks.drop(second);
    expect(asks.back(id)).toBeUndefined();
    expect(asks.size).toBe(0);
  });
});
