// How queries pass between Drizzle, which words them, and the driver and writer, which run them.
// Reads go to the driver and fail with DatabaseError; writes are worded here and performed elsewhere.
// Must not let Drizzle's own error out: its message holds the parameters, password hashes among them.

import { fillPlaceholders, type Query, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import { DatabaseError, type Driver, type SqlValue, type Statement } from "./driver.ts";
import type { Lane } from "./lanes.ts";
import { runPreparedBy, type Session } from "./prepared.ts";

/** What an aggregate needs of the database: it reads, each read in its lane, and words writes. */
export interface Access {
  /** The quick ones. */
  reads: SqliteRemoteDatabase;
  catching_up: SqliteRemoteDatabase;
  searches: SqliteRemoteDatabase;
  /** What the path of an upload stands behind; nothing where absent. */
  public_url?: string | undefined;
}

export function accessOver(driver: Pick<Driver, "query">, public_url?: string): Access {
  return {
    public_url,
    reads: readsOver(driver, "quick"),
    catching_up: readsOver(driver, "catching-up"),
    searches: readsOver(driver, "search"),
  };
}

/** Drizzle over a lane of the driver's reading side. */
function readsOver(driver: Pick<Driver, "query">, lane: Lane): SqliteRemoteDatabase {
  const run = (statement: Omit<Statement, "lane">) => driver.query({ ...statement, lane });
  const reads = drizzle(async (text, params: SqlValue[], method) => {
    const rows = await run({ sql: text, params });
    // For `get` the proxy wants the one row itself, or nothing, though its type says rows.
    return { rows: method === "get" ? (rows[0] as SqlValue[]) : rows };
  });
  const { dialect, session } = reads as unknown as { dialect: Dialect; session: Session };
  wordWhenAsked(dialect);
  runPreparedBy(session, run);
  return reads;
}

/** What of Drizzle puts a query together, and makes its text. */
interface Dialect {
  buildSelectQuery(config: object): SQLWrapper;
  sqlToQuery(query: SQLWrapper): Query;
}

/** Hundreds of queries are prepared when a store is opened: each is worded when it is first run, and then never again. */
function wordWhenAsked(dialect: Dialect): void {
  const build = dialect.buildSelectQuery.bind(dialect);
  dialect.buildSelectQuery = (config) => {
    let built: SQL | undefined;
    return {
      // Whoever takes it into another query puts it into parentheses already.
      shouldOmitSQLParens: () => true,
      getSQL() {
        built ??= build(config).getSQL();
        return built;
      },
    };
  };
  const word = dialect.sqlToQuery.bind(dialect);
  dialect.sqlToQuery = (query) => {
    let worded: Query | undefined;
    const text = () => {
      worded ??= word(query.getSQL());
      return worded;
    };
    return {
      get sql() {
        return text().sql;
      },
      get params() {
        return text().params;
      },
    };
  };
}

/** The query's result, failing with the driver's own error. */
export async function read<Result>(query: PromiseLike<Result>): Promise<Result> {
  try {
    return await query;
  } catch (error) {
    if (error instanceof Error && error.cause instanceof DatabaseError) throw error.cause;
    throw error;
  }
}

/** Words a query once, when it is first asked for; otherwise the function only fills in the values of placeholders. */
export function template<Values extends Record<string, SqlValue>>(query: {
  toSQL(): { sql: string; params: unknown[] };
}): (values: Values) => Statement {
  let worded: { sql: string; params: unknown[] } | undefined;
  return (values) => {
    worded ??= query.toSQL();
    // The values are SqlValues, and so is what Drizzle puts in for constants of these columns.
    return { sql: worded.sql, params: fillPlaceholders(worded.params, values) as SqlValue[] };
  };
}

/** A placeholder for use where Drizzle takes an expression. */
export function given<Value = unknown>(name: string): SQL<Value> {
  return sql<Value>`${sql.placeholder(name)}`;
}
