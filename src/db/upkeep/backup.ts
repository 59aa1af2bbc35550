// The commands of an operator: a copy of the database in one file, and such a copy put in the database's place.
// A file appears under its name whole, checked and durable, or not at all; what a restore replaces is kept aside.
// Runs in a process of its own: every call to SQLite blocks its thread.

import { constants, existsSync, statSync } from "node:fs";
import { copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import Database from "libsql";
import { limits } from "../../domain/limits.ts";
import { claimDatabase, DatabaseInUseError, giveToOwnerOf, realDatabasePath } from "../engine/claim.ts";
import { databasePath } from "../engine/embedded.ts";
import { codeOf, messageOf } from "../engine/faults.ts";
import { requireKnown } from "../engine/migrate.ts";
import { migrations } from "../migrations/index.ts";

/** What SQLite keeps beside a file and may hold some of its content. */
const journals = ["-wal", "-journal"];

/** What to tell the operator. */
export interface Report {
  ok: boolean;
  text: string;
}

/** Copies the database at `url` as it is at one moment, also while a server uses it. */
export async function backUp(url: string, file: string, force: boolean): Promise<Report> {
  if (isRemote(url)) return refused("this database is on a server: back it up by that server's own means");
  const source = databasePath(url);
  const target = resolve(file);
  if (!existsSync(source)) return refused(`there is no database at ${source}`);
  if (isSame(source, target)) return refused(`${target} is the database itself`);
  if (existsSync(target) && !force) return refused(`${target} is there already; --force replaces it`);
  const partial = join(dirname(target), `.${basename(target)}-${crypto.randomUUID()}`);
  try {
    await (await open(partial, "wx", 0o600)).close();
    withDatabase(source, (database) => database.prepare("VACUUM INTO ?").run(partial));
    withDatabase(partial, expectWhole);
    await syncFile(partial);
    await rename(partial, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(partial, { force: true });
    return refused(`no backup was made: ${messageOf(error)}`);
  }
  return { ok: true, text: `the database is in ${target} (${statSync(target).size} bytes)` };
}

/** Puts a copy in the database's place under a new epoch, after it was checked; no server may run on the database. */
export async function restore(url: string, file: string): Promise<Report> {
  if (isRemote(url)) return refused("this database is on a server: restore it by that server's own means");
  const source = resolve(file);
  if (!existsSync(source)) return refused(`there is no file at ${source}`);
  const folder = dirname(databasePath(url));
  await mkdir(folder, { recursive: true });
  const path = realDatabasePath(databasePath(url));
  if (isSame(source, path)) return refused(`${source} is the database itself`);
  try {
    const claim = claimDatabase(path);
    try {
      return await replace(path, source);
    } finally {
      claim.release();
    }
  } catch (error) {
    return refused(error instanceof DatabaseInUseError ? `${error.message}; stop it first` : messageOf(error));
  }
}

async function replace(path: string, source: string): Promise<Report> {
  const incoming = `${path}-restoring`;
  try {
    await bringIn(source, incoming);
  } catch (error) {
    await removeDatabase(incoming);
    return refused(`nothing was replaced, since ${source} can't be used: ${messageOf(error)}`);
  }
  const aside = existsSync(path) ? `${path}-before-${new Date().toISOString().replaceAll(":", "")}` : null;
  if (aside) await setAside(path, aside);
  await rename(incoming, path);
  await syncFolder(dirname(path));
  const kept = aside ? `; what was there before is in ${aside}` : "";
  return { ok: true, text: `the database ${path} is that of ${source}, under a new epoch${kept}` };
}

/** A copy beside the database, checked, without a journal, and without the epoch: the next start makes a new one. */
async function bringIn(source: string, incoming: string): Promise<void> {
  await removeDatabase(incoming);
  await copyFile(source, incoming, constants.COPYFILE_FICLONE);
  // A copy by other means than ours may have some of its content there.
  if (existsSync(`${source}-wal`)) await copyFile(`${source}-wal`, `${incoming}-wal`);
  withDatabase(incoming, (database) => {
    expectWhole(database);
    expectKnown(database);
    database.exec("DELETE FROM settings WHERE key = 'epoch'");
    expectOneFile(database);
  });
  giveToOwnerOf(dirname(incoming), incoming);
  await syncFile(incoming);
}

/**
 * Gives the standing database a second name; its own is then replaced in one step. Its journal must not be there when
 * that happens, for SQLite would play it into the new file: it goes into the file, or aside where the file is broken.
 */
async function setAside(path: string, aside: string): Promise<void> {
  const isLinked = await link(path, aside).then(
    () => true,
    () => copyFile(path, aside).then(() => false),
  );
  for (const journal of journals) if (existsSync(path + journal)) await copyFile(path + journal, aside + journal);
  try {
    withDatabase(path, expectOneFile);
    if (isLinked) for (const journal of journals) await rm(aside + journal, { force: true });
  } catch (error) {
    if (codeOf(error).startsWith("SQLITE_BUSY")) {
      await removeDatabase(aside);
      throw new DatabaseInUseError(path);
    }
    // What is being replaced may well be broken.
  }
  for (const part of ["-shm", ...journals]) await rm(path + part, { force: true });
}

function withDatabase(path: string, use: (database: Database.Database) => void): void {
  const database = new Database(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${limits.database_busy_ms}`);
    use(database);
  } finally {
    database.close();
  }
}

/** Throws unless SQLite finds no fault, in the tables, their indexes, what refers to what, and the search. */
function expectWhole(database: Database.Database): void {
  const [found] = values(database, "PRAGMA integrity_check(1)");
  if (found !== "ok") throw new Error(`it is damaged: ${found}`);
  if (values(database, "PRAGMA foreign_key_check").length > 0) throw new Error("it is damaged: rows refer to nothing");
  const searches = values(
    database,
    "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE % USING fts5%'",
  );
  for (const name of searches) database.exec(`INSERT INTO "${name}" ("${name}") VALUES ('integrity-check')`);
}

/** Throws unless it is a database of this program, of this version or an earlier one. */
function expectKnown(database: Database.Database): void {
  const [tables] = values(database, "SELECT count(*) FROM sqlite_master WHERE name IN ('migrations', 'settings')");
  if (tables !== 2) throw new Error("it is no database of orchard's");
  requireKnown(values(database, "SELECT tag FROM migrations ORDER BY idx").map(String), migrations);
}

/** Moves what is in the journal into the file; throws SQLITE_BUSY when somebody else has it open. */
function expectOneFile(database: Database.Database): void {
  const [mode] = values(database, "PRAGMA journal_mode = DELETE");
  if (mode !== "delete") throw new Error(`its journal stays: ${mode}`);
}

function values(database: Database.Database, sql: string): unknown[] {
  return (database.prepare(sql).raw(true).all() as unknown[][]).map(([first]) => first);
}

async function removeDatabase(path: string): Promise<void> {
  for (const part of ["", "-shm", ...journals]) await rm(path + part, { force: true });
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, "r+");
  await file.sync();
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder as a file; its file systems keep a journal of names.
  if (process.platform === "win32") return;
  await using folder = await open(path, "r");
  await folder.sync();
}

function isRemote(url: string): boolean {
  return !url.startsWith("file:");
}

function isSame(one: string, other: string): boolean {
  if (!existsSync(one) || !existsSync(other)) return resolve(one) === resolve(other);
  const [first, second] = [one, other].map((path) => statSync(path, { bigint: true }));
  return first?.ino === second?.ino && first?.dev === second?.dev;
}

function refused(text: string): Report {
  return { ok: false, text: `orchard: ${text}` };
}
