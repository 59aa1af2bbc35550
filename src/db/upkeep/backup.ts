// The operator's command that copies the database into one file, also while a server uses it. The file appears under
// its name whole, checked and durable, or not at all.
// The folder of the database is worked in as its owner, the file's folder as who gave the command.
// Runs in a process of its own: every call to SQLite blocks its thread.

import { lstatSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { databasePath } from "../engine/database-path.ts";
import { ownerOf, pathWithoutLinks } from "./as-owner.ts";
import {
  copyInto,
  expectSound,
  openPlain,
  removeDatabase,
  syncFile,
  syncFolder,
  withDatabase,
} from "./database-files.ts";
import { expectOwnSchema } from "./own-schema.ts";
import { isRemote, isSame, type Report, refused, refusedBy, refusedRemote } from "./report.ts";

/** Copies the database at `url` as it is at one moment. */
export async function backUp(url: string, file: string, force: boolean): Promise<Report> {
  if (isRemote(url)) return refusedRemote("backup");
  try {
    const source = pathWithoutLinks(databasePath(url));
    const target = join(pathWithoutLinks(dirname(resolve(file))), basename(file));
    const fault = faultOf(source, target, force);
    if (fault !== null) return refused(fault);
    await make(source, target);
    return { ok: true, text: `the database is in ${target} (${(await stat(target)).size} bytes)` };
  } catch (error) {
    return refusedBy(error, "no backup was made");
  }
}

function faultOf(source: string, target: string, force: boolean): string | null {
  const standing = lstatSync(source, { throwIfNoEntry: false });
  if (!standing) return `there is no database at ${source}`;
  if (!standing.isFile()) return `${source} is no file`;
  if (isSame(source, target)) return `${target} is the database itself`;
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there && !force) return `${target} is there already; --force replaces it`;
  return there && !there.isFile() && !there.isSymbolicLink() ? `${target} is no file` : null;
}

/** Whose the database is makes the copy where they may; another then takes it from there. */
async function make(source: string, target: string): Promise<void> {
  const owner = ownerOf(dirname(source));
  const temporary = (folder: string, name: string) => join(folder, `.${basename(name)}-${crypto.randomUUID()}`);
  const partial = temporary(dirname(target), target);
  const made = owner.isAnother ? temporary(dirname(source), source) : partial;
  try {
    await owner.act(() => copy(source, made));
    if (owner.isAnother) await take(made, partial);
    await rename(partial, target);
    await syncFolder(dirname(target));
  } finally {
    await rm(partial, { force: true });
    if (owner.isAnother) await owner.act(() => removeDatabase(made));
  }
}

async function copy(source: string, made: string): Promise<void> {
  await (await open(made, "wx", 0o600)).close();
  withDatabase(source, (database) => {
    // Before the copying, which runs what the schema says.
    expectOwnSchema(database);
    database.prepare("VACUUM INTO ?").run(made);
  });
  withDatabase(made, expectSound);
  await syncFile(made);
}

async function take(made: string, partial: string): Promise<void> {
  await using file = await openPlain(made);
  if (!file) throw new Error(`${made} is gone`);
  await copyInto(partial, file);
}
