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
/** Up to where ids are made. */
let made: number;
/** What is said of that, with each word. */
let said_made: (number | undefined)[];

const FLOOR = 5_000;

beforeEach(() => {
  [view, said, renewals, made, said_made] = [new SlotView(), [], 0, 100, []];
  stored = new Map([
    [MINE, { epoch: 1, node: ME }],
    [ITS, { epoch: 1, node: DEAD }],
  ]);
  const say = (head: unknown) => {
    const moved = head as Extract<Head, { kind: "moved" }>;
    said.push(moved.slots);
    said_made.push(moved.made);
  };
  places = new Places({
    ...{ me: ME, view },
    membership: {
      slot: (slot) => stored.get(slot) ?? { epoch: 0, node: null },
      renew: async () => {
        renewals += 1;
        return true;
      },
      floorOf: () => FLOOR,
      ids: {
        made: () => made,
        pass(id) {
          made = Math.max(made, id);
        },
      },
    },
    say: (_node, { head }) => say(head),
    sayToAll: ({ head }) => say(head),
  });
  places.learn();
  [said, said_made, made] = [[], [], 100];
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

test("who lets go says up to where it has made ids", () => {
  stored.set(MINE, { epoch: 2, node: OTHER });
  places.learn();
  places.letGo([MINE]);
  expect(said_made).toEqual([made]);
});

test.each(["before", "after"])("ids go on above those of who gave the slot, who said it %s the database", (when) => {
  const word = () => places.heard(DEAD, [[ITS, 2, ME]], 700);
  if (when === "before") word();
  stored.set(ITS, { epoch: 2, node: ME });
  places.learn();
  if (when === "after") word();
  expect(view.of(ITS).node).toBe(ME);
  expect(made).toBe(700);
});

test("where who gave it is lost with the word, ids go on above all that there may be", () => {
  stored.set(ITS, { epoch: 2, node: ME });
  places.learn();
  places.lost(DEAD);
  expect(view.of(ITS)).toEqual({ epoch: 2, node: ME });
  expect(made).toBe(FLOOR);
});

test("the same where the word is of an earlier time", () => {
  places.heard(DEAD, [[ITS, 2, ME]], 700);
  stored.set(ITS, { epoch: 4, node: ME });
  places.learn();
  expect(view.of(ITS)).toEqual({ epoch: 4, node: ME });
  expect(made).toBe(FLOOR);
});

test("what is another's makes no difference to one's own ids", () => {
  places.heard(DEAD, [[ITS, 2, OTHER]], 700);
  stored.set(ITS, { epoch: 2, node: OTHER });
  places.learn();
  expect(view.of(ITS).node).toBe(OTHER);
  expect(made).toBe(100);
});
