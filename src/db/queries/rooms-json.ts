// Whole rows of a server's structure as one JSON text, so that one query brings a server.

import { type SQL, sql } from "drizzle-orm";

/** The fields of a row, for SQLite's `json_object`. */
export function fieldsOf(fields: string[]): SQL {
  return sql.raw(fields.map((name) => `'${name}', ${name === "overwrites" ? "json(overwrites)" : name}`).join(", "));
}

export function parsed<Value>(json: string): Value {
  return JSON.parse(json);
}
