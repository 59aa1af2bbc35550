// What a database of this program holds but for its rows: exactly the tables, indexes and triggers that the migrations
// make which it says were applied. A file is compared as a whole, since each thing in it runs at some time.
// Must not put a name that the file holds into SQL, nor run anything of the file's before it was compared.

import Database from "libsql";
import { cluster_sql } from "../engine/cluster-tables.ts";
import { fence_sql } from "../engine/fence.ts";
import { additive_sql, bookkeeping_sql, requireKnown } from "../engine/migrate.ts";
import { migrations } from "../migrations/index.ts";

/**
 * What a database may hold besides: which of its migrations are additive, what a database server was fenced with, by one
 * process or by nodes, and what SQLite's ANALYZE makes.
 */
const others: readonly string[] = [
  additive_sql,
  ...fence_sql,
  ...cluster_sql,
  "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
  "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
];

/** How much of a foreign name a person is shown. */
const NAME_LENGTH = 80;

interface Thing {
  type: string;
  name: string;
  of: string;
  sql: string | null;
}

/**
 * Throws a sentence for a person unless it is a database of this program, of this version or an earlier one. Returns the
 * tables of its searches, which have a check of their own.
 */
export function expectOwnSchema(database: Database.Database): string[] {
  const found = thingsIn(database).map(keyOf);
  if (!found.includes(keyOf(tableOf(bookkeeping_sql)))) throw foreign("it doesn't say what was migrated");
  const tags = values(database, `SELECT tag FROM migrations ORDER BY idx LIMIT ${migrations.length + 1}`);
  if (tags.length === 0) throw foreign("nothing was migrated");
  requireKnown(
    tags.map((tag) => shown(String(tag))),
    migrations,
  );
  const own = thingsAfter(tags.length);
  compare(found, own.map(keyOf));
  const [encoding] = values(database, "PRAGMA encoding");
  if (encoding !== "UTF-8") throw foreign(`its text is ${encoding}`);
  return own.filter(({ sql }) => /^CREATE VIRTUAL TABLE .* USING fts5/i.test(sql ?? "")).map(({ name }) => name);
}

export function values(database: Database.Database, sql: string): unknown[] {
  return (database.prepare(sql).raw(true).all() as unknown[][]).map(([first]) => first);
}

function compare(found: string[], own: string[]): void {
  const lacking = new Set(own);
  const allowed = new Set(others.map((sql) => keyOf(tableOf(sql))));
  for (const key of found) {
    if (lacking.delete(key) || allowed.delete(key)) continue;
    const { type, name } = JSON.parse(key) as Thing;
    throw foreign(`it holds the ${shown(type)} "${shown(name)}", which orchard doesn't make so`);
  }
  for (const key of lacking) throw foreign(`it lacks "${(JSON.parse(key) as Thing).name}"`);
}

/** All that a database holds after so many migrations. */
function thingsAfter(count: number): Thing[] {
  const database = new Database(":memory:");
  try {
    database.exec(bookkeeping_sql);
    for (const { sql } of migrations.slice(0, count)) database.exec(sql);
    return thingsIn(database);
  } finally {
    database.close();
  }
}

function thingsIn(database: Database.Database): Thing[] {
  return database.prepare('SELECT type, name, tbl_name AS "of", sql FROM sqlite_master').all() as Thing[];
}

/** As SQLite lists a table that was made by this statement. */
function tableOf(sql: string): Thing {
  const made = sql.replace(" IF NOT EXISTS", "");
  const name = /^CREATE TABLE (\w+)/.exec(made)?.[1] ?? "";
  return { type: "table", name, of: name, sql: made };
}

function keyOf({ type, name, of, sql }: Thing): string {
  return JSON.stringify({ type, name, of, sql });
}

function foreign(why: string): Error {
  return new Error(`it is no database of orchard's: ${why}`);
}

function shown(text: string): string {
  return text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH)}…` : text;
}
