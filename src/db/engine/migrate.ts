// Brings a database up to the program's schema: applies, in order, the migrations it lacks.
// Each migration and its bookkeeping row are one transaction, and on an empty database all of them are; an up-to-date
// database costs one query. What an additive migration changes, programs that don't know it can do without.
// Must not touch a database that a newer program has migrated, nor use one that it can't go on beside.

import { DatabaseError, type Driver, type Job, type SqlValue, type Statement } from "./driver.ts";

export interface Migration {
  tag: string;
  /** Statements parted by Drizzle's breakpoint comment. */
  sql: string;
}

/** The database holds a migration this program does not know, and can't go on beside. */
export class NewerDatabaseError extends Error {
  readonly tag: string;
  /** The last migration that a program has to know which uses the database. */
  readonly compatible_from: string;

  constructor(tag: string, compatible_from: string) {
    const wanted = compatible_from === tag ? "" : `, and wants a version that knows "${compatible_from}"`;
    super(
      `the database was migrated by another version of this program: it holds the unknown migration "${tag}"${wanted}`,
    );
    this.name = "NewerDatabaseError";
    this.tag = tag;
    this.compatible_from = compatible_from;
  }
}

const breakpoint = "--> statement-breakpoint";

/** Where it is kept which migrations were applied. */
export const bookkeeping_sql =
  "CREATE TABLE IF NOT EXISTS migrations (idx INTEGER PRIMARY KEY, tag TEXT NOT NULL, applied_at INTEGER NOT NULL)";

/** Where it is kept which of them are additive, for programs that don't know them; made with the first one. */
export const additive_sql = "CREATE TABLE IF NOT EXISTS additive_migrations (idx INTEGER PRIMARY KEY) STRICT";

/** Whether programs that don't know it go on beside it: then it says so in its first line. */
export const isAdditive = ({ sql }: Migration): boolean => /^-- additive\b/.test(sql);

export interface MigrateOptions {
  /** Milliseconds. */
  now?: () => number;
  /** Asked before anything is applied, where some of it isn't additive: such a one, and how many there are with it. */
  beforeBreaking?: ((tag: string, count: number) => Promise<void>) | undefined;
}

/** Returns the tags that were missing. Rejects with what `beforeBreaking` rejects with, having done nothing. */
export async function migrate(
  driver: Driver,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<string[]> {
  const { now = Date.now, beforeBreaking } = options;
  const applied = await appliedTags(driver);
  requireKnown(applied, migrations, applied.length > migrations.length ? await additiveOnes(driver) : new Set());
  const missing = migrations.slice(applied.length);
  const breaking = missing.findLastIndex((migration) => !isAdditive(migration));
  if (breaking !== -1) await beforeBreaking?.(missing[breaking]?.tag ?? "", applied.length + breaking + 1);
  const jobs = missing.map((migration, offset) => migrationJob(migration, applied.length + offset, now()));
  try {
    // Where there is nothing yet, there is nothing that the earlier ones have to be kept for.
    for (const job of applied.length === 0 ? [jobs.flat()] : jobs) await apply(driver, job);
  } catch (error) {
    // Another node of a cluster, which began at the same time, may have applied it.
    if ((await appliedTags(driver)).length <= applied.length) throw error;
    await migrate(driver, migrations, options);
  }
  return missing.map((migration) => migration.tag);
}

/**
 * Throws NewerDatabaseError unless what was applied is where the program's own migrations begin, or goes on behind them
 * with additive ones alone.
 */
export function requireKnown(
  applied: readonly string[],
  migrations: readonly Migration[],
  additive: ReadonlySet<number> = new Set(),
): void {
  const compatible_from = applied.findLastIndex((_, index) => !additive.has(index));
  applied.forEach((tag, index) => {
    if (migrations[index]?.tag === tag || (index >= migrations.length && index > compatible_from)) return;
    throw new NewerDatabaseError(tag, applied[Math.max(index, compatible_from)] ?? tag);
  });
}

async function appliedTags(driver: Driver): Promise<string[]> {
  return (await readOrNothing(driver, "SELECT tag FROM migrations ORDER BY idx")).map(String);
}

async function additiveOnes(driver: Driver): Promise<Set<number>> {
  return new Set((await readOrNothing(driver, "SELECT idx FROM additive_migrations")).map(Number));
}

/** The first column; nothing where there is no such table: asked rather than made first, so the usual start only reads. */
async function readOrNothing(driver: Driver, sql: string): Promise<SqlValue[]> {
  try {
    return (await driver.query(statement(sql))).map(([value = null]) => value);
  } catch (error) {
    if (error instanceof DatabaseError && error.message.includes("no such table: ")) return [];
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
    ...(isAdditive(migration) ? noted(index) : []),
  ];
}

function noted(index: number): Job {
  return [statement(additive_sql), { sql: "INSERT INTO additive_migrations (idx) VALUES (?)", params: [index] }];
}

async function apply(driver: Driver, job: Job): Promise<void> {
  const [outcome] = await driver.transact([job]);
  if (outcome && !outcome.ok) throw new DatabaseError(outcome.error);
}

function statement(sql: string): Statement {
  return { sql, params: [] };
}
