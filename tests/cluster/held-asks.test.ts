// What a node was asked of slots that it doesn't serve just now: it waits, but for no longer than whoever asked.

import { expect, test } from "bun:test";
import { type AskHead, HeldAsks } from "../../src/cluster/node/held-asks.ts";

const PATIENCE_MS = 100;

const ask = (id: number): AskHead => {
  const what = { address: "room:1", call: "perform", request: null } as const;
  return { kind: "ask", id, ...what, epoch: 1, told: false };
};

test("what is held is taken again in its order, until nobody waits for its answer, however often it was held anew", () => {
  let now_ms = 0;
  const held = new HeldAsks(PATIENCE_MS, () => now_ms);
  const goOn = () => {
    const taken: number[] = [];
    held.goOn((from, head) => {
      taken.push(head.id);
      held.add(7, from, head);
    });
    return taken;
  };
  held.add(7, 2, ask(1));
  now_ms = 60;
  held.add(7, 3, ask(2));
  expect(goOn()).toEqual([1, 2]);
  now_ms = 99;
  expect(goOn()).toEqual([1, 2]);
  now_ms = 100;
  expect(goOn()).toEqual([2]);
  now_ms = 159;
  held.add(7, 2, ask(3));
  expect(goOn()).toEqual([2, 3]);
  now_ms = 160;
  expect(goOn()).toEqual([3]);
});

test("what is only told is taken however long it was held: nobody says it again", () => {
  let now_ms = 0;
  const held = new HeldAsks(PATIENCE_MS, () => now_ms);
  held.add(7, 2, { ...ask(1), told: true });
  held.add(7, 2, ask(2));
  now_ms = 10 * PATIENCE_MS;
  const taken: number[] = [];
  held.goOn((_, head) => void taken.push(head.id));
  expect(taken).toEqual([1]);
});
