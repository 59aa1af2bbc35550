// What performing a write comes to, whatever the writer answers; over an `enqueue` that answers as a test says.

import { describe, expect, test } from "bun:test";
import { DatabaseError, type DatabaseFault, type StatementResult, unavailable } from "../../../src/db/engine/driver.ts";
import { performed, performOver, sweeping, UnknownEndError, type Write } from "../../../src/db/engine/write.ts";
import { statement } from "./driver-contract.ts";

const results: StatementResult[] = [{ changes: 3, rows: [[7]] }];
const job = [statement("UPDATE t SET n = 1")];
const lost = unavailable("the answer was lost");

const answering = (answer: StatementResult[]) => performOver(async () => answer);
const failing = (fault: DatabaseFault) => performOver(() => Promise.reject(new DatabaseError(fault)));
const violating = (constraint?: string) =>
  failing({ kind: "constraint", message: "refused", ...(constraint !== undefined && { constraint }) });

/** A write that notes what is asked of it. */
function writing(instead: Partial<Write<string>> = {}): { write: Write<string>; asked: string[] } {
  const asked: string[] = [];
  const write: Write<string> = {
    job,
    stored(of) {
      asked.push("stored");
      return `stored ${of[0]?.changes}`;
    },
    async find() {
      asked.push("find");
      return null;
    },
    ...instead,
  };
  return { write, asked };
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe("a write that is done", () => {
  test("comes to what its results say, and is looked for nowhere", async () => {
    const { write, asked } = writing();
    const enqueued: unknown[] = [];
    const perform = performOver(async (of) => {
      enqueued.push(of);
      return results;
    });
    expect(await perform(write, () => asked.push("lost"))).toEqual({ state: "stored", value: "stored 3" });
    expect(enqueued).toEqual([job]);
    expect(asked).toEqual(["stored"]);
  });

  test("is handed to the writer in the turn of the call", () => {
    let jobs = 0;
    const perform = performOver(async () => {
      jobs += 1;
      return results;
    });
    void perform(writing().write);
    expect(jobs).toBe(1);
  });

  test("and whose results can't be read, is a bug and no lost answer", async () => {
    const bug = new TypeError("no such row");
    const { write, asked } = writing({
      stored() {
        throw bug;
      },
    });
    expect(await caught(answering(results)(write, () => asked.push("lost")))).toBe(bug);
    expect(asked).toEqual([]);
  });
});

describe("a write whose answer was lost", () => {
  test("and that was done, comes to what is found, told of before it is looked for", async () => {
    const { write, asked } = writing({
      async find() {
        asked.push("find");
        return "found";
      },
    });
    expect(await failing(lost)(write, () => asked.push("lost"))).toEqual({ state: "stored", value: "found" });
    expect(asked).toEqual(["lost", "find"]);
  });

  test.each([false, 0, ""])("and that came to %p, was done", async (value) => {
    const write: Write<unknown> = { job, stored: () => "stored", find: async () => value };
    expect(await failing(lost)(write)).toEqual({ state: "stored", value });
  });

  test("and that was not done, fails as the writer failed", async () => {
    const { write, asked } = writing();
    const error = await caught(failing(lost)(write, () => asked.push("lost")));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).not.toBeInstanceOf(UnknownEndError);
    expect(error).toMatchObject({ fault: lost });
    expect(asked).toEqual(["lost", "find"]);
  });

  test("and that can't be looked for, has an unknown end", async () => {
    const asked: string[] = [];
    const { write } = writing({ find: () => Promise.reject(new DatabaseError(unavailable("no reads either"))) });
    const error = await caught(failing(lost)(write, () => asked.push("lost")));
    expect(error).toBeInstanceOf(UnknownEndError);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ name: "UnknownEndError", fault: lost });
    expect(asked).toEqual(["lost"]);
  });
});

describe("a write that is refused", () => {
  test.each(["stale", "made.user_id, made.kind, made.server_id, made.nonce"])("by %s is stale", async (constraint) => {
    const { write, asked } = writing({ refused: () => "refused" });
    expect(await violating(constraint)(write, () => asked.push("lost"))).toEqual({ state: "stale" });
    expect(asked).toEqual([]);
  });

  test("comes to what it says of the constraint", async () => {
    const { write } = writing({ refused: (constraint) => (constraint === "users.name_key" ? "taken" : undefined) });
    expect(await violating("users.name_key")(write)).toEqual({ state: "stored", value: "taken" });
  });

  test.each(["users.id", "stale_things", "maker.id", undefined])(
    "by %p, of which it says nothing, fails",
    async (of) => {
      const { write, asked } = writing({ refused: () => undefined });
      expect(await caught(violating(of)(write, () => asked.push("lost")))).toMatchObject({
        fault: { kind: "constraint" },
      });
      expect(await caught(violating(of)(writing().write))).toMatchObject({ fault: { kind: "constraint" } });
      expect(asked).toEqual([]);
    },
  );

  test("for what is wrong with it, fails without a look", async () => {
    const { write, asked } = writing({ refused: () => "refused" });
    const fault: DatabaseFault = { kind: "internal", message: "no such table: t" };
    expect(await caught(failing(fault)(write, () => asked.push("lost")))).toMatchObject({ fault });
    const bug = new Error("not the database's");
    expect(await caught(performOver(() => Promise.reject(bug))(write, () => asked.push("lost")))).toBe(bug);
    expect(asked).toEqual([]);
  });
});

test("a write without a guard comes to its value, and is never stale", async () => {
  expect(await performed(answering(results), writing().write)).toBe("stored 3");
  const error = await caught(performed(violating("stale"), writing().write));
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(DatabaseError);
});

test("a sweep comes to how many rows it changed, and is done anew when its answer was lost", async () => {
  const sweep = sweeping(statement("DELETE FROM t"));
  expect(await performed(answering(results), sweep)).toBe(3);
  expect(await performed(answering([]), sweep)).toBe(0);
  expect(await sweep.find()).toBeNull();
});
