// A database server as it answers, over the official client, which is loaded only when it is used. It tells what came
// of a batch: done, known not to be done, or of unknown end, so that it may be done now, later or never.
// Must not send anything twice on its own, nor know what the statements are for.

import type { Client, ResultSet } from "@libsql/client/web";
import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";
import {
  boundParams,
  type DatabaseFault,
  type Job,
  type JobOutcome,
  type Statement,
  type StatementResult,
  unavailable,
  undone,
} from "./driver.ts";
import { codeOf, serverFault } from "./faults.ts";
import { type Channel, type GroupEnd, RolledBack, received, runAlone, runJobs, runTogether } from "./job-batch.ts";
import { KeptStreams } from "./kept-streams.ts";
import { RequestsAtOnce } from "./requests-at-once.ts";

export interface ServerAddress {
  /** `libsql:`, `https:`, `http:`, `wss:` or `ws:`. */
  url: string;
  authToken?: string | undefined;
}

export type Answer<Results = StatementResult[]> =
  | { state: "done"; results: Results }
  /** SQL refuses the statement at `index`; nothing of the batch is done. */
  | { state: "refused"; index: number; fault: DatabaseFault }
  /** Known not to be done. `again`: it may go better in a moment. `is_busy`: since others wrote, whoever had sent it. */
  | { state: "undone"; again: boolean; is_busy?: true; fault: DatabaseFault }
  /** The server is finished with it, and failed. */
  | { state: "failed"; fault: DatabaseFault }
  /** No answer came: the server may still do it. */
  | { state: "unknown"; fault: DatabaseFault };

export interface DatabaseServer {
  /** One statement outside a transaction. Over a new connection: what a server does with it may have changed. */
  run(statement: Statement): Promise<Answer>;
  /** The same for what only reads, over connections that are kept for it. */
  read(statement: Statement): Promise<Answer>;
  /** All of them in one transaction, which has the write lock from its beginning. */
  batch(statements: readonly Statement[]): Promise<Answer>;
  /** The same for the writer's groups, on a connection that is kept for them. */
  commit(statements: readonly Statement[]): Promise<Answer>;
  /** All jobs in one such transaction behind the guard, the statement 0; a job that fails undoes itself alone. */
  group(guard: Statement, jobs: readonly Job[]): Promise<Answer<JobOutcome[]>>;
  /**
   * The TCP connections that there are may never be heard of again: what is under way is broken off unless it is answered
   * within that time, and what is sent from now on goes over others.
   */
  turnOver(patience_ms: number): void;
  /** Breaks off what is under way, and sends nothing any more. */
  giveUp(): void;
  close(): void;
}

type Bounded = (request: Request) => Promise<Response>;

/** Connects to nothing yet. */
export async function reachServer(
  address: ServerAddress,
  deadlineMs: number,
  atOnce = new RequestsAtOnce(),
): Promise<DatabaseServer> {
  const ending = new AbortController();
  let underway = new AbortController();
  let anewUntilMs = Number.NEGATIVE_INFINITY;
  /** Those that are idle, too, may be dead, and each would take a request with it. */
  const mistrust = () => {
    anewUntilMs = monotonic() + limits.idle_connection_ms;
  };
  let is_parting = false;
  const bounded: Bounded = (request) => {
    // Answers are short, and to compress them costs the server more than to send them.
    request.headers.set("Accept-Encoding", "identity");
    return fetch(request, {
      // What ends a kept connection goes out, though all else is broken off: the server would keep it for a while.
      signal: is_parting
        ? AbortSignal.timeout(limits.remote_database_patience_ms)
        : AbortSignal.any([AbortSignal.timeout(deadlineMs), ending.signal, underway.signal]),
      keepalive: monotonic() > anewUntilMs,
    });
  };
  const ask = async <Results>(send: () => Promise<Answer<Results>>): Promise<Answer<Results>> => {
    if (ending.signal.aborted) return { state: "undone", again: false, fault: undone(unavailable(ENDING)) };
    // Besides the request's own bound: over a web socket there is none.
    const answer = await within(deadlineMs, ending.signal, send()).catch((error) => failureOf(error));
    if (answer.state === "unknown") mistrust();
    return answer;
  };
  const channels = await channelsTo(address, bounded, atOnce);
  const done = async (results: Promise<StatementResult[]>): Promise<Answer> => ({
    state: "done",
    results: await results,
  });
  return {
    run: (statement) => ask(() => done(channels.run(statement))),
    read: (statement) => ask(() => done(channels.read(statement))),
    batch: (statements) => ask(() => done(channels.batch(statements))),
    commit: (statements) => ask(() => done(channels.commit(statements))),
    group: (guard, jobs) => ask(() => channels.group(guard, jobs).then(groupAnswer)),
    turnOver(patience_ms) {
      mistrust();
      const former = underway;
      underway = new AbortController();
      setTimeout(() => former.abort(), patience_ms).unref();
    },
    giveUp: () => ending.abort(),
    close() {
      is_parting = !ending.signal.aborted;
      ending.abort();
      channels.close();
    },
  };
}

