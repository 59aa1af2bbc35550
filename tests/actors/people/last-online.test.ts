import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { LastOnline } from "../../../src/actors/people/last-online.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { LastSeen, Person } from "../../../src/domain/presence.ts";

const timers = spyOn(globalThis, "setInterval");
afterEach(() => void timers.mockClear());
afterAll(() => timers.mockRestore());

const person = (id: number, status: Person["status"] = "online"): Person => ({ id, name: "x", status, last_online: 0 });
const people = (count: number) => Array.from({ length: count }, (_, at) => person(at + 1));
const settled = () => new Promise(setImmediate);

/** What is due from time to time, and how often. */
function dueRound(): { round: () => void; every_ms: number } {
  const [round, every_ms] = timers.mock.calls[0] as unknown as [() => void, number];
  return { round, every_ms };
}

/** Statements, each of which ends when it is told to, in the slices of a loop that has always time. */
function noting(here: () => Person[] = () => []) {
  const statements: { seen: readonly LastSeen[]; end: (error?: Error) => Promise<unknown> }[] = [];
  const last_online = new LastOnline({
    here,
    saveLastOnline(seen) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (error?: Error) => {
        if (error) reject(error);
        else resolve();
        return settled();
      };
      statements.push({ seen, end });
      return promise;
    },
    slices: { turn: async () => {} },
    clock: () => 5_000,
  });
  return { last_online, statements };
}

const at = (last_online: number, ...ids: number[]) => ids.map((id) => ({ id, last_online }));

test("those who are here are noted together, in one go, and nobody when nobody is", async () => {
  let here = [person(1), person(2), person(3, "invisible")];
  const { last_online, statements } = noting(() => here);
  const { round, every_ms } = dueRound();
  expect([every_ms, statements]).toEqual([limits.last_online_ms, []]);
  round();
  await settled();
  await statements[0]?.end();
  for (here of [[person(3, "invisible")], []]) {
    round();
    await settled();
  }
  expect(statements.map(({ seen }) => seen)).toEqual([at(5_000, 1, 2)]);
  await last_online.stop([]);
});

test("of many who are here so many are noted by one statement, one after another", async () => {
  const count = 2 * limits.last_online_at_once + 1;
  const { last_online, statements } = noting(() => people(count));
  dueRound().round();
  const lengths = [];
  for (let number = 0; number < 3; number += 1) {
    await settled();
    expect(statements.length).toBe(number + 1);
    lengths.push(statements[number]?.seen.length);
    await statements[number]?.end();
  }
  expect(lengths).toEqual([limits.last_online_at_once, limits.last_online_at_once, 1]);
  expect(statements.flatMap(({ seen }) => seen.map(({ id }) => id))).toEqual(people(count).map(({ id }) => id));
  await last_online.stop([]);
});

test("who goes while others are being stored is stored with those who go meanwhile", async () => {
  const { last_online, statements } = noting();
  const gone: number[] = [];
  for (const { id } of people(4)) {
    last_online.left(person(id), 100 + id, () => gone.push(id));
    if (id === 1) await settled();
  }
  expect(gone).toEqual([]);
  await statements[0]?.end();
  expect(gone).toEqual([1]);
  await statements[1]?.end();
  expect(gone).toEqual([1, 2, 3, 4]);
  expect(statements.map(({ seen }) => seen)).toEqual([at(101, 1), [...at(102, 2), ...at(103, 3), ...at(104, 4)]]);
  await last_online.stop([]);
});

test("who came is noted before they go, and the time at which they went stands", async () => {
  const { last_online, statements } = noting();
  last_online.came(person(1), 10);
  last_online.came(person(2), 11);
  last_online.left(person(1), 20, () => {});
  await settled();
  expect(statements.map(({ seen }) => seen)).toEqual([[...at(10, 1, 2), ...at(20, 1)]]);
  await statements[0]?.end();
  await last_online.stop([]);
});

test("who wishes not to be seen leaves no trace, and goes in their turn", async () => {
  const { last_online, statements } = noting();
  const gone: number[] = [];
  last_online.left(person(1), 1, () => gone.push(1));
  await settled();
  last_online.left(person(2, "invisible"), 2, () => gone.push(2));
  await settled();
  expect(gone).toEqual([]);
  await statements[0]?.end();
  expect(gone).toEqual([1, 2]);
  expect(statements.length).toBe(1);
  await last_online.stop([]);
});

test("the end waits until all is stored, whoever came or goes", async () => {
  const { last_online, statements } = noting();
  last_online.came(person(7), 70);
  let has_ended = false;
  const ended = last_online.stop([{ ...person(8), last_online: 80 }]).then(() => {
    has_ended = true;
  });
  await settled();
  expect([has_ended, statements.map(({ seen }) => seen)]).toEqual([false, [[...at(70, 7), ...at(80, 8)]]]);
  await statements[0]?.end();
  await ended;
});

test("what can't be noted harms nothing, is noted the next time, and has whoever went be gone", async () => {
  const { last_online, statements } = noting(() => [person(1)]);
  const { round } = dueRound();
  round();
  await settled();
  await statements[0]?.end(new Error("the database is away"));
  round();
  const gone: number[] = [];
  last_online.left(person(2), 9, () => gone.push(2));
  await settled();
  await statements[1]?.end(new Error("the database is away"));
  expect([statements.length, gone]).toEqual([2, [2]]);
  await last_online.stop([]);
});
