// What a group came to, by what a database server says of the steps of its batch: nothing counts as done whose commit it
// doesn't tell of. Over a real server, with a gate before it that changes what is asked or answered.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Driver, Job } from "../../../src/db/engine/driver.ts";
import { openRemote } from "../../../src/db/engine/remote.ts";
import { hasSqld, sharedSqld } from "../../harness/sqld.ts";
import { faultOf, statement } from "./driver-contract.ts";
import { cutsOff, type Gate, leavesOutCommit, openGate, passes } from "./gate.ts";

/** What is said of the commit and of what is done in its place. */
const LAST_STEPS = 2;

let gate: Gate;
let driver: Driver;
beforeEach(async () => {
  if (!hasSqld) return;
  gate = openGate(await (await sharedSqld()).newDatabase());
  driver = await openRemote({ url: gate.url });
  await driver.transact([[statement("CREATE TABLE t (id integer primary key)")], insert(1)]);
});
afterEach(async () => {
  await driver?.close();
  await gate?.stop();
});

const insert = (id: number): Job => [statement("INSERT INTO t VALUES (?)", id)];
const stored = async () => (await driver.query(statement("SELECT id FROM t ORDER BY id"))).flat();

describe.skipIf(!hasSqld)("a group", () => {
  test("whose commit the server leaves out is not done, and goes through the next time", async () => {
    gate.next(leavesOutCommit);
    const outcomes = await driver.transact([insert(2), insert(3)]);
    expect(outcomes.map(faultOf)).toMatchObject([{ undone: true }, { undone: true }]);
    expect(await stored()).toEqual([1]);
    expect((await driver.transact([insert(2)]))[0]?.ok).toBe(true);
    expect(await stored()).toEqual([1, 2]);
  });

  test("of whose commit the server says nothing has no known end, and is found where it was done", async () => {
    gate.next(cutsOff(LAST_STEPS));
    const outcomes = await driver.transact([insert(2), insert(3)]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["unavailable", "unavailable"]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.undone)).toEqual([undefined, undefined]);
    expect(await stored()).toEqual([1, 2, 3]);
    expect((await driver.transact([insert(4)]))[0]?.ok).toBe(true);
  });

  test("with refused jobs whose commit the server leaves out is not done", async () => {
    gate.next(passes, leavesOutCommit);
    const outcomes = await driver.transact([insert(1), insert(2)]);
    expect(outcomes.map(faultOf)).toMatchObject([{ kind: "constraint" }, { undone: true }]);
    expect(await stored()).toEqual([1]);
  });

  test("with refused jobs of whose commit the server says nothing has no known end", async () => {
    gate.next(passes, cutsOff(LAST_STEPS));
    const outcomes = await driver.transact([insert(1), insert(2)]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["constraint", "unavailable"]);
    expect(faultOf(outcomes[1])?.undone).toBeUndefined();
    expect(await stored()).toEqual([1, 2]);
  });
});
