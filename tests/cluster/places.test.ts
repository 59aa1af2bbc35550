// What nodes say to each other of where slots lie, and what each makes of it.

import { beforeEach, expect, test } from "bun:test";
import type { SeenSlot } from "../../src/cluster/membership/decisions.ts";
import type { Head } from "../../src/cluster/node/items.ts";
import { Places } from "../../src/cluster/node/places.ts";
import { SlotView } from "../../src/cluster/node/slot-view.ts";

const [ME, OTHER, DEAD] = [1, 2, 3];
const [MINE, ITS] = [7, 8];

let stored: Map<number, SeenSlot>;
let view: SlotView;
let places: Places;
let said: unknown[];
let renewals: number;

beforeEach(() => {
  [view, said, renewals] = [new SlotView(), [], 0];
  stored = new Map([
    [MINE, { epoch: 1, node: ME }],
    [ITS, { epoch: 1, node: DEAD }],
  ]);
  const say = (head: unknown) => void said.push((head as Extract<Head, { kind: "moved" }>).slots);
  places = new Places({
    ...{ me: ME, view },
    membership: {
      slot: (slot) => stored.get(slot) ?? { epoch: 0, node: null },
      renew: async () => {
        renewals += 1;
        return true;
      },
    },
    say: (_node, { head }) => say(head),
    sayToAll: ({ head }) => say(head),
  });
  places.learn();
  said.length = 0;
});

test("what one reads first it says to all, once; what one has said, another doesn't say again", () => {
  stored.set(ITS, { epoch: 2, node: null });
  expect(places.learn()).toEqual([]);
  expect(places.learn()).toEqual([]);
  expect(said).toEqual([[[ITS, 2, null]]]);
  expect(renewals).toBe(0);

  places.heard(OTHER, [[ITS, 3, OTHER]]);
  // It looks at once who is there, and what is free.
  expect(renewals).toBe(1);
  stored.set(ITS, { epoch: 3, node: OTHER });
  places.learn();
  expect(said).toHaveLength(1);
});

test("what one takes it says when it has read so itself, and not for what another says", () => {
  places.heard(OTHER, [[ITS, 3, ME]]);
  expect(view.of(ITS).node).toBe(DEAD);
  stored.set(ITS, { epoch: 3, node: ME });
  places.learn();
  expect(said).toEqual([[[ITS, 3, ME]]]);
});

test("what one had it lets go of in so many words, and not by what it reads", () => {
  stored.set(MINE, { epoch: 2, node: OTHER });
  expect(places.learn()).toEqual([]);
  expect(said).toEqual([]);
  expect(places.letGo([MINE])).toEqual([{ slot: MINE, now: { epoch: 2, node: OTHER } }]);
  expect(said).toEqual([[[MINE, 2, OTHER]]]);
});
