// A database server that can't be relied on, and one process among several: what the fence keeps out. Over a real
// server, with a gate before it that keeps requests back and loses answers.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { DatabaseError, type DatabaseFault, type Driver, type Job } from "../../../src/db/engine/driver.ts";
import { UnsafeDatabaseError } from "../../../src/db/engine/fence.ts";
import { openRemote, type RemoteOptions } from "../../../src/db/engine/remote.ts";
import { limits } from "../../../src/domain/limits.ts";
import { hasSqld, Sqld, sharedSqld } from "../../harness/sqld.ts";
import { faultOf, statement } from "./driver-contract.ts";
import { busy, expired, type Gate, loses, openGate, passes, tooMany, unheardOf } from "./gate.ts";

const DEADLINE_MS = 400;
/** Longer than any test takes. */
const PATIENCE_MS = 30_000;

let url: string;
let gate: Gate;
const opened: Driver[] = [];
beforeEach(async () => {
  if (!hasSqld) return;
  url = await (await sharedSqld()).newDatabase();
  gate = openGate(url);
  const driver = await open();
  await driver.transact([[statement("CREATE TABLE t (id integer primary key)")]]);
});
afterEach(async () => {
  for (const driver of opened.splice(0)) await driver.close();
  await gate?.stop();
});

async function open(options: Partial<RemoteOptions> = {}): Promise<Driver> {
  const driver = await openRemote({ url, ...options });
  opened.push(driver);
  return driver;
}

const insert = (id: number): Job => [statement("INSERT INTO t VALUES (?)", id)];
const count = async (driver: Driver) => (await driver.query(statement("SELECT count(*) FROM t")))[0]?.[0];
const failure = (promise: Promise<unknown> | undefined): Promise<DatabaseFault | null> =>
  Promise.resolve(promise).then(
    () => null,
    (error) => (error instanceof DatabaseError ? error.fault : Promise.reject(error)),
  );

describe.skipIf(!hasSqld)("a group without an answer", () => {
  test("that is kept back writes nothing after the next read was answered", async () => {
    const driver = await open({ url: gate.url, deadlineMs: DEADLINE_MS });
    const held = gate.hold();
    const [outcome] = await driver.transact([insert(1)]);
    expect(faultOf(outcome)).toMatchObject({ kind: "unavailable" });
    expect(faultOf(outcome)?.undone).toBeUndefined();
    expect(await count(driver)).toBe(0);
    expect(await held.release()).toContain("stale_term");
    expect(await count(driver)).toBe(0);
    expect((await driver.transact([insert(1)]))[0]?.ok).toBe(true);
    expect(await count(driver)).toBe(1);
  });

  test("that was done is found done", async () => {
    const driver = await open({ url: gate.url });
    gate.next(loses);
    const [outcome] = await driver.transact([insert(1)]);
    expect(faultOf(outcome)?.kind).toBe("unavailable");
    expect(await count(driver)).toBe(1);
    expect((await driver.transact([insert(2)]))[0]?.ok).toBe(true);
  });

  test("keeps everything unavailable until the fence is raised, also when that has lost its answer", async () => {
    const driver = await open({ url: gate.url });
    const refusing = async () => new Response("", { status: 502 });
    gate.next(loses, refusing, refusing, refusing, loses);
    await driver.transact([insert(1)]);
    expect((await failure(count(driver)))?.kind).toBe("unavailable");
    expect((await failure(driver.look?.()))?.kind).toBe("unavailable");
    const [barred] = await driver.transact([insert(2)]);
    expect(faultOf(barred)).toMatchObject({ kind: "unavailable", undone: true });
    expect((await failure(count(driver)))?.kind).toBe("unavailable");
    expect(await count(driver)).toBe(1);
    expect((await driver.transact([insert(2)]))[0]?.ok).toBe(true);
  });

  test("leaves the jobs that were refused before it refused", async () => {
    const driver = await open({ url: gate.url });
    await driver.transact([insert(1)]);
    gate.next(({ send }) => send(), loses);
    const outcomes = await driver.transact([insert(1), insert(2)]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["constraint", "unavailable"]);
    expect(await count(driver)).toBe(2);
  });
});

