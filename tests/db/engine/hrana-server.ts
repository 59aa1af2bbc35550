// A database server for tests: Hrana 2 over HTTP with JSON, as the official client speaks it, over one local file.
// Each pipeline must close its stream, as the client's single calls do, so no state lives between requests.
// Not a server for anything else: one connection, no interactive transactions, no limits.

import Database from "libsql";

interface Options {
  path: string;
  authToken?: string;
}

type Value =
  | { type: "null" }
  | { type: "integer"; value: string }
  | { type: "float"; value: number }
  | { type: "text"; value: string }
  | { type: "blob"; base64: string };

interface Stmt {
  sql?: string;
  sql_id?: number;
  args?: Value[];
}

type Condition =
  | { type: "ok" | "error"; step: number }
  | { type: "not"; cond: Condition }
  | { type: "and" | "or"; conds: Condition[] };

interface Step {
  stmt: Stmt;
  condition?: Condition;
}

type StreamRequest =
  | { type: "close" }
  | { type: "execute"; stmt: Stmt }
  | { type: "batch"; batch: { steps: Step[] } }
  | { type: "store_sql"; sql_id: number; sql: string }
  | { type: "close_sql"; sql_id: number };

interface StepError {
  message: string;
  code: string;
}

type StepResult = ReturnType<typeof runStatement>;

type Texts = Map<number, string>;

type Prepare = (sql: string) => Database.Statement;

export interface HranaServer {
  url: string;
  /** How many transactions the clients have begun. */
  transactions(): number;
  stop(): Promise<void>;
}

export function startHranaServer({ path, authToken }: Options): HranaServer {
  const database = new Database(path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA foreign_keys = ON");
  // As nodes want it of their database server.
  database.exec("PRAGMA wal_autocheckpoint = 0");
  database.defaultSafeIntegers(true);
  const prepared = new Map<string, Database.Statement>();
  const prepare: Prepare = (sql) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  let transactions = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // Closed for having been idle, a connection would take with it what is asked over it at that moment.
    idleTimeout: 0,
    async fetch(request) {
      if (authToken && request.headers.get("authorization") !== `Bearer ${authToken}`) {
        return new Response("unauthorized", { status: 401 });
      }
      if (new URL(request.url).pathname !== "/v2/pipeline") return new Response("not found", { status: 404 });
      const { requests } = (await request.json()) as { requests: StreamRequest[] };
      const texts: Texts = new Map();
      transactions += requests.filter((entry) => entry.type === "batch").length;
      return Response.json({ baton: null, base_url: null, results: requests.map((r) => answer(prepare, texts, r)) });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    transactions: () => transactions,
    async stop() {
      await server.stop(true);
      database.close();
    },
  };
}

function answer(prepare: Prepare, texts: Texts, request: StreamRequest) {
  switch (request.type) {
    case "execute": {
      const { result, error } = attempt(() => runStatement(prepare, texts, request.stmt));
      return error ? { type: "error", error } : { type: "ok", response: { type: "execute", result } };
    }
    case "batch":
      return { type: "ok", response: { type: "batch", result: runBatch(prepare, texts, request.batch.steps) } };
    case "store_sql":
      texts.set(request.sql_id, request.sql);
      return { type: "ok", response: { type: "store_sql" } };
    case "close_sql":
    case "close":
      return { type: "ok", response: { type: request.type } };
  }
}

function runBatch(prepare: Prepare, texts: Texts, steps: Step[]) {
  const step_results: (StepResult | null)[] = [];
  const step_errors: (StepError | null)[] = [];
  for (const [index, step] of steps.entries()) {
    step_results[index] = null;
    step_errors[index] = null;
    if (step.condition && !holds(step.condition, step_results, step_errors)) continue;
    const { result, error } = attempt(() => runStatement(prepare, texts, step.stmt));
    step_results[index] = result ?? null;
    step_errors[index] = error ?? null;
  }
  return { step_results, step_errors };
}

function holds(condition: Condition, results: unknown[], errors: unknown[]): boolean {
  switch (condition.type) {
    case "ok":
      return results[condition.step] !== null;
    case "error":
      return errors[condition.step] !== null;
    case "not":
      return !holds(condition.cond, results, errors);
    case "and":
      return condition.conds.every((part) => holds(part, results, errors));
    case "or":
      return condition.conds.some((part) => holds(part, results, errors));
  }
}

function attempt(run: () => StepResult): { result?: StepResult; error?: StepError } {
  try {
    return { result: run() };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { error: { message: `SQLite error: ${message}`, code: code ?? "SQLITE_UNKNOWN" } };
  }
}

function runStatement(prepare: Prepare, texts: Texts, stmt: Stmt) {
  const sql = stmt.sql ?? texts.get(stmt.sql_id ?? -1) ?? "";
  const statement = prepare(sql);
  const args = (stmt.args ?? []).map(decode);
  if (!statement.reader) {
    return { cols: [], rows: [], affected_row_count: statement.run(args).changes, last_insert_rowid: null };
  }
  const cols = statement.columns().map((column) => ({ name: column.name, decltype: column.type }));
  const rows = (statement.raw(true).all(args) as unknown[][]).map((row) => row.map(encode));
  const isChange = /\breturning\b/i.test(sql);
  return { cols, rows, affected_row_count: isChange ? rows.length : 0, last_insert_rowid: null };
}

function decode(value: Value): unknown {
  switch (value.type) {
    case "null":
      return null;
    case "integer":
      return BigInt(value.value);
    case "blob":
      return Buffer.from(value.base64, "base64");
    default:
      return value.value;
  }
}

function encode(value: unknown): Value {
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  if (value instanceof Uint8Array) return { type: "blob", base64: Buffer.from(value).toString("base64") };
  return { type: "null" };
}
