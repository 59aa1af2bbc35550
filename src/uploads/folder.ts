// Uploads in a local folder. Bytes are written under a temporary name, synced and then renamed, so that a file under
// its key is always whole. What a crash leaves under a temporary name is cleared at a later start.

import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { limits } from "../domain/limits.ts";
import type { Files } from "./files.ts";
import { placeOf, smallKeys } from "./place.ts";
import { StagedFile } from "./staged-file.ts";

const INCOMING = "incoming";

/**
 * Makes the folder if need be, and finds out whether it can be written to. What others may be receiving into one that is
 * shared is left to them.
 */
export async function openFolder(path: string, is_shared: boolean): Promise<Files> {
  const folder = resolve(path);
  const incoming = join(folder, INCOMING);
  try {
    await mkdir(incoming, { recursive: true });
    await clear(incoming, is_shared ? Date.now() - limits.incoming_age_ms : Number.POSITIVE_INFINITY);
    await writeNew(join(incoming, crypto.randomUUID()), new Uint8Array()).then(remove);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the uploads folder ${folder} can't be used: ${reason}`);
  }
  return filesIn(folder, incoming);
}

/** Removes what nothing was written to since. */
async function clear(incoming: string, before_ms: number): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const written_ms = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (written_ms < before_ms) await rm(path, { force: true });
  }
}

function filesIn(folder: string, incoming: string): Files {
  const pathOf = (key: string) => join(folder, placeOf(key));
  /** Puts a file that is synced in its place, unless one of its length is there. */
  async function settle(key: string, bytes: number, synced: () => Promise<string>): Promise<void> {
    const path = pathOf(key);
    const made = await mkdir(dirname(path), { recursive: true });
    if ((await lengthOf(path)) !== bytes) {
      const temporary = await synced();
      await rename(temporary, path).catch((error) => remove(temporary).then(() => Promise.reject(error)));
    }
    await syncUpwards(dirname(path), made === undefined ? dirname(path) : folder);
  }
  const newPath = () => join(incoming, crypto.randomUUID());
  return {
    receive: () => new StagedFile(newPath(), (file, key) => settle(key, file.bytes, () => file.synced())),

    put: (key, bytes) => settle(key, bytes.byteLength, () => writeNew(newPath(), bytes)),

    async read(key, range) {
      const file = Bun.file(pathOf(key));
      if (!(await file.exists())) return null;
      return range ? file.slice(range.from, range.to) : file;
    },

    async remove(...keys) {
      for (const one of keys.flatMap((key) => [...smallKeys(key), key])) await remove(pathOf(one));
    },
  };
}

/** Writes and syncs a file that isn't there yet, and returns its path; leaves nothing behind where it can't. */
async function writeNew(path: string, bytes: Uint8Array): Promise<string> {
  try {
    await using file = await open(path, "wx");
    for (let at = 0; at < bytes.byteLength; at += limits.file_sync_bytes) {
      await file.writeFile(bytes.subarray(at, at + limits.file_sync_bytes));
      // Whoever else syncs, the database above all, may have to wait for what this has not synced yet.
      await file.datasync();
    }
    await file.sync();
    return path;
  } catch (error) {
    await remove(path);
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function lengthOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

/** Makes the names in these folders durable, from the innermost to the outermost. */
async function syncUpwards(innermost: string, outermost: string): Promise<void> {
  // Windows opens no folder as a file; its file systems keep a journal of names.
  if (process.platform === "win32") return;
  for (let folder = innermost; ; folder = dirname(folder)) {
    await using handle = await open(folder, "r");
    await handle.sync();
    if (folder === outermost) return;
  }
}
