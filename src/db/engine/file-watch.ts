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
  /** The database is used: it is looked for soon. While nobody does, it is looked for seldom. */
  used(): void;
  stop(): void;
}

/** After how long it is looked for. */
interface Pauses {
  used_ms: number;
  unused_ms: number;
}

const pauses: Pauses = { used_ms: limits.database_watch_ms, unused_ms: limits.database_unused_watch_ms };

/** Watches a database that is open for writing. */
export function watchFile(path: string, { used_ms, unused_ms } = pauses): FileWatch {
  const { promise: lost, resolve } = Promise.withResolvers<string>();
  const files = [path, `${path}-wal`].map(identityOf);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let is_looking = false;
  let is_over = false;
  /** Since the last look began. */
  let was_used = false;
  const wait = () => {
    clearTimeout(timer);
    if (is_looking || is_over) return;
    timer = setTimeout(look, was_used ? used_ms : unused_ms);
    timer.unref();
  };
  const look = async () => {
    [is_looking, was_used] = [true, false];
    const same = await Promise.all(files.map((isSame) => isSame()));
    is_looking = false;
    // Whoever closes the database takes its journal away.
    if (is_over) return;
    if (same.every(Boolean)) return wait();
    is_over = true;
    resolve(path);
  };
  wait();
  return {
    lost,
    used() {
      if (was_used) return;
      was_used = true;
      wait();
    },
    stop() {
      is_over = true;
      clearTimeout(timer);
    },
  };
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
