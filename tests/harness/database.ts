// A second hand on a server's database file, for what no request can bring about and for what must be found afterwards.

import { join } from "node:path";
import Database from "libsql";

type Value = string | number | null;
type Row = Record<string, Value>;

const BUSY_TIMEOUT_MS = 5_000;

function withDatabase<Result>(folder: string, use: (database: Database.Database) => Result): Result {
  const database = new Database(join(folder, "orchard.db"), { timeout: BUSY_TIMEOUT_MS });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** Runs one statement for each row of parameters, all in one transaction. */
export function writeRows(folder: string, sql: string, rows: Value[][]): void {
  withDatabase(folder, (database) => {
    const statement = database.prepare(sql);
    database.transaction(() => rows.forEach((row) => void statement.run(...row))).immediate();
  });
}

export function readRows(folder: string, sql: string, parameters: Value[] = []): Row[] {
  return withDatabase(folder, (database) => database.prepare(sql).all(...parameters) as Row[]);
}

/** All that is stored, by table, but for the index of the search, which follows from it. */
export function readTables(folder: string): Map<string, Row[]> {
  const listed = "select name from sqlite_master where type = 'table' and name not like 'messages_fts%' order by name";
  return withDatabase(folder, (database) => {
    const names = (database.prepare(listed).all() as { name: string }[]).map(({ name }) => name);
    return new Map(names.map((name) => [name, database.prepare(`select * from "${name}"`).all() as Row[]]));
  });
}
