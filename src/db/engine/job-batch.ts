// A group as one batch in which a job that is refused undoes itself alone: each is within a savepoint, and conditions
// on what became of the step before lead to its release or its undoing. So a group is one round trip to a database
// server, however many of its jobs are refused.
// Must not go on where the transaction is gone: a savepoint would begin one of its own, without the fence's guard.

import type { Batch, BatchCond, BatchStep, RowsResult, Sql, StmtResult, Stream } from "@libsql/hrana-client";
import { limits } from "../../domain/limits.ts";
import {
  boundParams,
  type Job,
  type JobOutcome,
  type SqlValue,
  type Statement,
  type StatementResult,
  undone,
} from "./driver.ts";
import { codeOf, messageOf, serverFault } from "./faults.ts";

type Hrana = typeof import("@libsql/hrana-client");

/** A stream, and who keeps the texts of its statements. */
export interface Channel {
  hrana: Hrana;
  stream: Stream;
  texts: { storeSql(sql: string): Sql };
}

export type GroupEnd =
  | { state: "committed"; outcomes: JobOutcome[] }
  | { state: "guard_refused"; error: unknown }
  /** SQLite itself undid the transaction, or the jobs could not be undone alone. */
  | { state: "rolled_back"; why: string };

interface Steps {
  batch: Batch;
  conditions: typeof BatchCond;
  /** With `params` bound, and its text stored where it comes more than once. */
  worded(statement: Statement): import("@libsql/hrana-client").Stmt;
}

/** Undefined where the server says nothing of the step. */
type StepEnd = Promise<StmtResult | undefined>;

interface JobSteps {
  /** In the order of the job's statements; undefined for one that was not tried. */
  results: Promise<RowsResult | undefined>[];
  /** Whether the next step may be done. */
  isOver: BatchCond;
}

/** SQL refused a statement, and with it all of them. */
export class RefusedStatement extends Error {
  readonly statementIndex: number;
  readonly code: string;

  constructor(statementIndex: number, error: unknown) {
    super(messageOf(error), { cause: error });
    this.statementIndex = statementIndex;
    this.code = codeOf(error);
  }
}

/** The server has undone all of them, though SQL refused none. */
export class RolledBack extends Error {}

/**
 * All of them in one transaction, or none. Rejects with RefusedStatement or RolledBack, or where the transaction could
 * not be begun or committed, or where no answer comes, or none that says which.
 */
export async function runTogether(channel: Channel, statements: readonly Statement[]): Promise<StatementResult[]> {
  const { hrana, stream } = channel;
  const batch = stream.batch();
  const { ok, not } = hrana.BatchCond;
  const { worded, forget } = wordingOf(channel, [statements]);
  let last = batch.step();
  const begun = quiet(last.run("BEGIN IMMEDIATE"));
  const results = statements.map((statement) => {
    const step = batch.step().condition(ok(last));
    last = step;
    return quiet(step.query(worded(statement)));
  });
  const commit = batch.step().condition(ok(last));
  const committed = quiet(commit.run("COMMIT"));
  const rollback = batch.step().condition(not(ok(commit)));
  const rolled_back = quiet(rollback.run("ROLLBACK"));
  const executed = batch.execute();
  forget();
  await executed;
  await begun;
  const done: StatementResult[] = [];
  for (const [index, result] of results.entries()) {
    const rows = await result.catch((error: unknown) => Promise.reject(new RefusedStatement(index, error)));
    if (rows) done.push(resultOf(rows));
  }
  if (!(await isCommitted(committed, rolled_back))) throw new RolledBack("the database server left out the commit");
  if (done.length < statements.length) throw new Error("the database server left out a statement, and committed");
  return done;
}

/** One, outside a transaction. */
export async function runAlone({ hrana, stream }: Channel, { sql, params }: Statement): Promise<StatementResult[]> {
  return [resultOf(await stream.query(new hrana.Stmt(sql).bindIndexes(boundParams(params))))];
}

