// Whether the open database still is the file at its path. A file that was removed or replaced goes on taking writes
// which nobody will ever find again; no call fails, so it has to be looked for.
// Must not open the file: closing it would drop the locks of the connections to it.

import { lstatSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { limits } from "../../domain/limits.ts";
import { codeOf } from "./faults.ts";

export interface FileWatch {
  /** Resolves with the path when the database or its journal is gone from it; else never. */
  lost: Promise<string>;
  stop(): void;
}

/** Watches a database that is open for writing. */
export function watchFile(path: string): FileWatch {
  const { promise: lost, resolve } = Promise.withResolvers<string>();
  const files = [path, `${path}-wal`].map(identityOf);
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    const same = await Promise.all(files.map((isSame) => isSame()));
    looking = false;
    if (same.every(Boolean)) return;
    clearInterval(timer);
    resolve(path);
  }, limits.database_watch_ms);
  timer.unref();
  return { lost, stop: () => clearInterval(timer) };
}

/**
 * Answers whether the path still is that of the file which was first found there, as far as that can be known. The path
 * holds no links, so that a link there is another file, wherever it leads.
 */
function identityOf(path: string): () => Promise<boolean> {
  const standing = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  let known = standing && identity(standing);
  return async () => {
    try {
      const found = identity(await lstat(path, { bigint: true }));
      known ??= found;
      return found === known;
    } catch (error) {
      // The journal is made by the first write.
      return codeOf(error) !== "ENOENT" || known === undefined;
    }
  };
}

function identity({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev} ${ino}`;
}
