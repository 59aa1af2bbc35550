// Any number of rows as one parameter, a JSON array, and the statements that insert, change or find by it.
// One text serves one row and a thousand, so that statements stay prepared and jobs can be put together.
// Must not let through what SQLite's text cannot hold.

import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Access } from "../engine/query.ts";

const replacement = "\ufffd";

/** The text as it can be stored: a NUL, which ends SQLite's text, and lone surrogates become U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", replacement);
}

/** The rows as a parameter, each text in them made storable: SQLite's JSON makes malformed text of a lone surrogate. */
export function jsonRows(rows: readonly unknown[]): string {
  const json = JSON.stringify(rows);
  if (!json.includes("\\u")) return json;
  // Backslashes are matched in pairs, so that an escaped one before a `u` is left alone.
  return json.replace(/\\\\|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (found) => (found === "\\\\" ? found : replacement));
}

/** The ids in the parameter of this name, as a subquery. */
export function givenIds(name: string): SQL {
  return sql`(select value from json_each(${sql.placeholder(name)}))`;
}

/** The field of this name of the row at hand. */
export function field(name: string): SQL {
  return sql.raw(`json_each.value ->> '${name}'`);
}

/** The fields of the row at hand where that is an array of them, in the order of these names. */
export function fieldsByPlace(names: readonly string[]): Record<string, SQL> {
  return Object.fromEntries(names.map((name, place) => [name, sql.raw(`json_each.value ->> ${place}`)]));
}

/** The fields of this name of all the rows in the parameter `rows`, as a subquery. */
export function fieldsOfRows(name: string): SQL {
  return sql`(select ${field(name)} from json_each(${sql.placeholder("rows")}))`;
}

/** The field of this name of the row whose field named as `key` has the value of that column. */
export function fieldOfRow(name: string, key: SQLiteColumn): SQL {
  // Not `update … from`, for which SQLite would go through the table and look each row up in the JSON.
  return sql`(select ${field(name)} from json_each(${sql.placeholder("rows")}) where ${field(key.name)} = ${key})`;
}

/**
 * All rows in the parameter `rows`. The limit, which is none, keeps SQLite from asking `json_each` for the row once for
 * each of its fields: it would put the row into text each time.
 */
const given_rows = sql`(select value from json_each(${sql.placeholder("rows")}) limit -1) as json_each`;

/** Stands in for fields that the rows do not have by their name. */
type Computed = Record<string, SQL>;

/** An insert of the rows in the parameter `rows`, where `holds` is true of them; `from`: what they are read from. */
export function insertRows(
  reads: Access["reads"],
  table: SQLiteTable,
  computed: Computed = {},
  { from = given_rows, holds = sql`true` }: { from?: SQL; holds?: SQL } = {},
) {
  const values = columnNames(table).map((name) => computed[name] ?? field(name));
  // There is a condition in any case: SQLite would take a following `on conflict` for that of a join.
  const source = sql`select ${sql.join(values, sql`, `)} from ${from} where ${holds}`;
  return reads.insert(table).select(source);
}

/** The same, where a row with the same `keys` is replaced; a tombstone stays one. */
export function upsertRows(reads: Access["reads"], table: SQLiteTable, keys: SQLiteColumn[], computed: Computed = {}) {
  const keyNames = keys.map((key) => key.name);
  const others = columnNames(table).filter((name) => name !== "deleted_at" && !keyNames.includes(name));
  const set = Object.fromEntries(others.map((name) => [name, sql.raw(`excluded.${name}`)]));
  return insertRows(reads, table, computed).onConflictDoUpdate({ target: keys, set });
}

function columnNames(table: SQLiteTable): string[] {
  return Object.values(getTableColumns(table)).map((column) => column.name);
}