/** How statements get there. */
interface Channels {
  run(statement: Statement): Promise<StatementResult[]>;
  read(statement: Statement): Promise<StatementResult[]>;
  batch(statements: readonly Statement[]): Promise<StatementResult[]>;
  commit(statements: readonly Statement[]): Promise<StatementResult[]>;
  group(guard: Statement, jobs: readonly Job[]): Promise<GroupEnd>;
  close(): void;
}

async function channelsTo(address: ServerAddress, bounded: Bounded, atOnce: RequestsAtOnce): Promise<Channels> {
  const { createClient } = await import("@libsql/client/web");
  const { url, authToken } = address;
  // It says what is wrong with an address, and keeps its connection over a web socket.
  const client: Client = createClient({ url, ...(authToken === undefined ? {} : { authToken }) });
  if (client.protocol === "ws") return overClient(client, address);
  client.close();
  const hrana = await import("@libsql/hrana-client");
  const http = hrana.openHttp(...httpAddress(address), bounded);
  const once = new KeptStreams(hrana, http, 0);
  const reading = new KeptStreams(hrana, http, limits.remote_database_kept);
  // Its connection has in memory what the group before has touched.
  const writing = new KeptStreams(hrana, http, 1);
  /** As the client words it. */
  const named = (error: unknown) =>
    error instanceof hrana.ProtoError ? new Error(`HRANA_PROTO_ERROR: ${error.message}`, { cause: error }) : error;
  const over = <Value>(streams: KeptStreams, send: (channel: Channel) => Promise<Value>) =>
    streams.use(send).catch((error: unknown) => Promise.reject(named(error)));
  return {
    run: (statement) => atOnce.request(() => over(once, (channel) => runAlone(channel, statement))),
    read: (statement) => atOnce.request(() => over(reading, (channel) => runAlone(channel, statement))),
    batch: (statements) => atOnce.request(() => over(once, (channel) => runTogether(channel, statements))),
    commit: (statements) => over(writing, (channel) => runTogether(channel, statements)),
    group: (guard, jobs) => over(once, (channel) => runJobs(channel, guard, jobs)),
    close: () => http.close(),
  };
}

/** Where its HTTP is, and the token for it: what an address says goes before. */
function httpAddress({ url, authToken }: ServerAddress): [base: string, token: string | undefined] {
  const { protocol, searchParams, href, search, hash } = new URL(url);
  const is_plain = protocol === "http:" || (protocol === "libsql:" && searchParams.get("tls") === "0");
  const place = href.slice(protocol.length, href.length - hash.length - search.length);
  return [`${is_plain ? "http:" : "https:"}${place}`, searchParams.get("authToken") ?? authToken];
}

