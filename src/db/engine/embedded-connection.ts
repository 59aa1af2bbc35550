// One synchronous connection to a database file, with its pragmas and its cache of prepared statements.
// A writer's group leaves no transaction open behind it, whatever fails.
// Runs in a worker thread only: every call blocks its thread until the disk has answered.

import { accessSync, constants } from "node:fs";
import Database from "libsql";
import { limits } from "../../domain/limits.ts";
import {
  DatabaseError,
  type DatabaseFault,
  failAll,
  type Job,
  type JobOutcome,
  type SqlValue,
  type Statement,
  type StatementResult,
  unavailable,
  undone,
} from "./driver.ts";
import { codeOf, faultFrom, messageOf } from "./faults.ts";
import type { Lane } from "./lanes.ts";
import { workedParams } from "./worked-params.ts";

/** The writer, or the reader of a lane. */
export type ConnectionRole = "writer" | `${Lane} reader`;

export interface Connection {
  run(statement: Statement): StatementResult;
  transact(jobs: Job[]): JobOutcome[];
  close(): void;
}

interface Prepared {
  statement: Database.Statement<unknown[]>;
  givesRows: boolean;
  changesRows: boolean;
}

export interface ConnectionOptions {
  path: string;
  role: ConnectionRole;
  /** How long a statement waits for another connection that holds the file. */
  busy_ms: number;
}

export function openConnection({ path, role, busy_ms }: ConnectionOptions): Connection {
  if (role === "writer") expectWritable(path);
  const database = new Database(path);
  try {
    setPragmas(database, role, busy_ms);
  } catch (error) {
    database.close();
    throw error;
  }
  const run = statementRunner(database);
  return {
    run,
    transact: (jobs) => transact(database, run, jobs),
    close() {
      // Leaves everything in the one file, which can then be copied without its journal.
      if (role === "writer") database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    },
  };
}

/** SQLite would open the file for reading alone, and go on so when the file can be written to again. */
function expectWritable(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw new DatabaseError(unavailable(`can't be written to: ${messageOf(error)}`));
  }
}

function setPragmas(database: Database.Database, role: ConnectionRole, busy_ms: number): void {
  // First, so that the pragmas after it wait for another process instead of failing.
  database.exec(`PRAGMA busy_timeout = ${busy_ms}`);
  if (role === "writer") {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA journal_size_limit = ${limits.database_journal_bytes}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${limits.database_checkpoint_pages}`);
  }
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA temp_store = MEMORY");
  const cache_kib = role === "writer" ? limits.database_writer_cache_kib : limits.database_reader_cache_kib;
  database.exec(`PRAGMA cache_size = ${-cache_kib}`);
  if (role !== "writer") database.exec("PRAGMA query_only = ON");
  // A file that another connection writes to fails the opening rather than every group after it.
  if (role === "writer") database.exec("BEGIN IMMEDIATE; ROLLBACK");
  database.exec(`PRAGMA busy_timeout = ${limits.database_busy_ms}`);
}

function statementRunner(database: Database.Database): (statement: Statement) => StatementResult {
  // The client library's `get` begins where the statement stands: behind the rows of an `all`, or at what failed before.
  const [of_all, of_one] = [new PreparedOnce(database), new PreparedOnce(database)];
  return (statement) => {
    const { sql, one } = statement;
    const bound = workedParams(statement);
    if (!one) return execute(of_all.of(sql), bound);
    try {
      return first(of_one.of(sql), bound);
    } catch (error) {
      of_one.forget(sql);
      throw error;
    }
  };
}

/** The statements that were used last, each prepared once. */
class PreparedOnce {
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  of(sql: string): Prepared {
    const prepared = this.#prepared.get(sql) ?? prepare(this.#database, sql);
    // Re-inserted on each use: the first key is then the one unused for longest.
    this.#prepared.delete(sql);
    this.#prepared.set(sql, prepared);
    if (this.#prepared.size > limits.database_statements) {
      for (const oldest of this.#prepared.keys()) {
        this.#prepared.delete(oldest);
        break;
      }
    }
    return prepared;
  }

  forget(sql: string): void {
    this.#prepared.delete(sql);
  }
}

function prepare(database: Database.Database, sql: string): Prepared {
  const statement = database.prepare(sql);
  const givesRows = statement.reader;
  if (givesRows) statement.raw(true);
  return { statement, givesRows, changesRows: givesRows && /\breturning\b/i.test(sql) };
}

function execute({ statement, givesRows, changesRows }: Prepared, bound: unknown[]): StatementResult {
  if (!givesRows) return { changes: statement.run(bound).changes, rows: [] };
  const rows = statement.all(bound) as SqlValue[][];
  return { changes: changesRows ? rows.length : 0, rows };
}

/** The client library finds one row in half the time that it takes to look whether there are more. */
function first({ statement }: Prepared, bound: unknown[]): StatementResult {
  const row = statement.get(bound) as SqlValue[] | undefined;
  return { changes: 0, rows: row ? [row] : [] };
}

function transact(
  database: Database.Database,
  run: (statement: Statement) => StatementResult,
  jobs: Job[],
): JobOutcome[] {
  try {
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    rollBack(database);
    return failAll(jobs, undone(unavailable(messageOf(error))));
  }
  try {
    const outcomes = jobs.map((job) => (database.inTransaction ? attempt(database, run, job) : notTried));
    // Some errors, a full disk among them, undo the whole transaction and not just the statement.
    if (!database.inTransaction) return failAll(jobs, lostTransaction(outcomes));
    database.exec("COMMIT");
    return outcomes;
  } catch (error) {
    rollBack(database);
    return failAll(jobs, unavailable(messageOf(error)));
  }
}

const notTried: JobOutcome = { ok: false, error: unavailable("not tried") };

function attempt(database: Database.Database, run: (statement: Statement) => StatementResult, job: Job): JobOutcome {
  // A failing statement undoes itself; only several need a savepoint to be undone together.
  const guarded = job.length > 1;
  if (guarded) database.exec("SAVEPOINT job");
  try {
    const results = job.map(run);
    if (guarded) database.exec("RELEASE job");
    return { ok: true, results };
  } catch (error) {
    if (guarded && database.inTransaction) database.exec("ROLLBACK TO job; RELEASE job");
    return { ok: false, error: faultFrom(error) };
  }
}

function lostTransaction(outcomes: JobOutcome[]): DatabaseFault {
  const cause = outcomes.findLast((outcome) => !outcome.ok && outcome !== notTried);
  return undone(unavailable(`transaction lost: ${cause && !cause.ok ? cause.error.message : "unknown cause"}`));
}

function rollBack(database: Database.Database): void {
  if (!database.inTransaction) return;
  try {
    database.exec("ROLLBACK");
  } catch {
    // The fault that led here is the one worth telling; the next BEGIN fails too if this connection is beyond use.
  }
}
