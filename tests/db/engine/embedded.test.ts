// The embedded driver: the contract, its pragmas, its paths, and what happens when a thread dies.
// Threads that must die are stand-ins, so that no real connection is cut off inside a transaction.

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import Database from "libsql";
import { DatabaseInUseError } from "../../../src/db/engine/claim.ts";
import { databasePath } from "../../../src/db/engine/database-path.ts";
import {
  DatabaseError,
  type DatabaseFault,
  type Driver,
  type SqlValue,
  type Statement,
} from "../../../src/db/engine/driver.ts";
import { openEmbedded } from "../../../src/db/engine/embedded.ts";
import type { ConnectionRole } from "../../../src/db/engine/embedded-connection.ts";
import { lanes } from "../../../src/db/engine/lanes.ts";
import { limits } from "../../../src/domain/limits.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl, temporaryDirectory } from "../temporary.ts";
import { describeDriver, describeMigrations, faultOf, statement } from "./driver-contract.ts";

afterAll(removeTemporaryDirectories);

async function open(): Promise<Driver> {
  return openEmbedded({ url: await temporaryDatabaseUrl() });
}

describeDriver("embedded", open);
describeMigrations("embedded", open);

async function pragma(driver: Driver, name: string) {
  const [outcome] = await driver.transact([[statement(`PRAGMA ${name}`)]]);
  return outcome?.ok ? outcome.results[0]?.rows[0]?.[0] : null;
}

/** Of this process. */
const threads = () => readdirSync("/proc/self/task").map(Number);

