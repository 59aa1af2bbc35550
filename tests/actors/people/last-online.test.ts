import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { LastOnline } from "../../../src/actors/people/last-online.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Person } from "../../../src/domain/presence.ts";

const timers = spyOn(globalThis, "setInterval");
afterEach(() => void timers.mockClear());
afterAll(() => timers.mockRestore());

const person = (id: number, status: Person["status"] = "online"): Person => ({ id, name: "x", status, last_online: 0 });

/** What is due from time to time, and how often. */
function dueRound(): { round: () => void; every_ms: number } {
  const [round, every_ms] = timers.mock.calls[0] as unknown as [() => void, number];
  return { round, every_ms };
}

test("those who are here are noted together, in one go, and nobody when nobody is", async () => {
  const saved: unknown[] = [];
  let here = [person(1), person(2), person(3, "invisible")];
  const noting = new LastOnline({
    here: () => here,
    saveLastOnline: async (user_ids, at_ms) => void saved.push([user_ids, at_ms]),
    clock: () => 5_000,
  });
  const { round, every_ms } = dueRound();
  expect([every_ms, saved]).toEqual([limits.last_online_ms, []]);
  round();
  here = [person(3, "invisible")];
  round();
  here = [];
  round();
  expect(saved).toEqual([[[1, 2], 5_000]]);
  noting.stop();
});

test("what can't be noted harms nothing, and is noted the next time", async () => {
  let tries = 0;
  const saveLastOnline = async () => {
    tries += 1;
    throw new Error("the database is away");
  };
  const noting = new LastOnline({ here: () => [person(1)], saveLastOnline, clock: () => 0 });
  const { round } = dueRound();
  round();
  await new Promise(setImmediate);
  round();
  expect(tries).toBe(2);
  noting.stop();
});
