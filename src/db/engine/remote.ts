// The driver for a database server, over the official client, which is loaded only when it is used.
// A group is one batch; a job that fails is left out and the rest sent again, so the jobs before it count once.
// Must not guess after a broken connection: the group may be done, and its jobs are `unavailable`.

import type { Client, ResultSet } from "@libsql/client/web";
import { limits } from "../../domain/limits.ts";
import {
  boundParams,
  DatabaseError,
  type DatabaseFault,
  type Driver,
  type Job,
  type JobOutcome,
  type SqlValue,
  type Statement,
  type StatementResult,
  unavailable,
} from "./driver.ts";
import { codeOf, faultFrom, messageOf } from "./faults.ts";

export interface RemoteOptions {
  /** `libsql:`, `https:`, `http:`, `wss:` or `ws:`. */
  url: string;
  authToken?: string | undefined;
}

export async function openRemote({ url, authToken }: RemoteOptions): Promise<Driver> {
  const { createClient } = await import("@libsql/client/web");
  const client = createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(limits.remote_database_deadline_ms) }),
  });
  return {
    query: (statement) => query(client, statement),
    transact: (jobs) => transact(client, jobs),
    async close() {
      client.close();
    },
  };
}

async function query(client: Client, { sql, params }: Statement): Promise<SqlValue[][]> {
  try {
    return statementResult(await client.execute({ sql, args: boundParams(params) })).rows;
  } catch (error) {
    throw new DatabaseError(remoteFault(error));
  }
}

async function transact(client: Client, jobs: Job[]): Promise<JobOutcome[]> {
  const outcomes = new Map<Job, JobOutcome>();
  let remaining = jobs;
  while (remaining.length > 0) {
    const attempt = await sendGroup(client, remaining);
    if (attempt.state === "lost") {
      // Jobs found at fault in an earlier round are known not to be done, whatever became of the rest.
      return jobs.map((job) => outcomes.get(job) ?? { ok: false, error: attempt.fault });
    }
    if (attempt.state === "done") {
      remaining.forEach((job, index) => {
        outcomes.set(job, { ok: true, results: attempt.results[index] ?? [] });
      });
      break;
    }
    outcomes.set(attempt.job, { ok: false, error: attempt.fault });
    remaining = remaining.filter((job) => job !== attempt.job);
  }
  return jobs.map((job) => outcomes.get(job) ?? { ok: false, error: unavailable("the server gave no outcome") });
}

type Attempt =
  | { state: "done"; results: StatementResult[][] }
  | { state: "job_failed"; job: Job; fault: DatabaseFault }
  | { state: "lost"; fault: DatabaseFault };

async function sendGroup(client: Client, jobs: Job[]): Promise<Attempt> {
  const statements = jobs.flat().map(({ sql, params }) => ({ sql, args: boundParams(params) }));
  try {
    const sets = await client.batch(statements, "write");
    const results = sets.map(statementResult);
    return { state: "done", results: jobs.map((job) => results.splice(0, job.length)) };
  } catch (error) {
    const fault = remoteFault(error);
    const job = fault.kind === "unavailable" ? undefined : jobOfStatement(jobs, statementIndex(error));
    if (job) return { state: "job_failed", job, fault };
    return { state: "lost", fault: unavailable(fault.message) };
  }
}

function jobOfStatement(jobs: Job[], index: number | undefined): Job | undefined {
  if (index === undefined) return undefined;
  let after = 0;
  return jobs.find((job) => {
    after += job.length;
    return index < after;
  });
}

function statementIndex(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statementIndex" in error)) return undefined;
  return typeof error.statementIndex === "number" ? error.statementIndex : undefined;
}

/** Only what SQL itself refused is the statement's fault; all else lies between here and the database. */
function remoteFault(error: unknown): DatabaseFault {
  const fault = faultFrom(error);
  if (fault.kind === "internal" && !codeOf(error).startsWith("SQL")) return unavailable(messageOf(error));
  return fault;
}

function statementResult(set: ResultSet): StatementResult {
  const rows = set.rows.map((row) => set.columns.map((_, index) => received(row[index])));
  return { changes: set.rowsAffected, rows };
}

function received(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === undefined) return null;
  // The client was made without big integers, so what is left are the other SQL values.
  return value as SqlValue;
}