describe("the embedded database", () => {
  test("is written with a journal, full sync and foreign keys", async () => {
    const driver = await open();
    expect(await pragma(driver, "journal_mode")).toBe("wal");
    expect(await pragma(driver, "synchronous")).toBe(2);
    expect(await pragma(driver, "foreign_keys")).toBe(1);
    expect(await pragma(driver, "busy_timeout")).toBe(5_000);
    await driver.close();
  });

  test("is read by a connection that cannot write", async () => {
    const driver = await open();
    expect(await driver.query(statement("PRAGMA query_only"))).toEqual([[1]]);
    const error = await driver.query(statement("CREATE TABLE t (id integer)")).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatabaseError);
    await driver.close();
  });

  test.each(lanes)("is read by a connection that cannot write in the lane %s", async (lane) => {
    const driver = await open();
    expect(await driver.query({ ...statement("PRAGMA query_only"), lane })).toEqual([[1]]);
    await driver.close();
  });

  test("answers a quick read before long ones of other lanes that were asked for earlier", async () => {
    const driver = await open();
    const long = statement(
      "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000000) SELECT 1 FROM c LIMIT 1 OFFSET 999999",
    );
    const answered: string[] = [];
    const ask = async (read: Statement) => {
      await driver.query(read);
      answered.push(read.lane ?? "quick");
    };
    await Promise.all([
      ask({ ...long, lane: "catching-up" }),
      ask({ ...long, lane: "search" }),
      ask(statement("SELECT 1")),
    ]);
    expect(answered[0]).toBe("quick");
    await driver.close();
  });

  test.skipIf(process.platform !== "linux")("has its readers' threads give way to all others", async () => {
    const before = new Set(threads());
    const driver = await open();
    for (const lane of lanes) await driver.query({ ...statement("SELECT 1"), lane });
    const added = threads().filter((thread) => !before.has(thread));
    const niceness = added.map((thread) => getPriority(thread));
    const having = (value: number) => niceness.filter((one) => one === value).length;
    // A thread of the runtime's that one of them starts has its priority.
    expect(having(limits.quick_reads_niceness)).toBeGreaterThanOrEqual(1);
    expect(having(limits.long_reads_niceness)).toBeGreaterThanOrEqual(2);
    expect(having(0)).toBeGreaterThanOrEqual(1);
    await driver.close();
  });

  test("has no thread for a lane before something is read in it", async () => {
    const roles: ConnectionRole[] = [];
    const driver = await openEmbedded({
      url: await temporaryDatabaseUrl(),
      spawn(role) {
        roles.push(role);
        return new Worker(new URL("../../../src/db/engine/embedded-worker.ts", import.meta.url));
      },
    });
    await driver.query(statement("SELECT 1"));
    expect(roles).toEqual(["quick reader", "writer"]);
    await driver.query({ ...statement("SELECT 1"), lane: "search" });
    expect(roles).toEqual(["quick reader", "writer", "search reader"]);
    await driver.close();
  });

  test("refuses what can't be sent to its thread, and answers what comes after it", async () => {
    const driver = await open();
    const unsendable = { sql: "SELECT ?", params: [(() => 1) as unknown as SqlValue] };
    await expect(driver.query(unsendable)).rejects.toThrow();
    expect(await driver.query(statement("SELECT 1"))).toEqual([[1]]);
    await driver.close();
  });

  test("keeps what was acknowledged over a reopening", async () => {
    const url = await temporaryDatabaseUrl();
    const before = await openEmbedded({ url });
    await before.transact([[statement("CREATE TABLE t (id integer)"), statement("INSERT INTO t VALUES (1)")]]);
    await before.close();
    const after = await openEmbedded({ url });
    expect(await after.query(statement("SELECT id FROM t"))).toEqual([[1]]);
    await after.close();
  });

  test("answers more different statements than it keeps prepared", async () => {
    const driver = await open();
    const answers = await Promise.all(
      Array.from({ length: 600 }, (_, index) => driver.query(statement(`SELECT ${index}`))),
    );
    expect(answers.map(([row]) => row?.[0])).toEqual(answers.map((_, index) => index));
    await driver.close();
  });

  test("loses the whole group when SQLite gives up the transaction", async () => {
    const driver = await open();
    await driver.transact([[statement("CREATE TABLE t (id integer primary key)")]]);
    const outcomes = await driver.transact([
      [statement("INSERT INTO t VALUES (1)")],
      [statement("INSERT OR ROLLBACK INTO t VALUES (1)")],
      [statement("INSERT INTO t VALUES (2)")],
    ]);
    expect(outcomes.map((outcome) => faultOf(outcome)?.kind)).toEqual(["unavailable", "unavailable", "unavailable"]);
    expect(await driver.query(statement("SELECT id FROM t"))).toEqual([]);
    expect((await driver.transact([[statement("INSERT INTO t VALUES (3)")]]))[0]?.ok).toBe(true);
    await driver.close();
  });

  test("refuses everything once it is closed", async () => {
    const driver = await open();
    await driver.close();
    const error = await driver.query(statement("SELECT 1")).catch((caught: unknown) => caught);
    expect((error as DatabaseError).fault.kind).toBe("unavailable");
    expect((await driver.transact([[statement("SELECT 1")]])).map(faultOf)[0]?.kind).toBe("unavailable");
  });

  test("finishes what was asked before the closing", async () => {
    const driver = await open();
    const reads = Array.from({ length: 20 }, () => driver.query(statement("SELECT 1")));
    const write = driver.transact([[statement("CREATE TABLE t (id integer)")]]);
    await driver.close();
    expect(await Promise.all(reads)).toEqual(reads.map(() => [[1]]));
    expect((await write)[0]?.ok).toBe(true);
  });

  test("rejects when the file is no database", async () => {
    const directory = await temporaryDirectory();
    await Bun.write(`${directory}/notes.db`, "this is a text of more than a hundred bytes. ".repeat(40));
    const error = await openEmbedded({ url: `file:${directory}/notes.db` }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatabaseError);
  });
});

