// When a database is ready: what the last group and, where that isn't known, a small write of its own say.

import { describe, expect, test } from "bun:test";
import { DatabaseError, type Driver, type Job, unavailable } from "../../../src/db/engine/driver.ts";
import { createReadiness } from "../../../src/db/upkeep/readiness.ts";

/** A driver whose reads and writes fail while they are told to. */
function faultyDriver() {
  const faulty = { reads: false, writes: false };
  const driver: Driver = {
    async query() {
      if (faulty.reads) throw new DatabaseError(unavailable("no reads"));
      return [[1]];
    },
    transact: async (jobs) =>
      jobs.map(() => (faulty.writes ? { ok: false, error: unavailable("no writes") } : { ok: true, results: [] })),
    close: async () => {},
  };
  const readiness = createReadiness(driver);
  let trials = 0;
  const trial = async () => {
    trials += 1;
    const [outcome] = await readiness.transact([[]]);
    if (!outcome?.ok) throw new Error("not written");
  };
  return { faulty, readiness, isReady: () => readiness.isReady(trial), trials: () => trials };
}

const group: Job[] = [[]];

describe("a database", () => {
  test("that has taken a write is ready without another", async () => {
    const { readiness, isReady, trials } = faultyDriver();
    await readiness.transact(group);
    expect(await isReady()).toBe(true);
    expect(trials()).toBe(0);
  });

  test("that nobody has written to yet is tried, once", async () => {
    const { isReady, trials } = faultyDriver();
    expect(await Promise.all([isReady(), isReady()])).toEqual([true, true]);
    expect(await isReady()).toBe(true);
    expect(trials()).toBe(1);
  });

  test("that lost a group is not ready until it takes a write again, its own if there is no other", async () => {
    const { faulty, readiness, isReady, trials } = faultyDriver();
    faulty.writes = true;
    await readiness.transact(group);
    expect([await isReady(), await isReady()]).toEqual([false, false]);
    expect(trials()).toBe(2);
    faulty.writes = false;
    expect(await isReady()).toBe(true);
    expect(await isReady()).toBe(true);
    expect(trials()).toBe(3);
  });

  test("that refuses a job for its content is ready", async () => {
    const refusing = createReadiness({
      query: async () => [[1]],
      transact: async (jobs) => jobs.map(() => ({ ok: false, error: { kind: "constraint", message: "no" } })),
      close: async () => {},
    });
    await refusing.transact(group);
    expect(await refusing.isReady(async () => {})).toBe(true);
  });

  test("is not ready by its driver's own look, whatever is read from it", async () => {
    let is_well = false;
    const looking = createReadiness({
      query: async () => [[1]],
      transact: async (jobs) => jobs.map(() => ({ ok: true, results: [] })),
      look: async () => {
        if (!is_well) throw new DatabaseError(unavailable("it would take no write"));
      },
      close: async () => {},
    });
    await looking.transact(group);
    expect(await looking.isReady(async () => {})).toBe(false);
    is_well = true;
    expect(await looking.isReady(async () => {})).toBe(true);
  });

  test("that can't be read is not ready", async () => {
    const { faulty, readiness, isReady } = faultyDriver();
    await readiness.transact(group);
    faulty.reads = true;
    expect(await isReady()).toBe(false);
  });
});
