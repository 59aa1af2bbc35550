// Who is taken for dead, and which slots go where: plain decisions.

import { describe, expect, test } from "bun:test";
import {
  Beats,
  deadOf,
  type SeenNode,
  type SeenSlot,
  slotsToClaim,
  slotsToGive,
  slotsWithout,
} from "../../src/cluster/membership/decisions.ts";
import { all_slots, room_slots, shareOf, slotOf } from "../../src/cluster/slots.ts";
import { createIdGenerator } from "../../src/domain/ids.ts";

const node = (number: number, beat: number, holder = `process ${number}`): SeenNode => ({
  ...{ number, beat, holder, incarnation: 1, state: "serving", description: "{}" },
});

const every_slot = Array.from({ length: all_slots }, (_, slot) => slot);

describe("a slot", () => {
  test("has about as many of the ids that are made as any other", () => {
    const ids = createIdGenerator(0, () => Date.UTC(2026, 10, 29), Math.random);
    const counts = new Array<number>(room_slots).fill(0);
    for (let made = 0; made < 100_000; made += 1) {
      const slot = slotOf(ids.next());
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(250);
    expect(Math.max(...counts)).toBeLessThan(550);
    expect(slotOf(2 ** 52 + 1)).toBeGreaterThanOrEqual(0);
  });

  test("is shared out evenly, and moves only from who went, to all others", () => {
    const all = [0, 3, 7, 12];
    const shares = Map.groupBy(every_slot, (slot) => shareOf(slot, all));
    for (const number of all) expect(shares.get(number)?.length).toBeGreaterThan(40);
    const left = all.filter((number) => number !== 7);
    const moved = every_slot.filter((slot) => shareOf(slot, left) !== shareOf(slot, all));
    expect(new Set(moved.map((slot) => shareOf(slot, all)))).toEqual(new Set([7]));
    expect(new Set(moved.map((slot) => shareOf(slot, left)))).toEqual(new Set(left));
    expect(shareOf(1, [])).toBeNull();
    expect(shareOf(1, [12, 7, 3, 0])).toBe(shareOf(1, all));
  });
});

describe("a node", () => {
  test("is dead once its beat stood still for so long by one's own clock", () => {
    const beats = new Beats();
    beats.note([node(1, 5), node(2, 9)], 1_000);
    beats.note([node(1, 5), node(2, 10)], 2_000);
    expect(beats.still(1_800, 2_700)).toEqual([]);
    expect(beats.still(1_800, 2_800)).toEqual([{ number: 1, holder: "process 1", beat: 5 }]);
  });

  test("that seems to be dead is looked at again at the moment when it is", () => {
    const beats = new Beats();
    expect(beats.dueIn(1_800, 0)).toBeNull();
    beats.note([node(1, 5), node(2, 9)], 1_000);
    beats.note([node(1, 5), node(2, 10)], 1_400);
    expect(beats.dueIn(1_800, 1_400)).toBe(1_400);
    expect(beats.dueIn(1_800, 2_700)).toBe(100);
    beats.note([node(2, 11)], 2_800);
    expect(beats.dueIn(1_800, 2_800)).toBe(1_800);
  });

  test("isn't dead for what happened while one couldn't look", () => {
    const beats = new Beats();
    beats.note([node(1, 5)], 1_000);
    beats.forget();
    beats.note([node(1, 5)], 9_000);
    expect(beats.still(1_800, 9_000)).toEqual([]);
    expect(beats.still(1_800, 10_800)).toHaveLength(1);
  });

  test("of another process at the same number begins anew", () => {
    const beats = new Beats();
    beats.note([node(1, 5)], 1_000);
    beats.note([node(1, 5, "another")], 2_000);
    expect(beats.still(1_800, 3_000)).toEqual([]);
    beats.note([], 3_500);
    expect(beats.still(1_800, 9_000)).toEqual([]);
  });
});

test("the dead are those whose beat stood still, and those who are gone for certain, each once", () => {
  const nodes = [node(0, 3), node(1, 5), node(2, 9)];
  const still = [{ number: 1, holder: "process 1", beat: 5 }];
  const gone = { number: 2, holder: "process 2", beat: 9 };
  expect(deadOf(nodes, [], new Set())).toEqual([]);
  expect(deadOf(nodes, still, new Set())).toEqual(still);
  expect(deadOf(nodes, still, new Set(["process 1", "process 2"]))).toEqual([...still, gone]);
  // Somebody else has the number now.
  expect(deadOf([node(2, 1, "another")], [], new Set(["process 2"]))).toEqual([]);
});

describe("free slots", () => {
  const owned = (node: number | null): Map<number, SeenSlot> =>
    new Map(every_slot.map((slot) => [slot, { epoch: 3, node }]));

  test("are claimed by those whose share they are, each by one", () => {
    const claims = [1, 2, 3].map((me) => slotsToClaim(owned(null), me, [1, 2, 3], () => false));
    expect(claims.flat().toSorted((one, other) => one - other)).toEqual(every_slot);
  });

  test("are anyone's when they were free for too long, but not of a node that leaves", () => {
    const isOverdue = (slot: number) => slot === 17 || slot === 18;
    const claims = [1, 2].map((me) => slotsToClaim(owned(null), me, [1, 2], isOverdue));
    for (const claim of claims) expect(claim).toContain(17);
    expect(slotsToClaim(owned(null), 3, [1, 2], () => true)).toEqual([]);
  });

  test("are those of the dead, too, for who buries them", () => {
    const left = slotsWithout(owned(3), [{ number: 3 }]);
    expect(slotsToClaim(left, 1, [1], () => false)).toEqual([...every_slot]);
    expect(slotsToClaim(slotsWithout(owned(2), [{ number: 3 }]), 1, [1, 2], () => true)).toEqual([]);
  });

  test("of which nothing was read aren't claimed, nor those that somebody has", () => {
    expect(slotsToClaim(new Map(), 1, [1], () => true)).toEqual([]);
    expect(slotsToClaim(owned(2), 1, [1], () => true)).toEqual([]);
  });

  test("go to others when nodes come, or all of them when one leaves", () => {
    const given = slotsToGive(owned(1), 1, [1, 2]);
    expect(given.map(({ slot }) => slot)).toEqual(every_slot.filter((slot) => shareOf(slot, [1, 2]) === 2));
    expect(given.every(({ to, epoch }) => to === 2 && epoch === 3)).toBe(true);
    expect(slotsToGive(owned(1), 1, [2])).toHaveLength(all_slots);
    expect(slotsToGive(owned(1), 1, [])).toEqual([]);
    expect(slotsToGive(owned(2), 1, [1, 2])).toEqual([]);
  });
});