describe("a database thread that dies", () => {
  const faultyFile = new URL("./faulty-worker.ts", import.meta.url);
  const realFile = new URL("../../../src/db/engine/embedded-worker.ts", import.meta.url);

  /** The first threads of `role` are faulty ones, as many as said; all others are real. */
  async function openFaulty(role: ConnectionRole, faultyThreads: number) {
    const spawned: Worker[] = [];
    const faults: DatabaseFault[] = [];
    let nowMs = 0;
    const driver = await openEmbedded({
      url: await temporaryDatabaseUrl(),
      now: () => nowMs,
      onFault: (fault) => faults.push(fault),
      spawn(spawnedRole) {
        if (spawnedRole !== role) return new Worker(realFile);
        const worker = new Worker(spawned.length < faultyThreads ? faultyFile : realFile);
        spawned.push(worker);
        return worker;
      },
    });
    return {
      driver,
      faults,
      spawned,
      advance(ms: number) {
        nowMs += ms;
      },
    };
  }

  const kindOf = (result: PromiseSettledResult<unknown>) =>
    result.status === "rejected" && result.reason instanceof DatabaseError ? result.reason.fault.kind : "fulfilled";

  test("settles the reads outstanding as unavailable, and the next finds a new thread", async () => {
    const { driver, faults, spawned } = await openFaulty("quick reader", 1);
    await driver.transact([[statement("CREATE TABLE t (id integer)")]]);
    const settled = Promise.allSettled([driver.query(statement("SELECT 1")), driver.query(statement("SELECT 2"))]);
    spawned[0]?.terminate();
    expect((await settled).map(kindOf)).toEqual(["unavailable", "unavailable"]);
    expect(await driver.query(statement("SELECT count(*) FROM t"))).toEqual([[0]]);
    expect(spawned).toHaveLength(2);
    expect(faults).toEqual([{ kind: "unavailable", message: "the database quick reader stopped" }]);
    await driver.close();
  });

  test("of its own throw is told of with its words", async () => {
    const { driver, faults, spawned } = await openFaulty("quick reader", 1);
    const settled = Promise.allSettled([driver.query(statement("SELECT 1")), driver.query(statement("crash"))]);
    expect((await settled).map(kindOf)).toEqual(["unavailable", "unavailable"]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toContain("crashed as asked");
    expect(await driver.query(statement("SELECT 3"))).toEqual([[3]]);
    expect(spawned).toHaveLength(2);
    await driver.close();
  });

  test("settles the jobs outstanding as unavailable, and the writer recovers with its pragmas", async () => {
    const { driver, spawned } = await openFaulty("writer", 1);
    const write = driver.transact([[statement("SELECT 1")], [statement("SELECT 2")]]);
    spawned[0]?.terminate();
    expect((await write).map((outcome) => faultOf(outcome)?.kind)).toEqual(["unavailable", "unavailable"]);
    expect((await driver.transact([[statement("CREATE TABLE t (id integer)")]]))[0]?.ok).toBe(true);
    expect(await pragma(driver, "synchronous")).toBe(2);
    expect(await driver.query(statement("SELECT count(*) FROM t"))).toEqual([[0]]);
    await driver.close();
  });

  test("again and again is replaced only after a pause", async () => {
    const { driver, spawned, advance } = await openFaulty("quick reader", 3);
    const ask = () => Promise.allSettled([driver.query(statement("crash"))]);
    expect((await ask()).map(kindOf)).toEqual(["unavailable"]);
    expect((await ask()).map(kindOf)).toEqual(["unavailable"]);
    const [paused] = await ask();
    expect(paused?.status === "rejected" && paused.reason.message).toBe(
      "the database quick reader is restarting (nothing was done)",
    );
    expect(spawned).toHaveLength(2);
    advance(100);
    expect((await ask()).map(kindOf)).toEqual(["unavailable"]);
    advance(100);
    await ask();
    expect(spawned).toHaveLength(3);
    advance(100);
    expect(await driver.query(statement("SELECT 1"))).toEqual([[1]]);
    await driver.close();
  });
});

describe("a thread that dies within a transaction", () => {
  test("leaves the file locked: the driver says that only a new process can go on, and refuses until then", async () => {
    const fatal = Promise.withResolvers<string>();
    const faults: string[] = [];
    let spawned = 0;
    const url = await temporaryDatabaseUrl();
    const driver = await openEmbedded({
      url,
      onFatal: fatal.resolve,
      onFault: ({ message }) => faults.push(message),
      spawn(role) {
        spawned += role === "writer" ? 1 : 0;
        const real = role !== "writer" || spawned > 1;
        const file = real ? "../../../src/db/engine/embedded-worker.ts" : "./dying-worker.ts";
        return new Worker(new URL(file, import.meta.url));
      },
    });
    // What a dead thread leaves open is closed now and then with it; this isn't.
    const left_open = new Database(databasePath(url));
    left_open.exec("BEGIN IMMEDIATE");
    const write = () => driver.transact([[statement("SELECT 1")]]);
    expect(faultOf((await write())[0])?.kind).toBe("unavailable");
    expect(faultOf((await write())[0])?.kind).toBe("unavailable");
    expect(await fatal.promise).toContain("only the process's end frees its lock");
    expect(faults[1]).toContain("could not open: database is locked");
    expect(faultOf((await write())[0])).toMatchObject({
      message: expect.stringContaining("the database is closed"),
      undone: true,
    });
    expect(await driver.query(statement("SELECT count(*) FROM sqlite_master"))).toEqual([[0]]);
    expect(spawned).toBe(2);
    await driver.close();
    left_open.close();
  });
});

describe("a database file", () => {
  test("is used by one at a time, under whatever name", async () => {
    const directory = await temporaryDirectory();
    const first = await openEmbedded({ url: `file:${directory}/test.db` });
    symlinkSync(`${directory}/test.db`, `${directory}/link.db`);
    for (const name of ["test.db", "link.db"]) {
      const error = await openEmbedded({ url: `file:${directory}/${name}` }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DatabaseInUseError);
    }
    await first.close();
    await (await openEmbedded({ url: `file:${directory}/link.db` })).close();
  });

  const replace = (path: string) => {
    writeFileSync(`${path}.new`, "");
    renameSync(`${path}.new`, path);
  };

  test.concurrent.each([
    ["removed", (path: string) => rmSync(path)],
    ["replaced", replace],
    ["rid of its journal", (path: string) => rmSync(`${path}-wal`)],
  ])("that is %s under the driver takes nothing more, and all it held is rescued", async (_, harm) => {
    const directory = await temporaryDirectory();
    const fatal = Promise.withResolvers<string>();
    const driver = await openEmbedded({ url: `file:${directory}/test.db`, onFatal: fatal.resolve });
    await driver.transact([[statement("CREATE TABLE t (id integer)"), statement("INSERT INTO t VALUES (1)")]]);
    // The reader has opened the file by then, too.
    await driver.query(statement("SELECT id FROM t"));
    harm(`${directory}/test.db`);
    const [unnoticed] = await driver.transact([[statement("INSERT INTO t VALUES (2)")]]);
    const acknowledged = unnoticed?.ok ? [[1], [2]] : [[1]];
    const reason = await fatal.promise;
    const rescued = `${directory}/${readdirSync(directory).find((name) => name.includes("-rescued-"))}`;
    expect(reason).toContain(rescued);
    expect(faultOf((await driver.transact([[statement("INSERT INTO t VALUES (3)")]]))[0])?.kind).toBe("unavailable");
    expect(await driver.query(statement("SELECT id FROM t"))).toEqual(acknowledged);
    await driver.close();
    const after = await openEmbedded({ url: `file:${rescued}` });
    expect(await after.query(statement("SELECT id FROM t"))).toEqual(acknowledged);
    await after.close();
  });
});

describe("a file: URL", () => {
  test("gets its parent directory made", async () => {
    const directory = await temporaryDirectory();
    const driver = await openEmbedded({ url: `file:${directory}/a/b/test.db` });
    await driver.close();
    expect(existsSync(`${directory}/a/b/test.db`)).toBe(true);
  });
});
