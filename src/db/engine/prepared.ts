// How a read that Drizzle has prepared is run: where each value of a row goes, and what decodes it, is found once for the
// query. Drizzle would ask it of each value of each row, and pass each read through half a dozen promises.
// What it words and what its rows come to stay Drizzle's.

import { Column, fillPlaceholders, getTableName, is, noopDecoder, SQL } from "drizzle-orm";
import type { SqlValue } from "./driver.ts";

type Row = SqlValue[];
type Values = Record<string, unknown>;

interface Field {
  path: string[];
  field: unknown;
}

interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** What of Drizzle's prepared query is used here. */
interface Prepared {
  query: { sql: string; params: unknown[] };
  fields: Field[] | undefined;
  /** By table, whether its row is there in any case; absent without joins. */
  joinsNotNullableMap?: Record<string, boolean>;
  mapAllResult(rows: Row[]): unknown[];
  all(values?: Values): Promise<unknown[]>;
  get(values?: Values): Promise<unknown>;
}

/** What of Drizzle prepares a query. */
export interface Session {
  prepareQuery(...asked: unknown[]): unknown;
}

/** `one`: only the first row is wanted. */
type Run = (read: { sql: string; params: SqlValue[]; one?: true }) => Promise<Row[]>;

/** From now on what the session prepares is run by `run`. */
export function runPreparedBy(session: Session, run: Run): void {
  const prepare = session.prepareQuery.bind(session);
  session.prepareQuery = (...asked) => {
    const prepared = prepare(...asked) as Prepared;
    if (prepared.fields) runBy(prepared, run);
    return prepared;
  };
}

function runBy(prepared: Prepared, run: Run): void {
  let map: ((row: Row) => unknown) | undefined;
  const mapped = (row: Row) => {
    map ??= mapperOf(prepared);
    return map(row);
  };
  const worded = (values: Values = {}) => {
    const { sql, params } = prepared.query;
    return { sql, params: fillPlaceholders(params, values) as SqlValue[] };
  };
  prepared.all = async (values) => (await run(worded(values))).map(mapped);
  prepared.get = async (values) => {
    const [row] = await run({ ...worded(values), one: true });
    return row && mapped(row);
  };
}

/** Where a value of a row goes; null where it is taken as it is. */
interface Place {
  outer: string | null;
  name: string;
  decoder: Decoder | null;
}

function mapperOf(prepared: Prepared): (row: Row) => unknown {
  const { fields = [], joinsNotNullableMap: stands } = prepared;
  const isPlain = ({ path, field }: Field) => {
    if (path.length > 2) return false;
    if (!is(field, Column)) return is(field, SQL) || is(field, SQL.Aliased);
    return path.length === 1 || stands?.[getTableName(field.table)] !== false;
  };
  // Such as an object that is null where a join found no row.
  if (!fields.every(isPlain)) return (row) => prepared.mapAllResult([row])[0];
  const places = fields.map(({ path, field }): Place => {
    const [first = "", second] = path;
    const at = second === undefined ? { outer: null, name: first } : { outer: first, name: second };
    return { ...at, decoder: decoderOf(field) };
  });
  return (row) => objectOf(row, places);
}

function decoderOf(field: unknown): Decoder | null {
  const decoder: Decoder = is(field, Column) ? field : expressionIn(field as SQL | SQL.Aliased).decoder;
  const takes_as_is = decoder === noopDecoder || decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue;
  return takes_as_is ? null : decoder;
}

/** With what Drizzle doesn't show of it. */
function expressionIn(field: SQL | SQL.Aliased): { decoder: Decoder } {
  return (is(field, SQL) ? field : field.sql) as unknown as { decoder: Decoder };
}

function objectOf(row: Row, places: readonly Place[]): unknown {
  const object: Record<string, unknown> = {};
  for (let at = 0; at < places.length; at += 1) {
    const { outer, name, decoder } = places[at] as Place;
    const raw = row[at] ?? null;
    const value = raw === null || decoder === null ? raw : decoder.mapFromDriverValue(raw);
    if (outer === null) object[name] = value;
    else inner(object, outer)[name] = value;
  }
  return object;
}

function inner(object: Record<string, unknown>, name: string): Record<string, unknown> {
  object[name] ??= {};
  return object[name] as Record<string, unknown>;
}
