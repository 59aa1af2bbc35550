// Database files in the hands of a command: opened without trust in what they hold, copied through open files, checked.
// What is opened is a plain file, what is made is new and its maker's alone: no link is followed at either end.
// Every call to SQLite blocks its thread.

import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import Database from "libsql";
import { limits } from "../../domain/limits.ts";
import { codeOf } from "../engine/faults.ts";
import { expectOwnSchema, values } from "./own-schema.ts";

/** What SQLite keeps beside a file and may hold some of its content. */
export const journals = ["-wal", "-journal"];

/** Windows has neither. */
const { O_NOFOLLOW: NOFOLLOW = 0, O_NONBLOCK: NONBLOCK = 0 } = constants;

export function withDatabase(path: string, use: (database: Database.Database) => void): void {
  const database = new Database(path);
  try {
    database.exec("PRAGMA trusted_schema = OFF");
    database.exec(`PRAGMA busy_timeout = ${limits.database_busy_ms}`);
    use(database);
  } finally {
    database.close();
  }
}

/** Throws unless its schema is this program's and SQLite finds no fault, in what refers to what and the search too. */
export function expectSound(database: Database.Database): void {
  const searches = expectOwnSchema(database);
  const [found] = values(database, "PRAGMA integrity_check(1)");
  if (found !== "ok") throw new Error(`it is damaged: ${found}`);
  if (values(database, "PRAGMA foreign_key_check").length > 0) throw new Error("it is damaged: rows refer to nothing");
  // The names are of our own schema.
  for (const name of searches) database.exec(`INSERT INTO ${name} (${name}) VALUES ('integrity-check')`);
}

/** Moves what is in the journal into the file; throws SQLITE_BUSY when somebody else has it open. */
export function expectOneFile(database: Database.Database): void {
  const [mode] = values(database, "PRAGMA journal_mode = DELETE");
  if (mode !== "delete") throw new Error(`its journal stays: ${mode}`);
}

/** Opens a file for reading; null where there is none. Throws on a link, and on what is no file. */
export async function openPlain(path: string): Promise<FileHandle | null> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | NOFOLLOW | NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw codeOf(error) === "ELOOP" ? new Error(`${path} is a link`) : error;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${path} is no file`);
}

/** Makes the file, for its maker alone, and fills it from the other, as it is on the disk when it resolves. */
export async function copyInto(path: string, from: FileHandle): Promise<void> {
  await using file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NOFOLLOW, 0o600);
  const piece = Buffer.allocUnsafe(limits.file_copy_bytes);
  for (let at = 0; ; ) {
    const { bytesRead } = await from.read(piece, 0, piece.length, at);
    if (bytesRead === 0) break;
    for (let done = 0; done < bytesRead; ) done += (await file.write(piece, done, bytesRead - done)).bytesWritten;
    at += bytesRead;
  }
  await file.sync();
}

export async function removeDatabase(path: string): Promise<void> {
  for (const part of ["", "-shm", ...journals]) await rm(path + part, { force: true });
}

export async function syncFile(path: string): Promise<void> {
  await using file = await open(path, constants.O_RDWR | NOFOLLOW);
  await file.sync();
}

export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder as a file; its file systems keep a journal of names.
  if (process.platform === "win32") return;
  await using folder = await open(path, "r");
  await folder.sync();
}