describe.skipIf(!hasSqld)("the connection of the writer", () => {
  /** Counted for each connection by itself. */
  const changes: Job = [statement("SELECT total_changes()")];
  const changesSeen = async (driver: Driver) => {
    const [outcome] = await driver.transact([changes]);
    return outcome?.ok ? outcome.results[0]?.rows : outcome?.error;
  };

  test("is kept from group to group, while all goes well", async () => {
    const driver = await open();
    expect(await changesSeen(driver)).toEqual([[0]]);
    for (const id of [1, 2, 3]) await driver.transact([insert(id)]);
    expect(await changesSeen(driver)).toEqual([[3]]);
    expect((await driver.transact([insert(3)]))[0]?.ok).toBe(false);
    expect(await changesSeen(driver)).toEqual([[0]]);
    expect(await count(driver)).toBe(3);
  });

  test("is another one beside a group that nobody waits for any more", async () => {
    const driver = await open({ url: gate.url, deadlineMs: DEADLINE_MS });
    await driver.transact([insert(1)]);
    const held = gate.hold();
    expect(faultOf((await driver.transact([insert(2)]))[0])).toMatchObject({ kind: "unavailable" });
    expect((await driver.transact([insert(3)]))[0]?.ok).toBe(true);
    expect(await held.release()).toMatch(/stale_term|invalid baton|expired/);
    expect(await driver.query(statement("SELECT id FROM t"))).toEqual([[1], [3]]);
  });
});

describe.skipIf(!hasSqld)("the connections for reads", () => {
  const one = statement("SELECT 1");
  /** Reads at the same time, behind `passings`; for each request whether it is over a connection that there was. */
  const readTogether = async (driver: Driver, count: number, ...passings: Parameters<Gate["next"]>) => {
    const over_kept: boolean[] = [];
    const seen = Array.from({ length: 2 * count }, (_, at) => (request: Parameters<typeof passes>[0]) => {
      over_kept.push(request.baton !== null);
      return (passings[at] ?? passes)(request);
    });
    gate.next(...seen);
    const answers = await Promise.all(Array.from({ length: count }, () => driver.query(one)));
    expect(answers).toEqual(Array.from({ length: count }, () => [[1]]));
    gate.forget();
    return over_kept;
  };

  test("are kept from read to read, as many as may be; all others end with their read", async () => {
    const driver = await open({ url: gate.url });
    const kept = limits.remote_database_kept;
    expect(await readTogether(driver, kept + 2)).toEqual(Array.from({ length: kept + 2 }, () => false));
    const over_kept = await readTogether(driver, kept + 2);
    expect(over_kept.toSorted()).toEqual([false, false, ...Array.from({ length: kept }, () => true)]);
    expect(await readTogether(driver, 1)).toEqual([true]);
  });

  test.each([
    ["has ended", expired],
    ["doesn't know since its restart", unheardOf],
  ])("are all given up with one that the server %s, and what was read over it is read again", async (_, passing) => {
    const driver = await open({ url: gate.url, patienceMs: PATIENCE_MS });
    await readTogether(driver, limits.remote_database_kept);
    expect(await readTogether(driver, 1, passing)).toEqual([true, false]);
    expect(await readTogether(driver, 2)).toEqual([true, false]);
  });

  test("see what was stored just before, whoever stored it", async () => {
    const [driver, other] = [await open(), await open()];
    const counted: unknown[] = [];
    for (const id of [1, 2, 3]) {
      counted.push(await count(driver));
      expect((await other.transact([insert(id)]))[0]?.ok).toBe(true);
    }
    expect([...counted, await count(driver)]).toEqual([0, 1, 2, 3]);
  });

  test("are given back at the end, as is the writer's", async () => {
    const driver = await openRemote({ url: gate.url });
    await readTogether(driver, limits.remote_database_kept);
    await driver.transact([insert(1)]);
    await driver.close();
    await gate.ended(limits.remote_database_kept + 1);
  });

  test("give way to others after a read that nothing answers", async () => {
    const driver = await open({ url: gate.url, deadlineMs: DEADLINE_MS, patienceMs: 0 });
    await readTogether(driver, 1);
    const held = gate.hold();
    expect((await failure(driver.query(one)))?.kind).toBe("unavailable");
    expect(await readTogether(driver, 1)).toEqual([false]);
    await held.release();
  });
});

