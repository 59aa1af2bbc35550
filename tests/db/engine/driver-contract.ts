// What every driver must do, as one suite that each driver's tests run over theirs.
// Tables are named anew for each run and dropped after it, so the suite may run against a shared database.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  DatabaseError,
  type Driver,
  type JobOutcome,
  type SqlValue,
  type Statement,
} from "../../../src/db/engine/driver.ts";
import { lanes } from "../../../src/db/engine/lanes.ts";
import { type Migration, migrate, NewerDatabaseError } from "../../../src/db/engine/migrate.ts";

export function statement(sql: string, ...params: SqlValue[]): Statement {
  return { sql, params };
}

export function describeDriver(name: string, open: () => Promise<Driver>): void {
  describe(`driver contract: ${name}`, () => {
    const run = crypto.randomUUID().replaceAll("-", "").slice(0, 8);
    const [parents, children] = [`parents_${run}`, `children_${run}`];
    let driver: Driver;

    const insert = (id: number, key: string): Statement =>
      statement(`INSERT INTO ${parents} (id, key) VALUES (?, ?)`, id, key);
    const keys = async (...ids: number[]): Promise<SqlValue[]> => {
      const rows = await driver.query(
        statement(
          `SELECT key FROM ${parents} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
          JSON.stringify(ids),
        ),
      );
      return rows.map(([key]) => key ?? null);
    };

    beforeAll(async () => {
      driver = await open();
      const outcomes = await driver.transact([
        [
          statement(`CREATE TABLE ${parents} (id INTEGER PRIMARY KEY, key TEXT UNIQUE, note TEXT, data BLOB, n REAL)`),
          statement(`CREATE TABLE ${children} (parent_id INTEGER NOT NULL REFERENCES ${parents} (id))`),
        ],
      ]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([true]);
    });

    afterAll(async () => {
      await driver.transact([[statement(`DROP TABLE ${children}`), statement(`DROP TABLE ${parents}`)]]);
      await driver.close();
    });

    test("a read sees a job after its acknowledgement", async () => {
      await driver.transact([[insert(10, "ten")]]);
      expect(await keys(10)).toEqual(["ten"]);
    });

    test("a read that wants one row of several has it, and none after it sees less than was acknowledged", async () => {
      await driver.transact([[insert(900, "first")], [insert(901, "second")]]);
      const one = statement(`SELECT key FROM ${parents} WHERE id >= 900 AND id < 910 ORDER BY id`);
      expect((await driver.query({ ...one, one: true }))[0]).toEqual(["first"]);
      await driver.transact([[insert(902, "third")]]);
      expect(await keys(900, 901, 902)).toEqual(["first", "second", "third"]);
      expect(await driver.query({ ...statement(`SELECT key FROM ${parents} WHERE id = 909`), one: true })).toEqual([]);
    });

    test("a read that wants one row is of what it asks for, whatever was asked with the same words before", async () => {
      await driver.transact([[insert(910, "one")], [insert(911, "two")]]);
      const words = `SELECT key FROM ${parents} WHERE id = ?`;
      const all = (id: number) => driver.query({ sql: words, params: [id] });
      const one = (id: number) => driver.query({ sql: words, params: [id], one: true });
      expect(await all(910)).toEqual([["one"]]);
      expect(await one(911)).toEqual([["two"]]);
      expect(await one(919)).toEqual([]);
      expect(await all(911)).toEqual([["two"]]);
      expect(await one(919)).toEqual([]);
      expect(await all(919)).toEqual([]);
      expect(await one(910)).toEqual([["one"]]);
    });

    test("a read that wants one row may fail, and the next with the same words is as it asks", async () => {
      await driver.transact([[insert(920, "there")]]);
      const words = `SELECT key FROM ${parents} WHERE id IN (SELECT value FROM json_each(?))`;
      const one = (ids: string) => driver.query({ sql: words, params: [ids], one: true });
      expect(await one("[920]")).toEqual([["there"]]);
      expect(await one("no JSON").catch(() => "failed")).toBe("failed");
      expect(await one("[929]")).toEqual([]);
      expect(await one("[920]")).toEqual([["there"]]);
    });

    test.each(lanes)("a read of the lane %s sees a job after its acknowledgement, too", async (lane) => {
      const id = 11 + lanes.indexOf(lane);
      await driver.transact([[insert(id, lane)]]);
      const read = statement(`SELECT key FROM ${parents} WHERE id = ?`, id);
      expect(await driver.query({ ...read, lane })).toEqual([[lane]]);
    });

    test("a job's statements run in order and give their rows and changes", async () => {
      const [outcome] = await driver.transact([
        [
          insert(20, "twenty"),
          insert(21, "twenty-one"),
          statement(`UPDATE ${parents} SET note = ? WHERE id IN (20, 21)`, "x"),
          statement(`UPDATE ${parents} SET note = 'y' WHERE id = ? RETURNING id, note`, 21),
          statement(`SELECT id, note FROM ${parents} WHERE id IN (20, 21) ORDER BY id`),
          statement(`DELETE FROM ${parents} WHERE id = -1`),
        ],
      ]);
      expect(outcome).toEqual({
        ok: true,
        results: [
          { changes: 1, rows: [] },
          { changes: 1, rows: [] },
          { changes: 2, rows: [] },
          { changes: 1, rows: [[21, "y"]] },
          {
            changes: 0,
            rows: [
              [20, "x"],
              [21, "y"],
            ],
          },
          { changes: 0, rows: [] },
        ],
      });
    });

    test("values keep their types, and ids up to 2^53 - 1 are exact", async () => {
      const bytes = new Uint8Array([0, 1, 255]);
      const id = 2 ** 53 - 1;
      await driver.transact([
        [
          statement(
            `INSERT INTO ${parents} (id, key, note, data, n) VALUES (?, ?, ?, ?, ?)`,
            id,
            "ü",
            null,
            bytes,
            1.5,
          ),
        ],
      ]);
      const [row] = await driver.query(
        statement(`SELECT id, key, note, data, n, typeof(?), typeof(?) FROM ${parents} WHERE id = ?`, 1, 0.5, id),
      );
      expect(row?.slice(0, 3)).toEqual([id, "ü", null]);
      expect(row?.[3]).toBeInstanceOf(Uint8Array);
      expect(Array.from(row?.[3] as Uint8Array)).toEqual(Array.from(bytes));
      expect(row?.slice(4)).toEqual([1.5, "integer", "real"]);
    });

    test("a job that fails undoes itself and leaves the rest of its group", async () => {
      const outcomes = await driver.transact([
        [insert(30, "thirty")],
        [insert(31, "thirty-one"), insert(32, "thirty")],
        [insert(30, "thirty again")],
        [insert(33, "thirty-three"), statement(`UPDATE ${parents} SET note = 'z' WHERE id = 30`)],
      ]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, false, true]);
      expect(await keys(30, 31, 32, 33)).toEqual(["thirty", "thirty-three"]);
    });

    test("a group in which every other job fails is done but for those", async () => {
      const ids = Array.from({ length: 300 }, (_, index) => 20_000 + index);
      await driver.transact([[insert(19_999, "taken")]]);
      const outcomes = await driver.transact(
        ids.map((id) => [insert(id, `kept ${id}`), insert(-id, id % 2 === 0 ? `own ${id}` : "taken")]),
      );
      expect(outcomes.map((outcome) => outcome.ok)).toEqual(ids.map((id) => id % 2 === 0));
      expect(outcomes.map(faultOf).find((fault) => fault)?.constraint).toBe(`${parents}.key`);
      const even = ids.filter((id) => id % 2 === 0);
      expect(await keys(...ids)).toEqual(even.map((id) => `kept ${id}`));
    });

    test("a group of nothing but failing jobs fails each and does nothing", async () => {
      await driver.transact([[insert(40, "forty")]]);
      const outcomes = await driver.transact([[insert(40, "a")], [insert(41, "forty")], [insert(42, "forty")]]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, false, false]);
      expect(await keys(40, 41, 42)).toEqual(["forty"]);
    });

    test("jobs of a group see what the jobs before them did", async () => {
      const outcomes = await driver.transact([
        [insert(50, "fifty")],
        [insert(51, "fifty")],
        [statement(`DELETE FROM ${parents} WHERE key = 'fifty'`)],
        [insert(52, "fifty")],
      ]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true, true]);
    });

    test("constraints are faults that name what was violated", async () => {
      await driver.transact([[insert(60, "sixty")]]);
      const outcomes = await driver.transact([
        [insert(61, "sixty")],
        [statement(`INSERT INTO ${children} (parent_id) VALUES (NULL)`)],
        [statement(`INSERT INTO ${children} (parent_id) VALUES (?)`, -5)],
      ]);
      const faults = outcomes.map(faultOf);
      expect(faults.map((fault) => fault?.kind)).toEqual(["constraint", "constraint", "constraint"]);
      expect(faults.map((fault) => fault?.constraint)).toEqual([`${parents}.key`, `${children}.parent_id`, undefined]);
    });

    test("a broken statement is an internal fault, in a job and in a query", async () => {
      const outcomes = await driver.transact([[statement("SELECT * FROM nowhere")], [insert(70, "seventy")]]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true]);
      expect(outcomes.map(faultOf)[0]?.kind).toBe("internal");
      const error = await driver.query(statement("SELEC 1")).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DatabaseError);
      expect((error as DatabaseError).fault.kind).toBe("internal");
    });

    test("a job of no statements is done", async () => {
      expect(await driver.transact([[]])).toEqual([{ ok: true, results: [] }]);
      expect((await driver.transact([[insert(80, "eighty")], []])).map((outcome) => outcome.ok)).toEqual([true, true]);
    });

    test("a group of a thousand jobs is committed with its outcomes in order", async () => {
      const jobs = Array.from({ length: 1_000 }, (_, index) => [
        statement(`INSERT INTO ${parents} (id, key) VALUES (?, ?) RETURNING id`, 10_000 + index, `bulk ${index}`),
      ]);
      const outcomes = await driver.transact(jobs);
      expect(outcomes.map((outcome) => (outcome.ok ? outcome.results[0]?.rows[0]?.[0] : null))).toEqual(
        jobs.map((_, index) => 10_000 + index),
      );
    });
  });
}

export function faultOf(outcome: JobOutcome | undefined) {
  return outcome && !outcome.ok ? outcome.error : null;
}

const first: Migration = {
  tag: "0000_first",
  sql: "CREATE TABLE a (id integer);--> statement-breakpoint\nCREATE TABLE b (id integer);\n--> statement-breakpoint\n",
};
const second: Migration = { tag: "0001_second", sql: "ALTER TABLE a ADD COLUMN name text;" };
const added: Migration = { tag: "0001_added", sql: "-- additive\nCREATE TABLE e (id integer);" };
const addedLater: Migration = { tag: "0002_added_later", sql: "-- additive\nCREATE TABLE f (id integer);" };
const broken: Migration = {
  tag: "0001_broken",
  sql: "CREATE TABLE c (id integer);--> statement-breakpoint\nNONSENSE;",
};

/** Migrations keep a table of a fixed name, so each test needs a database of its own. */
export function describeMigrations(name: string, open: () => Promise<Driver>): void {
  describe(`migrations: ${name}`, () => {
    const tables = async (driver: Driver): Promise<SqlValue[]> => {
      const rows = await driver.query(
        // A driver may have tables of its own.
        statement("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*[_]*' ORDER BY name"),
      );
      return rows.map(([table]) => table ?? null);
    };

    test("a new database gets every migration, and again nothing", async () => {
      const driver = await open();
      expect(await migrate(driver, [first, second], { now: () => 7 })).toEqual(["0000_first", "0001_second"]);
      expect(await tables(driver)).toEqual(["a", "b", "migrations"]);
      expect(await driver.query(statement("SELECT idx, tag, applied_at FROM migrations ORDER BY idx"))).toEqual([
        [0, "0000_first", 7],
        [1, "0001_second", 7],
      ]);
      expect(await migrate(driver, [first, second])).toEqual([]);
      await driver.close();
    });

    test("a database that has some gets only the rest", async () => {
      const driver = await open();
      await migrate(driver, [first]);
      expect(await migrate(driver, [first, second])).toEqual(["0001_second"]);
      await driver.close();
    });

    test("a migration that fails leaves nothing behind and can be tried again", async () => {
      const driver = await open();
      await migrate(driver, [first]);
      expect(await migrate(driver, [first, broken]).catch((error: unknown) => error)).toBeInstanceOf(DatabaseError);
      expect(await tables(driver)).toEqual(["a", "b", "migrations"]);
      expect(await migrate(driver, [first, second])).toEqual(["0001_second"]);
      await driver.close();
    });

    test("a new database in which one fails is as empty as it was", async () => {
      const driver = await open();
      expect(await migrate(driver, [first, broken]).catch((error: unknown) => error)).toBeInstanceOf(DatabaseError);
      expect(await tables(driver)).toEqual([]);
      expect(await migrate(driver, [first, second])).toEqual(["0000_first", "0001_second"]);
      await driver.close();
    });

    test("a database of a newer program is refused and left alone", async () => {
      const driver = await open();
      await migrate(driver, [first, second]);
      const third = { tag: "0001_third", sql: "CREATE TABLE d (id integer);" };
      expect(await migrate(driver, [first]).catch((error: unknown) => error)).toBeInstanceOf(NewerDatabaseError);
      expect(await migrate(driver, [first, third]).catch((error: unknown) => error)).toBeInstanceOf(NewerDatabaseError);
      expect(await tables(driver)).toEqual(["a", "b", "migrations"]);
      await driver.close();
    });

    test("a database that a newer program has added to is used as it is by one that doesn't know of that", async () => {
      const driver = await open();
      await migrate(driver, [first, added]);
      expect(await migrate(driver, [first])).toEqual([]);
      expect(await migrate(driver, [first, added, addedLater])).toEqual(["0002_added_later"]);
      for (const known of [[first], [first, added], [first, added, addedLater]]) {
        expect(await migrate(driver, known)).toEqual([]);
      }
      expect(await tables(driver)).toEqual(["a", "b", "e", "f", "migrations"]);
      await driver.close();
    });

    test("but not once it was changed in another way: what has to be known is said", async () => {
      const driver = await open();
      const changed = { tag: "0002_changed", sql: "CREATE TABLE g (id integer);" };
      await migrate(driver, [first, added, changed, addedLater]);
      const refused = await migrate(driver, [first]).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(NewerDatabaseError);
      expect(refused).toMatchObject({ tag: "0001_added", compatible_from: "0002_changed" });
      expect(await migrate(driver, [first, added, changed])).toEqual([]);
      // A history of its own isn't what was added to this one's.
      const other = await migrate(driver, [first, changed, added]).catch((error: unknown) => error);
      expect(other).toBeInstanceOf(NewerDatabaseError);
      await driver.close();
    });

    test("nothing is applied where somebody has a word against what isn't additive", async () => {
      const driver = await open();
      await migrate(driver, [first]);
      const asked: [string, number][] = [];
      const beforeBreaking = async (...breaking: [string, number]) => {
        asked.push(breaking);
        throw new Error("not now");
      };
      const migrating = migrate(driver, [first, added, second, addedLater], { beforeBreaking });
      expect(await migrating.catch(String)).toBe("Error: not now");
      expect(asked).toEqual([["0001_second", 3]]);
      expect(await tables(driver)).toEqual(["a", "b", "migrations"]);
      expect(await migrate(driver, [first, added], { beforeBreaking })).toEqual(["0001_added"]);
      expect(await migrate(driver, [first], { beforeBreaking })).toEqual([]);
      expect(asked).toHaveLength(1);
      await driver.close();
    });

    test("a new database costs a query and a transaction, one that is up to date a query", async () => {
      const driver = await open();
      const calls: string[] = [];
      const counting: Driver = {
        ...driver,
        query(asked) {
          calls.push("query");
          return driver.query(asked);
        },
        transact(jobs) {
          calls.push("transact");
          return driver.transact(jobs);
        },
      };
      await migrate(counting, [first, second]);
      expect(calls.splice(0)).toEqual(["query", "transact"]);
      await migrate(counting, [first, second]);
      expect(calls).toEqual(["query"]);
      await driver.close();
    });
  });
}
