// The claim of one process on a database file: an exclusive lock on a file beside it. The system takes it away when
// the process ends, however it ends; so what the file holds, and that it stays behind, means nothing.
// Must not open the database file itself: closing it here would drop the locks of the connections to it.

import { Database } from "bun:sqlite";
import { chownSync, existsSync, realpathSync, statSync } from "node:fs";
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
  const lockPath = `${real}-lock`;
  try {
    const lock = new Database(lockPath, { create: true, readwrite: true });
    try {
      giveToOwnerOf(dirname(real), lockPath);
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

/** The path without symbolic links, so that two names of one file are one claim. */
export function realDatabasePath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** What root makes beside the files of a server of another user must be that user's. */
export function giveToOwnerOf(model: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  if (uid !== 0 || gid !== 0) chownSync(path, uid, gid);
}
