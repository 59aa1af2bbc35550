// The claim of one process on a database file: an exclusive lock on a file beside it. The system takes it away when
// the process ends, however it ends; so what the file holds, and that it stays behind, means nothing.
// Must not open the database file itself: closing it here would drop the locks of the connections to it. Must not
// touch what a link leads to: root may be the one who claims, in the folder of somebody else.

import { Database, constants as database_flags } from "bun:sqlite";
import { closeSync, constants, existsSync, fchownSync, fstatSync, openSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, messageOf } from "./faults.ts";

/** Another process has the claim, or another server in this one. */
export class DatabaseInUseError extends Error {
  constructor(path: string) {
    super(`another process uses the database ${path}: one server, or one restore, at a time`);
    this.name = "DatabaseInUseError";
  }
}

export interface Claim {
  release(): void;
}

/** Throws DatabaseInUseError at once where somebody has the claim; the file's folder must be there. */
export function claimDatabase(path: string): Claim {
  const real = realDatabasePath(path);
  const lockPath = lockPathOf(path);
  try {
    makeLockFile(lockPath);
    const lock = new Database(lockPath, database_flags.SQLITE_OPEN_READWRITE | database_flags.SQLITE_OPEN_NOFOLLOW);
    try {
      // In memory, so that there is no journal of the lock either.
      lock.run("PRAGMA journal_mode = MEMORY");
      lock.run("BEGIN EXCLUSIVE");
    } catch (error) {
      lock.close();
      throw error;
    }
    return { release: () => lock.close() };
  } catch (error) {
    if (codeOf(error).startsWith("SQLITE_BUSY")) throw new DatabaseInUseError(real);
    throw new Error(`the file ${lockPath} can't be locked: ${messageOf(error)}`);
  }
}

/** The file whose lock is the claim. */
export function lockPathOf(path: string): string {
  return `${realDatabasePath(path)}-lock`;
}

/** The path without symbolic links, so that two names of one file are one claim. */
export function realDatabasePath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** Makes the file where there is none; a link, what is no file, and for root what may lie elsewhere, too, are no locks. */
function makeLockFile(path: string): void {
  const made = openNew(path);
  const file = made ?? openSync(path, constants.O_RDWR | NOFOLLOW | NONBLOCK);
  try {
    const standing = fstatSync(file);
    if (!standing.isFile()) throw new Error("it is no file");
    if (isRoot() && standing.nlink > 1) throw new Error("it has a second name: remove it");
    if (made !== null) giveToOwnerOf(dirname(path), file);
  } finally {
    closeSync(file);
  }
}

/** Windows has neither. */
const { O_NOFOLLOW: NOFOLLOW = 0, O_NONBLOCK: NONBLOCK = 0 } = constants;

/** Null where something of that name is there. */
function openNew(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NOFOLLOW, 0o600);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return null;
    throw error;
  }
}

/** What root has just made beside the files of a server of another user must be that user's. */
function giveToOwnerOf(folder: string, file: number): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(folder);
  if (uid !== 0 || gid !== 0) fchownSync(file, uid, gid);
}

/** Whether it is root for now: a command of root's may work as somebody else. */
function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