/** Rejects where the transaction could not be begun or committed, or where no answer comes, or none that says which. */
export async function runJobs(channel: Channel, guard: Statement, jobs: readonly Job[]): Promise<GroupEnd> {
  const { hrana, stream } = channel;
  const batch = stream.batch();
  const steps: Steps = { batch, conditions: hrana.BatchCond, worded: wordingOf(channel, jobs).worded };
  const { ok, not } = hrana.BatchCond;
  const begin = batch.step();
  const begun = quiet(begin.run("BEGIN IMMEDIATE"));
  const guarding = batch.step().condition(ok(begin));
  const guarded = quiet(guarding.query(steps.worded(guard)));
  let before = ok(guarding);
  const jobSteps = jobs.map((job) => {
    const one = addJob(steps, job, before);
    before = one.isOver;
    return one;
  });
  const commit = batch.step().condition(before);
  const committed = quiet(commit.run("COMMIT"));
  const rollback = batch.step().condition(not(ok(commit)));
  const rolled_back = quiet(rollback.run("ROLLBACK"));
  const executed = batch.execute();
  await executed;
  await begun;
  const refusal = await guarded.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  if (refusal) return { state: "guard_refused", error: refusal.error };
  const settled = await Promise.all(jobSteps.map(outcomeOf));
  if (!(await isCommitted(committed, rolled_back))) return { state: "rolled_back", why: lastMessage(settled) };
  return { state: "committed", outcomes: settled };
}

/**
 * By what the server says of the last two steps, of which it does one or the other: it says nothing of a step that it
 * leaves out, nor of any behind the place where its answer was cut off. Rejects where it tried to commit in vain.
 */
async function isCommitted(committed: StepEnd, rolled_back: StepEnd): Promise<boolean> {
  if (await committed) return true;
  // One that failed was done as well: SQLite had undone the transaction by itself.
  const is_undone = await rolled_back.then(Boolean, () => true);
  if (is_undone) return false;
  throw new Error("the database server doesn't say whether it committed");
}

function addJob({ batch, conditions: { ok, not, and, or }, worded }: Steps, job: Job, before: BatchCond): JobSteps {
  const then = (condition: BatchCond, sql: string): BatchStep => {
    const step = batch.step().condition(condition);
    void quiet(step.run(sql));
    return step;
  };
  const savepoint = then(before, "SAVEPOINT job");
  let last = savepoint;
  const results = job.map((statement) => {
    const step = batch.step().condition(ok(last));
    last = step;
    return quiet(step.query(worded(statement)));
  });
  const release = then(ok(last), "RELEASE job");
  const undo = then(and(batch, [ok(savepoint), not(ok(release))]), "ROLLBACK TO job");
  const forget = then(ok(undo), "RELEASE job");
  return { results, isOver: or(batch, [ok(release), ok(forget)]) };
}

/** Marks it as known not to be done where it failed, which holds once the group is committed. */
async function outcomeOf({ results }: JobSteps): Promise<JobOutcome> {
  const done: StatementResult[] = [];
  try {
    for (const result of results) {
      const rows = await result;
      if (!rows) throw new Error("not tried");
      done.push(resultOf(rows));
    }
    return { ok: true, results: done };
  } catch (error) {
    const fault = serverFault(error);
    return { ok: false, error: fault.kind === "unavailable" ? undone(fault) : fault };
  }
}

function lastMessage(outcomes: readonly JobOutcome[]): string {
  const failed = outcomes.find((outcome) => !outcome.ok);
  return `the transaction was lost: ${failed && !failed.ok ? failed.error.message : "unknown cause"}`;
}

interface Wording extends Pick<Steps, "worded"> {
  /** Has the server keep no text any longer than it needs them for what was sent before. */
  forget(): void;
}

/** Texts that come more than once are sent once, as far as a server keeps them. */
function wordingOf({ hrana, texts }: Channel, jobs: readonly (readonly Statement[])[]): Wording {
  const counts = new Map<string, number>();
  for (const { sql } of jobs.flat()) counts.set(sql, (counts.get(sql) ?? 0) + 1);
  const stored = new Map<string, Sql>();
  const textOf = (sql: string): string | Sql => {
    const known = stored.get(sql);
    if (known) return known;
    const is_kept = (counts.get(sql) ?? 0) > 1 && sql.length < limits.remote_database_text_length;
    if (!is_kept || stored.size >= limits.remote_database_texts) return sql;
    const one = texts.storeSql(sql);
    stored.set(sql, one);
    return one;
  };
  return {
    worded: ({ sql, params }) => new hrana.Stmt(textOf(sql)).bindIndexes(boundParams(params)),
    forget() {
      for (const one of stored.values()) one.close();
    },
  };
}

const resultOf = ({ affectedRowCount, rows }: RowsResult): StatementResult => ({
  changes: affectedRowCount,
  rows: rows.map((row) => Array.from(row, received)),
});

/** The same promise; that it is rejected is no fault of the program where nobody waits for it. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

/** A value as a server's client hands it out. */
export function received(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === undefined) return null;
  // The client was made without big integers, so what is left are the other SQL values.
  return value as SqlValue;
}
