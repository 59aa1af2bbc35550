// What a node does in its slots: begun only while it serves them, said only while its lease holds.

import { beforeEach, expect, test } from "bun:test";
import { Holdings } from "../../src/cluster/node/holdings.ts";
import { SlotView } from "../../src/cluster/node/slot-view.ts";

const SLOT = 7;
const [ME, OTHER] = [1, 2];

let view: SlotView;
let is_good: boolean;
let holdings: Holdings;
let said: string[];
const say = (words: string) => holdings.speak(SLOT, () => void said.push(words));

beforeEach(() => {
  [view, is_good, said] = [new SlotView(), true, []];
  view.learn(SLOT, { epoch: 1, node: ME });
  holdings = new Holdings({ me: ME, view, isGood: () => is_good });
});

test("what is said while the lease has run out waits for its renewal, and what is said after it behind that", () => {
  is_good = false;
  say("one");
  expect(holdings.isServing(SLOT)).toBe(false);
  is_good = true;
  say("two");
  expect(said).toEqual([]);
  expect(holdings.isServing(SLOT)).toBe(false);
  holdings.speak(SLOT, () => say("because of it"));
  holdings.sayUnsaid();
  expect(said).toEqual(["one", "two", "because of it"]);
  expect(holdings.isServing(SLOT)).toBe(true);
});

test("what its next owner tells is never said", () => {
  view.learn(SLOT, { epoch: 2, node: OTHER });
  view.letGo(SLOT, ME, 2);
  say("late");
  expect(said).toEqual([]);
});

test("who is to be sent away stays while the slot is being given, and that is known when it isn't", () => {
  expect(holdings.spares(SLOT)).toBe(false);
  expect(holdings.reopen(SLOT)).toBe(false);
  holdings.close(SLOT);
  expect(holdings.spares(SLOT)).toBe(true);
  expect(holdings.reopen(SLOT)).toBe(true);
  holdings.close(SLOT);
  expect(holdings.reopen(SLOT)).toBe(false);
});

test("a slot is idle once all that was begun is answered, and all that was to be said is", async () => {
  holdings.begin(SLOT);
  is_good = false;
  holdings.speak(SLOT, () => holdings.end(SLOT));
  holdings.close(SLOT);
  let is_idle = false;
  const idle = holdings.whenIdle(SLOT).then(() => {
    is_idle = true;
  });
  await Promise.resolve();
  expect(is_idle).toBe(false);
  is_good = true;
  holdings.sayUnsaid();
  await idle;
  expect(holdings.isIdle(SLOT)).toBe(true);
  expect(holdings.isServing(SLOT)).toBe(false);
  holdings.reopen(SLOT);
  expect(holdings.isServing(SLOT)).toBe(true);
});