describe.skipIf(!hasSqld)("work that a server has no room for", () => {
  test.each([
    ["busy", busy],
    ["too many requests", tooMany],
    ["a connection that has expired", expired],
    ["a connection from before a restart", unheardOf],
  ])("is sent again: %s", async (_, passing) => {
    const driver = await open({ url: gate.url, patienceMs: PATIENCE_MS });
    gate.next(passing, passing, passing);
    expect((await driver.transact([insert(1), insert(1)])).map((outcome) => outcome.ok)).toEqual([true, false]);
    expect(await count(driver)).toBe(1);
  });

  test.each([
    ["busy", busy],
    ["too many requests", tooMany],
  ])("is known not to be done: %s", async (_, passing) => {
    const driver = await open({ url: gate.url, patienceMs: 0 });
    gate.next(passing);
    const [outcome] = await driver.transact([insert(1)]);
    expect(faultOf(outcome)).toMatchObject({ kind: "unavailable", undone: true });
    expect(await count(driver)).toBe(0);
  });
});

describe.skipIf(!hasSqld)("an outage", () => {
  test("that was waited for is not waited for again after an answer that was lost", async () => {
    const driver = await open({ url: gate.url, patienceMs: 60 });
    let [passing, tries] = [busy, 0];
    gate.next(
      ...Array.from({ length: 100 }, () => (request: Parameters<typeof busy>[0]) => {
        tries += 1;
        return passing(request);
      }),
    );
    passing = tooMany;
    await failure(count(driver));
    passing = async () => new Response("", { status: 502 });
    await failure(count(driver));
    passing = tooMany;
    tries = 0;
    expect(await failure(count(driver))).toMatchObject({ kind: "unavailable", undone: true });
    expect(tries).toBe(1);
  });
});

describe.skipIf(!hasSqld)("a driver that gives up", () => {
  test("answers what waits and what comes at once, and sends nothing more", async () => {
    const driver = await open({ url: gate.url });
    const held = gate.hold();
    const group = driver.transact([insert(1)]);
    await held.reached;
    driver.giveUp?.();
    const [outcome] = await group;
    expect(faultOf(outcome)).toMatchObject({ kind: "unavailable" });
    expect(faultOf(outcome)?.undone).toBeUndefined();
    expect(faultOf((await driver.transact([insert(2)]))[0])).toMatchObject({ kind: "unavailable", undone: true });
    expect((await failure(count(driver)))?.kind).toBe("unavailable");
    await held.release();
    expect(await count(await open())).toBe(1);
  });

  test("has its jobs told apart behind the fence, too: a later term leaves none of them done", async () => {
    const driver = await open({ url: gate.url, deadlineMs: DEADLINE_MS });
    await driver.transact([insert(1)]);
    gate.next(passes);
    const held = gate.hold();
    const outcomes = await driver.transact([insert(1), insert(1), insert(2)]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["constraint", "unavailable", "unavailable"]);
    expect(await count(driver)).toBe(1);
    expect(await held.release()).toContain("stale_term");
    expect(await count(driver)).toBe(1);
  });
});

