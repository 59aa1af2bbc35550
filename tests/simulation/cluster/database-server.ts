// The database server of a cluster of one seed, as one of its nodes reaches it. What is asked is done at one moment and
// answered at another, or isn't; and what has no known end may still be done later, as by a real one.

import type { Answer, DatabaseServer } from "../../../src/db/engine/database-server.ts";
import {
  type DatabaseFault,
  type Job,
  type JobOutcome,
  type Statement,
  type StatementResult,
  unavailable,
  undone,
} from "../../../src/db/engine/driver.ts";
import type { Connection } from "../../../src/db/engine/embedded-connection.ts";
import { faultFrom } from "../../../src/db/engine/faults.ts";
import type { ProcessTime, VirtualTime } from "../time.ts";
import type { Trace } from "../trace.ts";
import type { Weather } from "../weather.ts";
import type { Leases } from "./leases.ts";

export interface ServerParts {
  connection: Connection;
  time: VirtualTime;
  weather: Weather;
  trace: Trace;
  process: ProcessTime;
  leases: Leases;
}

/** When nobody waits for an answer any more. */
const DEADLINE_MS = 5_000;

const plain = (sql: string): Statement => ({ sql, params: [] });

export function simulatedServer(parts: ServerParts): DatabaseServer {
  const batch: DatabaseServer["batch"] = (statements) =>
    writing(parts, statements, () => inTransaction(parts.connection, statements));
  const run: DatabaseServer["run"] = (statement) => reading(parts, () => inTransaction(parts.connection, [statement]));
  return {
    ...{ run, read: run, batch, commit: batch },
    group: (guard, jobs) => writing(parts, [guard, ...jobs.flat()], () => apart(parts.connection, guard, jobs)),
    turnOver() {},
    giveUp() {},
    close() {},
  };
}

function reading<Results>({ time, weather, process }: ServerParts, read: () => Answer<Results>) {
  const fate = weather.readFate();
  const fault = unavailable("the read failed");
  return new Promise<Answer<Results>>((resolve) => {
    const answer = (found: Answer<Results>) => void time.afterIn(process, weather.diskMs() / 2, () => resolve(found));
    const wait_ms = weather.diskMs() / 2 + (fate === "slow" ? weather.lateMs() : 0);
    time.afterIn(null, wait_ms, () => {
      // A stopped process has nobody to be answered; the server reads all the same.
      answer(fate === "failed" ? { state: "failed", fault } : read());
    });
  });
}

function writing<Results extends unknown[]>(
  { time, weather, trace, process, leases }: ServerParts,
  statements: readonly Statement[],
  write: () => Answer<Results>,
) {
  // A lease that isn't renewed is a trouble of its own.
  const is_beat = statements[0]?.sql.includes("SET beat") && !weather.isOut;
  const fate = is_beat ? "done" : weather.writeFate(() => statements.map(({ sql }) => sql).join("; "));
  if (fate !== "done") trace.note("database", `a batch of ${statements.length} is ${fate}`);
  const asked_ms = time.now_ms;
  return new Promise<Answer<Results>>((resolve) => {
    const answer = (delay_ms: number, found: Answer<Results>) =>
      void time.afterIn(process, delay_ms, () => resolve(found));
    const unknown = (): Answer<Results> => ({ state: "unknown", fault: unavailable(`the batch is ${fate}`) });
    const disk_ms = weather.diskMs();
    if (fate === "refused") {
      return answer(0, { state: "undone", again: true, fault: undone(unavailable("the server is busy")) });
    }
    if (fate === "lost") return answer(disk_ms * 20, unknown());
    const done_ms = disk_ms + (fate === "late" ? weather.lateMs() : 0);
    time.afterIn(null, done_ms, () => {
      const done = write();
      leases.done(process, asked_ms, statements, done);
      if (fate === "answer lost") answer(disk_ms * 20, unknown());
      else if (done_ms < DEADLINE_MS) answer(weather.diskMs(), done);
    });
    if (done_ms >= DEADLINE_MS) answer(DEADLINE_MS, unknown());
  });
}

function inTransaction(connection: Connection, statements: readonly Statement[]): Answer {
  connection.run(plain("BEGIN IMMEDIATE"));
  const results: StatementResult[] = [];
  for (const [index, statement] of statements.entries()) {
    const result = tried(() => connection.run(statement));
    if ("fault" in result) {
      connection.run(plain("ROLLBACK"));
      return { state: "refused", index, fault: result.fault };
    }
    results.push(result);
  }
  connection.run(plain("COMMIT"));
  return { state: "done", results };
}

function apart(connection: Connection, guard: Statement, jobs: readonly Job[]): Answer<JobOutcome[]> {
  connection.run(plain("BEGIN IMMEDIATE"));
  const guarded = tried(() => connection.run(guard));
  if ("fault" in guarded) {
    connection.run(plain("ROLLBACK"));
    return { state: "refused", index: 0, fault: guarded.fault };
  }
  const outcomes = jobs.map((job): JobOutcome => {
    connection.run(plain("SAVEPOINT job"));
    const results = tried(() => job.map((statement) => connection.run(statement)));
    if ("fault" in results) connection.run(plain("ROLLBACK TO job"));
    connection.run(plain("RELEASE job"));
    return "fault" in results ? { ok: false, error: results.fault } : { ok: true, results };
  });
  connection.run(plain("COMMIT"));
  return { state: "done", results: outcomes };
}

function tried<Value extends object>(run: () => Value): Value | { fault: DatabaseFault } {
  try {
    return run();
  } catch (error) {
    return { fault: faultFrom(error) };
  }
}