function overClient(client: Client, address: ServerAddress): Channels {
  const bound = ({ sql, params }: Statement) => ({ sql, args: boundParams(params) });
  const run = async (statement: Statement) => [statementResult(await client.execute(bound(statement)))];
  const batch = async (statements: readonly Statement[]) =>
    (await client.batch(statements.map(bound), "write")).map(statementResult);
  const group: Channels["group"] = (guard, jobs) => overOwnSocket(address, (channel) => runJobs(channel, guard, jobs));
  return { run, read: run, batch, commit: batch, group, close: () => client.close() };
}

const ENDING = "the database is being closed";

async function within<Value>(deadlineMs: number, ending: AbortSignal, promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  const giveUp = () => late.reject(new Error(ENDING));
  ending.addEventListener("abort", giveUp);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
    ending.removeEventListener("abort", giveUp);
  }
}

/** The client words no conditions, so this is the layer below it: with a connection of its own, as it is seldom used. */
async function overOwnSocket<Value>(address: ServerAddress, use: (channel: Channel) => Promise<Value>): Promise<Value> {
  const hrana = await import("@libsql/hrana-client");
  const { hranaWsUrl = address.url, authToken = address.authToken } = hrana.parseLibsqlUrl(address.url);
  const client = hrana.openWs(hranaWsUrl, authToken);
  return use({ hrana, stream: client.openStream(), texts: client }).finally(() => client.close());
}

function groupAnswer(end: GroupEnd): Answer<JobOutcome[]> {
  switch (end.state) {
    case "committed":
      return { state: "done", results: end.outcomes };
    case "guard_refused":
      return failureOf(end.error, 0);
    case "rolled_back":
      return { state: "undone", again: false, fault: undone(unavailable(end.why)) };
  }
}

/** It waited for the write lock in vain. The transaction has it from its beginning, so nothing was begun. */
const busyCode = /^(SQLITE_BUSY|TRANSACTION_BUSY)/;
/** What the server's own answers carry; all else comes from between here and there. */
const answeredCode = /^(SQL|TRANSACTION)/;
const refusedConnectionCodes = ["ECONNREFUSED", "ConnectionRefused"];
const TOO_MANY_REQUESTS = 429;
/** A kept connection that the server has ended, or knows nothing of since it was started anew: nothing was run. */
const endedStream = /^STREAM_EXPIRED|invalid baton/;
/** The request was turned away before anything was run. */
const turnedAwayStatuses = [401, 403, 404];

function failureOf(error: unknown, index = statementIndex(error)): Exclude<Answer, { state: "done" }> {
  const fault = serverFault(error);
  const [code, status] = [codeOf(error), statusOf(error)];
  const is_ended = endedStream.test(code) || (index === undefined && endedStream.test(fault.message));
  if (busyCode.test(code)) return { state: "undone", again: true, is_busy: true, fault: undone(fault) };
  if (refusedConnectionCodes.includes(code) || status === TOO_MANY_REQUESTS || is_ended) {
    return { state: "undone", again: true, fault: undone(fault) };
  }
  if (turnedAwayStatuses.includes(status) || error instanceof RolledBack) {
    return { state: "undone", again: false, fault: undone(fault) };
  }
  if (index !== undefined && fault.kind !== "unavailable") return { state: "refused", index, fault };
  if (index !== undefined || answeredCode.test(code)) return { state: "failed", fault };
  return { state: "unknown", fault };
}

function statementIndex(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statementIndex" in error)) return undefined;
  return typeof error.statementIndex === "number" ? error.statementIndex : undefined;
}

/** The HTTP status that stands behind the client's error, or in it; 0 where none does. */
function statusOf(error: unknown): number {
  for (const one of [error, error instanceof Error ? error.cause : undefined]) {
    if (typeof one === "object" && one !== null && "status" in one && typeof one.status === "number") return one.status;
  }
  return 0;
}

function statementResult(set: ResultSet): StatementResult {
  const rows = set.rows.map((row) => set.columns.map((_, index) => received(row[index])));
  return { changes: set.rowsAffected, rows };
}
