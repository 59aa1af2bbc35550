// Brings a database up to the program's schema: applies, in order, the migrations it lacks.
// Each migration and its bookkeeping row are one transaction, and on an empty database all of them are; an up-to-date
// database costs one query.
// Must not touch a database that a newer program has migrated.

import { DatabaseError, type Driver, type Job, type Statement } from "./driver.ts";

export interface Migration {
  tag: string;
  /** Statements parted by Drizzle's breakpoint comment. */
  sql: string;
}

/** The database holds a migration this program does not know. */
export class NewerDatabaseError extends Error {
  readonly tag: string;

  constructor(tag: string) {
    super(`the database was migrated by another version of this program: it holds the unknown migration "${tag}"`);
    this.name = "NewerDatabaseError";
    this.tag = tag;
  }
}

const breakpoint = "--> statement-breakpoint";

/** Where it is kept which migrations were applied. */
export const bookkeeping_sql =
  "CREATE TABLE IF NOT EXISTS migrations (idx INTEGER PRIMARY KEY, tag TEXT NOT NULL, applied_at INTEGER NOT NULL)";

/** Returns the tags that were missing; `now` gives milliseconds. */
export async function migrate(
  driver: Driver,
  migrations: readonly Migration[],
  now: () => number = Date.now,
): Promise<string[]> {
  const applied = await appliedTags(driver);
  requireKnown(applied, migrations);
  const missing = migrations.slice(applied.length);
  const jobs = missing.map((migration, offset) => migrationJob(migration, applied.length + offset, now()));
  try {
    // Where there is nothing yet, there is nothing that the earlier ones have to be kept for.
    for (const job of applied.length === 0 ? [jobs.flat()] : jobs) await apply(driver, job);
  } catch (error) {
    // Another node of a cluster, which began at the same time, may have applied it.
    if ((await appliedTags(driver)).length <= applied.length) throw error;
    await migrate(driver, migrations, now);
  }
  return missing.map((migration) => migration.tag);
}

/** Throws NewerDatabaseError unless what was applied is where the program's own migrations begin. */
export function requireKnown(applied: string[], migrations: readonly Migration[]): void {
  applied.forEach((tag, index) => {
    if (migrations[index]?.tag !== tag) throw new NewerDatabaseError(tag);
  });
}

async function appliedTags(driver: Driver): Promise<string[]> {
  try {
    const rows = await driver.query(statement("SELECT tag FROM migrations ORDER BY idx"));
    return rows.map(([tag]) => String(tag));
  } catch (error) {
    // Asked rather than created first, so that the usual start only reads.
    if (error instanceof DatabaseError && error.message.includes("no such table: migrations")) return [];
    throw error;
  }
}

function migrationJob(migration: Migration, index: number, appliedAtMs: number): Job {
  const texts = migration.sql.split(breakpoint).map((text) => text.trim());
  return [
    statement(bookkeeping_sql),
    ...texts.filter((text) => text !== "").map((text) => statement(text)),
    {
      sql: "INSERT INTO migrations (idx, tag, applied_at) VALUES (?, ?, ?)",
      params: [index, migration.tag, appliedAtMs],
    },
  ];
}

async function apply(driver: Driver, job: Job): Promise<void> {
  const [outcome] = await driver.transact([job]);
  if (outcome && !outcome.ok) throw new DatabaseError(outcome.error);
}

function statement(sql: string): Statement {
  return { sql, params: [] };
}
