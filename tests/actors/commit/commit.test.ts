// The six steps of a change, and each way in which one can end.

import { beforeEach, describe, expect, test } from "bun:test";
import { type Change, type Commit, createCommit } from "../../../src/actors/commit/commit.ts";
import { Reservations } from "../../../src/actors/delivery/reservations.ts";
import { DatabaseError, unavailable } from "../../../src/db/engine/driver.ts";
import { performOver, type Write } from "../../../src/db/engine/write.ts";

let log: string[];
let order: Reservations;
let commit: Commit;
/** What the writer does with the next job. */
let answer: () => Promise<never[]>;

const owner = { end: () => void log.push("owner ends") };
const lost = () => Promise.reject(new DatabaseError(unavailable("lost")));

beforeEach(() => {
  [log, order, answer] = [[], new Reservations(), async () => []];
  commit = createCommit(
    performOver(() => {
      log.push("write");
      return answer();
    }),
  );
});

function change(
  more: Partial<Change<string>> = {},
  find: () => Promise<string | null> = async () => null,
): Change<string> {
  const write = (): Write<string> => ({
    job: [],
    stored: () => "stored",
    find: () => {
      log.push("find out");
      return find();
    },
  });
  return {
    reserve: () => {
      log.push("reserve");
      return order.reserve(7);
    },
    write,
    unsure: () => void log.push("catch up"),
    apply: (stored, seq) => void log.push(`apply ${stored} at ${seq}`),
    answer: (stored) => void log.push(`answer ${stored}`),
    tell: (stored) => void log.push(`tell ${stored}`),
    ...more,
  };
}

test("it is written, applied, answered and told, in this order", async () => {
  expect(await commit(owner, change())).toBe("done");
  expect(log).toEqual(["reserve", "write", "apply stored at 7", "answer stored", "tell stored"]);
});

test("what is told waits for the change that was reserved before it", async () => {
  const before = order.reserve(6);
  const committed = commit(owner, change());
  await new Promise(setImmediate);
  expect(log).toEqual(["reserve", "write"]);
  before.release();
  await committed;
  expect(log.slice(2)).toEqual(["apply stored at 7", "answer stored", "tell stored"]);
});

test("where nothing came of it, it is only answered", async () => {
  await commit(owner, change({ came: () => false }));
  expect(log).toEqual(["reserve", "write", "answer stored"]);
  expect(order.isEmpty).toBe(true);
});

describe("when the answer is lost", () => {
  beforeEach(() => {
    answer = lost;
  });

  test("a change that was made is found, and known as any other", async () => {
    expect(
      await commit(
        owner,
        change({}, async () => "found"),
      ),
    ).toBe("done");
    expect(log.slice(2)).toEqual([...["find out", "apply found at 7", "answer found", "tell found", "catch up"]]);
  });

  test("one that was not made is refused, and nobody is told", async () => {
    expect(commit(owner, change())).rejects.toThrow("lost");
    await new Promise(setImmediate);
    expect(log.slice(2)).toEqual(["find out", "catch up"]);
    expect(order.isEmpty).toBe(true);
  });

  test("where even that can't be found out, the owner ends", async () => {
    expect(commit(owner, change({}, lost))).rejects.toThrow("lost");
    await new Promise(setImmediate);
    expect(log.slice(2)).toEqual(["find out", "owner ends", "catch up"]);
    expect(order.isEmpty).toBe(true);
  });
});

test("a decision that no longer holds is stale: nothing is known, and the place is free", async () => {
  answer = () => Promise.reject(new DatabaseError({ kind: "constraint", message: "no", constraint: "stale" }));
  expect(await commit(owner, change())).toBe("stale");
  expect(log).toEqual(["reserve", "write"]);
  expect(order.isEmpty).toBe(true);
});

test("an owner that can't take in what is stored ends, and holds up nobody behind it", async () => {
  const broken = change({
    apply: () => {
      throw new Error("a bug");
    },
  });
  expect(commit(owner, broken)).rejects.toThrow("a bug");
  await new Promise(setImmediate);
  expect(log).toEqual(["reserve", "write", "owner ends", "catch up"]);
  expect(order.isEmpty).toBe(true);
});

test("what can't even be worded is refused, and holds up nobody behind it", async () => {
  const broken = change({
    write: () => {
      throw new Error("a bug");
    },
  });
  expect(commit(owner, broken)).rejects.toThrow("a bug");
  await new Promise(setImmediate);
  expect(log).toEqual(["reserve"]);
  expect(order.isEmpty).toBe(true);
});

test("where what was stored can't be read off its results, the owner ends", async () => {
  const broken = change({
    write: () => ({
      job: [],
      find: async () => null,
      stored: () => {
        throw new Error("a bug");
      },
    }),
  });
  expect(commit(owner, broken)).rejects.toThrow("a bug");
  await new Promise(setImmediate);
  expect(log).toEqual(["reserve", "write", "owner ends"]);
  expect(order.isEmpty).toBe(true);
});

test("a throw after a lost answer has the owners of other topics catch up all the same", async () => {
  answer = lost;
  const broken = change(
    {
      answer: () => {
        throw new Error("a bug");
      },
    },
    async () => "found",
  );
  expect(commit(owner, broken)).rejects.toThrow("a bug");
  await new Promise(setImmediate);
  expect(log.slice(2)).toEqual(["find out", "apply found at 7", "owner ends", "catch up"]);
});
