// A database server as it answers, over the official client, which is loaded only when it is used. It tells what came
// of a batch: done, known not to be done, or of unknown end, so that it may be done now, later or never.
// Must not send anything twice on its own, nor know what the statements are for.

import type { Client, ResultSet } from "@libsql/client/web";
import {
  boundParams,
  type DatabaseFault,
  type SqlValue,
  type Statement,
  type StatementResult,
  unavailable,
} from "./driver.ts";
import { codeOf, faultFrom, messageOf } from "./faults.ts";

export interface ServerAddress {
  /** `libsql:`, `https:`, `http:`, `wss:` or `ws:`. */
  url: string;
  authToken?: string | undefined;
}

export type Answer =
  | { state: "done"; results: StatementResult[] }
  /** SQL refuses the statement at `index`; nothing of the batch is done. */
  | { state: "refused"; index: number; fault: DatabaseFault }
  /** Known not to be done. `again`: it may go better in a moment. */
  | { state: "undone"; again: boolean; fault: DatabaseFault }
  /** The server is finished with it, and failed. */
  | { state: "failed"; fault: DatabaseFault }
  /** No answer came: the server may still do it. */
  | { state: "unknown"; fault: DatabaseFault };

export interface DatabaseServer {
  /** One statement outside a transaction. */
  run(statement: Statement): Promise<Answer>;
  /** All of them in one transaction, which has the write lock from its beginning. */
  batch(statements: readonly Statement[]): Promise<Answer>;
  close(): void;
}

/** Connects to nothing yet. */
export async function reachServer({ url, authToken }: ServerAddress, deadlineMs: number): Promise<DatabaseServer> {
  const { createClient } = await import("@libsql/client/web");
  const client: Client = createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(deadlineMs) }),
  });
  // Besides the request's own bound: over a web socket there is none.
  const answerOf = (sets: Promise<ResultSet[]>) =>
    within(deadlineMs, sets).then((all): Answer => ({ state: "done", results: all.map(statementResult) }), failureOf);
  return {
    run: ({ sql, params }) => answerOf(client.execute({ sql, args: boundParams(params) }).then((set) => [set])),
    batch: (statements) =>
      answerOf(
        client.batch(
          statements.map(({ sql, params }) => ({ sql, args: boundParams(params) })),
          "write",
        ),
      ),
    close: () => client.close(),
  };
}

async function within<Value>(deadlineMs: number, promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** It waited for the write lock in vain. The transaction has it from its beginning, so nothing was begun. */
const busyCode = /^(SQLITE_BUSY|TRANSACTION_BUSY)/;
/** What the server's own answers carry; all else comes from between here and there. */
const answeredCode = /^(SQL|TRANSACTION)/;
const refusedConnectionCodes = ["ECONNREFUSED", "ConnectionRefused"];
const TOO_MANY_REQUESTS = 429;
/** The request was turned away before anything was run. */
const turnedAwayStatuses = [401, 403, 404];

function failureOf(error: unknown): Answer {
  const fault = serverFault(error);
  const [code, status, index] = [codeOf(error), statusOf(error), statementIndex(error)];
  if (busyCode.test(code) || refusedConnectionCodes.includes(code) || status === TOO_MANY_REQUESTS) {
    return { state: "undone", again: true, fault: undone(fault) };
  }
  if (turnedAwayStatuses.includes(status)) return { state: "undone", again: false, fault: undone(fault) };
  if (index !== undefined && fault.kind !== "unavailable") return { state: "refused", index, fault };
  if (index !== undefined || answeredCode.test(code)) return { state: "failed", fault };
  return { state: "unknown", fault };
}

/** The fault, for work that is known not to be done. */
export function undone({ message }: DatabaseFault): DatabaseFault {
  return { ...unavailable(`${message} (nothing was done)`), undone: true };
}

/** Only what SQL itself refused is the statement's fault. */
function serverFault(error: unknown): DatabaseFault {
  const fault = faultFrom(error);
  if (fault.kind === "internal" && !codeOf(error).startsWith("SQL")) return unavailable(messageOf(error));
  return fault;
}

function statementIndex(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statementIndex" in error)) return undefined;
  return typeof error.statementIndex === "number" ? error.statementIndex : undefined;
}

/** The HTTP status that stands behind the client's error; 0 where none does. */
function statusOf(error: unknown): number {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== "object" || cause === null || !("status" in cause)) return 0;
  return typeof cause.status === "number" ? cause.status : 0;
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
