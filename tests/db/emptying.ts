// Makes a database as it was before anything was written to it, in one transaction, which takes a part of the time that
// a new one does. Drivers that are open on it go on.

import { DatabaseError, type Driver, type Job } from "../../src/db/engine/driver.ts";

/** What is no data: which migrations were applied, and whose a database on a server is. */
const KEPT = ["migrations", "additive_migrations", "orchard_fence", "orchard_guard"];
/** Rows of others refer to theirs. */
const REFERRED_TO = ["conversations", "servers", "users"];
const INDEX = "messages_fts";

export async function emptyDatabase(driver: Driver): Promise<void> {
  const [outcome] = await driver.transact([await emptyingOf(driver)]);
  if (!outcome?.ok) throw new DatabaseError(outcome?.error ?? { kind: "internal", message: "nothing came of it" });
}

async function emptyingOf(driver: Driver): Promise<Job> {
  const rows = await driver.query(statement("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"));
  const names = rows.map(([name]) => String(name)).filter((name) => !/^(sqlite_|libsql_|messages_fts)/.test(name));
  const others = names.filter((name) => !KEPT.includes(name) && !REFERRED_TO.includes(name));
  const all = [...others, ...REFERRED_TO].map((name) => statement(`DELETE FROM "${name}"`));
  // Twice, since triggers note what goes.
  return [statement(`INSERT INTO ${INDEX} (${INDEX}) VALUES ('delete-all')`), ...all, ...all];
}

const statement = (sql: string) => ({ sql, params: [] });
