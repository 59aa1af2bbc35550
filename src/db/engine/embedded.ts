// The driver for a database file: one thread that writes and one for each lane of reads, so that none waits for another.
// A reader opens the file only after the writer has made it and set its journal; until then that of quick reads merely
// loads, and the others aren't there before they are asked.
// From its opening to its closing no other process has the file, and it is the one that stands at its path.
// Must not load the native module here: the main thread starts without it.

import { mkdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { monotonic } from "../../clock.ts";
import { type Claim, claimDatabase, realDatabasePath } from "./claim.ts";
import { expectDatabaseFile } from "./database-file.ts";
import { databasePath } from "./database-path.ts";
import { DatabaseError, type DatabaseFault, type Driver, failAll, unavailable, undone } from "./driver.ts";
import type { ConnectionRole } from "./embedded-connection.ts";
import { messageOf } from "./faults.ts";
import { type FileWatch, watchFile } from "./file-watch.ts";
import { type Lane, lanes } from "./lanes.ts";
import { WorkerLink, type WorkerLinkOptions } from "./worker-link.ts";

export interface EmbeddedOptions {
  /** `file:` and a path, relative to the working directory or absolute. */
  url: string;
  onFault?: ((fault: DatabaseFault) => void) | undefined;
  /** Told once that nothing but a new process can help, with a sentence for a person. */
  onFatal?: ((reason: string) => void) | undefined;
  spawn?: ((role: ConnectionRole) => Worker) | undefined;
  now?: (() => number) | undefined;
}

/** Rejects with DatabaseInUseError where another server or a restore has the file. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Driver> {
  const path = databasePath(options.url);
  // Nothing is waited for before the threads are there: they start while the program is loaded.
  mkdirSync(dirname(path), { recursive: true });
  expectDatabaseFile(path);
  const claim = claimDatabase(path);
  const { spawn = spawnWorker, now = monotonic, onFault = () => undefined, onFatal = () => undefined } = options;
  let is_open = false;
  // What fails before is why it can't be opened, which is thrown.
  const links = { path, spawn, now, onFault: (fault: DatabaseFault) => void (is_open && onFault(fault)), onFatal };
  const writer = new WorkerLink({ ...links, role: "writer" });
  const readers = readersOf(links);
  readers.quick.warm();
  try {
    await writer.open();
  } catch (error) {
    await Promise.all([readers.quick.close(), writer.close()]);
    claim.release();
    throw error;
  }
  is_open = true;
  readers.quick.open().catch(() => undefined);
  return embeddedDriver({ writer, readers, claim, watch: watchFile(realDatabasePath(path)) }, onFatal);
}

type Readers = Record<Lane, WorkerLink>;

/** None of them has a thread yet. */
function readersOf(links: Omit<WorkerLinkOptions, "role">): Readers {
  return Object.fromEntries(
    lanes.map((lane) => [lane, new WorkerLink({ ...links, role: `${lane} reader` })]),
  ) as Readers;
}

interface EmbeddedParts {
  writer: WorkerLink;
  readers: Readers;
  claim: Claim;
  watch: FileWatch;
}

function embeddedDriver({ writer, readers, claim, watch }: EmbeddedParts, onFatal: (reason: string) => void): Driver {
  let lost = false;
  void watch.lost.then(async (path) => {
    lost = true;
    onFatal(await rescue(writer, path));
  });
  return {
    query(statement) {
      watch.used();
      return readers[statement.lane ?? "quick"].request("query", statement);
    },
    async transact(jobs) {
      watch.used();
      if (lost) return failAll(jobs, undone(unavailable("the database file was removed or replaced")));
      try {
        return await writer.request("transact", jobs);
      } catch (error) {
        // What is no fault of the thread's kept the group from being sent.
        return failAll(jobs, error instanceof DatabaseError ? error.fault : undone(unavailable(messageOf(error))));
      }
    },
    async close() {
      watch.stop();
      // The readers first: the writer can then empty the journal into the file.
      await Promise.all(Object.values(readers).map((reader) => reader.close()));
      await writer.close();
      claim.release();
    },
  };
}

/** Writes what the open but nameless file holds to a new one, behind all that was accepted; says what came of it. */
async function rescue(writer: WorkerLink, path: string): Promise<string> {
  const rescued = `${path}-rescued-${new Date().toISOString().replaceAll(":", "")}`;
  const what = `the database ${path} was removed or replaced while the server used it`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writer.request("query", { sql: "VACUUM INTO ?", params: [rescued] });
    return `${what}; all that it held is in ${rescued}, which "orchard restore" takes`;
  } catch (error) {
    return `${what}, and what it held could not be written to ${rescued}: ${messageOf(error)}`;
  }
}

function spawnWorker(): Worker {
  // A bundle has this module in a file at its root, and the worker, one more entry point, at its path below `src`.
  const file = import.meta.path.endsWith(".ts") ? "./embedded-worker.ts" : "./db/engine/embedded-worker.js";
  // What it makes is soon garbage, statements apart: its collector is to keep little room.
  return new Worker(new URL(file, import.meta.url), { smol: true });
}
