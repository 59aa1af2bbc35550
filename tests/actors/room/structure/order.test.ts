import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { arrangement, atEnd, landing, type Placed, standsAt } from "../../../../src/actors/room/structure/order.ts";
import { limits } from "../../../../src/domain/limits.ts";

/** In display order. */
const lists = fc
  .uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: 99 }), position: fc.oneof(fc.nat(6), fc.nat(limits.position)) }),
    {
      selector: ({ id }) => id,
      maxLength: 12,
    },
  )
  .map((list) => list.toSorted(byPosition));

function byPosition(one: Placed, other: Placed): number {
  return one.position - other.position || one.id - other.id;
}

/** The ids in display order, once the thing has landed. */
function shown(list: readonly Placed[], id: number, wanted: number): number[] {
  const { position, moved } = landing(list, id, wanted);
  const now = new Map([...list, ...moved, { id, position }].map((thing) => [thing.id, thing]));
  return [...now.values()].toSorted(byPosition).map((thing) => thing.id);
}

const dense = (...ids: number[]) => ids.map((id, position) => ({ id, position }));

describe("in a list without gaps, something comes to stand where it is wanted", () => {
  test.each([
    ["up, past one of a lower id", dense(1, 2, 3), 3, 1, [1, 3, 2]],
    ["up, to the top", dense(1, 2, 3), 3, 0, [3, 1, 2]],
    ["down, past one of a higher id", dense(1, 2, 3), 1, 1, [2, 1, 3]],
    ["down, to the end", dense(1, 2, 3), 1, 2, [2, 3, 1]],
    ["from elsewhere, between two", dense(1, 2, 3), 9, 1, [1, 9, 2, 3]],
    ["from elsewhere, with the lowest id", dense(5, 6, 7), 1, 2, [5, 6, 1, 7]],
  ])("%s", (_, list, id, position, ids) => {
    expect(shown(list, id, position)).toEqual(ids);
    expect(landing(list, id, position).position).toBe(position);
  });

  test("to every place, whatever the ids", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 9 }), fc.nat(), fc.nat(), (ids, of, to) => {
        const [list, id, place] = [dense(...ids), ids[of % ids.length] as number, to % ids.length];
        expect(shown(list, id, place).indexOf(id)).toBe(place);
        expect(shown(list, id, place).filter((other) => other !== id)).toEqual(ids.filter((other) => other !== id));
      }),
    );
  });
});

test("where several were stored at one position, they count as one after another", () => {
  const alike = [1, 2, 3, 4, 5].map((id) => ({ id, position: 0 }));
  expect(shown(alike, 4, 2)).toEqual([1, 2, 4, 3, 5]);
  expect(shown(alike, 1, 3)).toEqual([2, 3, 4, 1, 5]);
  expect(shown(alike, 5, 0)).toEqual([5, 1, 2, 3, 4]);
});

test("the others keep their order, and nobody leaves the bounds", () => {
  fc.assert(
    fc.property(
      lists,
      fc.integer({ min: 1, max: 120 }),
      fc.oneof(fc.nat(8), fc.nat(limits.position)),
      (list, id, at) => {
        const others = list.filter((thing) => thing.id !== id).map((thing) => thing.id);
        expect(shown(list, id, at).filter((other) => other !== id)).toEqual(others);
        const { position, moved } = landing(list, id, at);
        for (const one of [position, ...moved.map((other) => other.position)]) {
          expect(one).toBeWithin(0, limits.position + 1);
        }
      },
    ),
  );
});

test("only those in the way make room", () => {
  const list = [0, 1, 2, 10, 11].map((position, at) => ({ id: at + 1, position }));
  expect(landing(list, 9, 1).moved.map(({ id }) => id)).toEqual([2, 3]);
  expect(landing(list, 5, 2).moved.map(({ id }) => id)).toEqual([3]);
  expect(landing(list, 9, 5).moved).toEqual([]);
  // Two that share a position far from it stay as they are.
  const sharing = [0, 5, 5].map((position, at) => ({ id: at + 1, position }));
  expect(landing(sharing, 9, 0).moved.map(({ id }) => id)).toEqual([1]);
});

test("at the end of a list that is full to the last position, the list is numbered anew", () => {
  const list = [
    { id: 1, position: 3 },
    { id: 2, position: limits.position },
  ];
  expect(atEnd(list)).toEqual({
    position: 2,
    moved: [
      { id: 1, position: 0 },
      { id: 2, position: 1 },
    ],
  });
});

describe("an arrangement", () => {
  const positions = (things: readonly { id: number; position: number }[]) =>
    things.map(({ id, position }) => [id, position]);

  test("puts those that are wanted where they are wanted, and has the others give way upwards", () => {
    const others = [0, 1, 2, 7].map((position, at) => ({ id: at + 1, position }));
    const wanted = [
      { id: 9, position: 1 },
      { id: 8, position: 7 },
    ];
    expect(positions(arrangement(others, wanted))).toEqual([
      ...[
        [9, 1],
        [8, 7],
      ],
      ...[
        [2, 2],
        [3, 3],
        [4, 8],
      ],
    ]);
    expect(positions(arrangement(others, [{ id: 9, position: 4 }]))).toEqual([[9, 4]]);
  });

  test("puts several that are wanted at one position one after another, as they are named", () => {
    const wanted = [9, 8, 7].map((id) => ({ id, position: 3 }));
    const others = [{ id: 1, position: 4 }];
    expect(positions(arrangement(others, wanted))).toEqual([
      ...[
        [9, 3],
        [8, 4],
        [7, 5],
      ],
      [1, 6],
    ]);
  });

  test("keeps the others' order and its bounds, and nobody shares a place with who was wanted there", () => {
    const wanted_positions = fc.array(fc.oneof(fc.nat(8), fc.nat(limits.position)), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(lists, wanted_positions, (list, wanted) => {
        const comers = wanted.map((position, at) => ({ id: 1_000 + at, position }));
        const moved = new Map(arrangement(list, comers).map((thing) => [thing.id, thing]));
        const whole = [...list, ...comers].map((thing) => moved.get(thing.id) ?? thing);
        const order = whole.toSorted((one, other) => one.position - other.position || one.id - other.id);
        const shown_others = order.filter(({ id }) => id < 1_000).map(({ id }) => id);
        expect(shown_others).toEqual(list.map(({ id }) => id));
        for (const { position } of whole) expect(position).toBeWithin(0, limits.position + 1);
        const taken = order.filter(({ id }) => id >= 1_000).map(({ position }) => position);
        expect(new Set(taken).size).toBe(taken.length);
        expect(whole.filter(({ id, position }) => id < 1_000 && taken.includes(position))).toEqual([]);
      }),
    );
  });

  test("that goes beyond the last position is numbered anew", () => {
    const others = [
      { id: 1, position: 0 },
      { id: 2, position: limits.position },
    ];
    const wanted = [{ id: 9, position: limits.position }];
    expect(positions(arrangement(others, wanted))).toEqual([
      [9, 1],
      [2, 2],
    ]);
  });
});

test("whoever has a position alone stands there already", () => {
  const list = [
    { id: 1, position: 0 },
    { id: 2, position: 1 },
    { id: 3, position: 1 },
  ];
  expect([standsAt(list, 1, 0), standsAt(list, 2, 1), standsAt(list, 1, 5)]).toEqual([true, false, false]);
});