describe.skipIf(!hasSqld)("a server that is killed", () => {
  test("is waited for, while it is known that nothing was done", async () => {
    const sqld = await Sqld.start();
    const driver = await open({ url: await sqld.newDatabase(), patienceMs: PATIENCE_MS });
    await driver.transact([[statement("CREATE TABLE t (id integer primary key)")], insert(1)]);
    await sqld.kill();
    const patient = driver.transact([insert(2)]);
    await sqld.restart();
    // Its connection may have been cut off after the group had set out.
    const [outcome] = await patient;
    expect([undefined, "unavailable"]).toContain(faultOf(outcome)?.kind);
    expect(await count(driver)).toBe(outcome?.ok ? 2 : 1);
    await sqld.remove();
  });

  test("is unavailable when it doesn't come back", async () => {
    const sqld = await Sqld.start();
    const driver = await open({ url: await sqld.newDatabase(), patienceMs: 0 });
    await driver.query(statement("SELECT 1"));
    await sqld.remove();
    expect((await failure(driver.query(statement("SELECT 1"))))?.kind).toBe("unavailable");
    const outcomes = await driver.transact([[statement("SELECT 1")], [statement("SELECT 2")]]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["unavailable", "unavailable"]);
    expect((await failure(driver.look?.()))?.kind).toBe("unavailable");
  });
});

describe.skipIf(!hasSqld)("a second process on a database", () => {
  test("takes it, and the first writes nothing more and says so once", async () => {
    const reasons: string[] = [];
    const first = await open({ onFatal: (reason) => reasons.push(reason) });
    await first.transact([insert(1)]);
    const second = await open();
    expect(faultOf((await first.transact([insert(2)]))[0])).toMatchObject({ kind: "unavailable", undone: true });
    expect(reasons).toEqual([expect.stringContaining("another process has taken the database")]);
    expect((await failure(count(first)))?.kind).toBe("unavailable");
    expect((await first.transact([insert(3)]))[0]?.ok).toBe(false);
    expect(reasons).toHaveLength(1);
    expect((await second.transact([insert(4)]))[0]?.ok).toBe(true);
    expect(await count(second)).toBe(2);
  });

  test("is noticed by a look, too", async () => {
    const reasons: string[] = [];
    const first = await open({ onFatal: (reason) => reasons.push(reason) });
    expect(await failure(first.look?.())).toBeNull();
    await open();
    expect((await failure(first.look?.()))?.kind).toBe("unavailable");
    expect(reasons).toHaveLength(1);
  });
});

describe.skipIf(!hasSqld)("a server that doesn't sync its commits", () => {
  test("is refused with a sentence that says how to mend it, unless it is allowed", async () => {
    url = await (await sharedSqld()).newDatabase({ durable: false });
    const error = await open().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsafeDatabaseError);
    expect(String(error)).toContain("durability_mode");
    const driver = await open({ allowUnsafe: true });
    const outcomes = await driver.transact([[statement("CREATE TABLE t (id integer primary key)")], insert(1)]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true]);
    expect(await failure(driver.look?.())).toBeNull();
  });

  test("takes no write any more over connections that no longer do, and again when they do; reads go on", async () => {
    const sqld = await sharedSqld();
    const driver = await open({ url: gate.url, patienceMs: PATIENCE_MS });
    await driver.transact([insert(1)]);
    await sqld.setDurable(url, false);
    expect((await failure(driver.look?.()))?.message).toContain("durability_mode");
    // The connection that it has goes on to sync; a refusal ends that.
    expect((await driver.transact([insert(2)]))[0]?.ok).toBe(true);
    gate.next(busy);
    for (const id of [3, 4]) {
      expect(faultOf((await driver.transact([insert(id)]))[0])).toMatchObject({ kind: "unavailable", undone: true });
    }
    expect(await count(driver)).toBe(2);
    await sqld.setDurable(url, true);
    expect(await failure(driver.look?.())).toBeNull();
    expect((await driver.transact([insert(3)]))[0]?.ok).toBe(true);
  });

  test("a server that was not told to keep it forgets at its restart", async () => {
    const sqld = await Sqld.start({ namespaces: false });
    await sqld.setDurable(sqld.url, true);
    const driver = await open({ url: sqld.url });
    await driver.transact([[statement("CREATE TABLE t (id integer primary key)")]]);
    await sqld.restart();
    const [outcome] = await driver.transact([insert(1)]);
    expect(faultOf(outcome)?.kind).toBe("unavailable");
    expect((await failure(driver.look?.()))?.message).toContain("durability_mode");
    await sqld.remove();
  });
});
