// The operator's command that puts a copy in the database's place. The copy is taken in beside the database under a
// name of chance, and nobody but its owner can reach it while it is checked; what it replaces is kept aside.
// Must not run what the copy brings along: its schema is compared before anything else is asked of it.
// Runs in a process of its own: every call to SQLite blocks its thread.

import { existsSync } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type Database from "libsql";
import { limits } from "../../domain/limits.ts";
import { claimDatabase, DatabaseInUseError } from "../engine/claim.ts";
import { databasePath } from "../engine/database-path.ts";
import { codeOf } from "../engine/faults.ts";
import { ownerOf, pathWithoutLinks } from "./as-owner.ts";
import {
  copyInto,
  expectOneFile,
  expectSound,
  journals,
  openPlain,
  removeDatabase,
  syncFile,
  syncFolder,
  withDatabase,
} from "./database-files.ts";
import { values } from "./own-schema.ts";
import { isRemote, isSame, type Report, refused, refusedBy, refusedRemote } from "./report.ts";

/** The copy that is to be restored, open. */
interface Given {
  path: string;
  file: FileHandle;
  wal: FileHandle | null;
}

/** What a journal of an unfinished transaction begins with. */
const HOT_JOURNAL = Buffer.from("d9d505f920a163d7", "hex");

/** Puts a copy in the database's place under a new epoch, after it was checked; no server may run on the database. */
export async function restore(url: string, file: string): Promise<Report> {
  if (isRemote(url)) return refusedRemote("restore");
  try {
    const path = pathWithoutLinks(databasePath(url));
    const source = pathWithoutLinks(file);
    // As who gave the command: whose the database is need not be able to read the copy.
    await using given = await openPlain(source);
    if (!given) return refused(`there is no file at ${source}`);
    if (isSame(source, path)) return refused(`${source} is the database itself`);
    await expectNoJournal(source);
    await using wal = await openPlain(`${source}-wal`);
    return await ownerOf(dirname(path)).act(() => replaceClaimed(path, { path: source, file: given, wal }));
  } catch (error) {
    return refusedBy(error, "nothing was replaced");
  }
}

/** A copy without the journal that belongs to it is of no moment there ever was; with it, it could be of any. */
async function expectNoJournal(source: string): Promise<void> {
  await using journal = await openPlain(`${source}-journal`);
  const head = Buffer.alloc(HOT_JOURNAL.length);
  await journal?.read(head, 0, head.length, 0);
  if (head.equals(HOT_JOURNAL)) {
    throw new Error(`${source}-journal belongs to a transaction that didn't end: "orchard backup" makes whole copies`);
  }
}

async function replaceClaimed(path: string, given: Given): Promise<Report> {
  await mkdir(dirname(path), { recursive: true });
  const claim = claimDatabase(path);
  try {
    return await replace(path, given);
  } finally {
    claim.release();
  }
}

async function replace(path: string, given: Given): Promise<Report> {
  const stem = `${basename(path)}-restoring-`;
  for (const left of await readdir(dirname(path))) {
    if (left.startsWith(stem)) await rm(join(dirname(path), left), { force: true });
  }
  const incoming = join(dirname(path), stem + crypto.randomUUID());
  try {
    await bringIn(given, incoming);
  } catch (error) {
    await removeDatabase(incoming);
    return refusedBy(error, `nothing was replaced, since ${given.path} can't be used`);
  }
  const aside = existsSync(path) ? `${path}-before-${new Date().toISOString().replaceAll(":", "")}` : null;
  if (aside) await setAside(path, aside);
  await rename(incoming, path);
  await syncFolder(dirname(path));
  const kept = aside ? `; what was there before is in ${aside}` : "";
  return { ok: true, text: `the database ${path} is that of ${given.path}, under a new epoch${kept}` };
}

/** A copy beside the database, checked, without a journal, and without the epoch: the next start makes a new one. */
async function bringIn({ file, wal }: Given, incoming: string): Promise<void> {
  await copyInto(incoming, file);
  // A copy by other means than ours may have some of its content there.
  if (wal) await copyInto(`${incoming}-wal`, wal);
  withDatabase(incoming, (database) => {
    expectSound(database);
    database.exec("DELETE FROM settings WHERE key = 'epoch'");
    // What a stranger counted would lead our queries astray.
    database.exec("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4");
    expectOneFile(database);
    if (!isPaged(database)) repage(database);
  });
  await syncFile(incoming);
}

function isPaged(database: Database.Database): boolean {
  const [bytes] = values(database, "PRAGMA page_size");
  const [vacuum] = values(database, "PRAGMA auto_vacuum");
  return bytes === limits.database_page_bytes && vacuum === 0;
}

function repage(database: Database.Database): void {
  database.exec(`PRAGMA page_size = ${limits.database_page_bytes}; PRAGMA auto_vacuum = NONE; VACUUM`);
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
