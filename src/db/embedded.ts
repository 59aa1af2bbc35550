// The driver for a database file: one thread that writes and one that reads, so that neither waits for the other.
// The reader opens the file only after the writer has made it and set its journal; until then it merely loads.
// Must not load the native module here: the main thread starts without it.

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseError, type DatabaseFault, type Driver, failAll, unavailable } from "./driver.ts";
import type { ConnectionRole } from "./embedded-connection.ts";
import { messageOf } from "./faults.ts";
import { WorkerLink } from "./worker-link.ts";

export interface EmbeddedOptions {
  /** `file:` and a path, relative to the working directory or absolute. */
  url: string;
  onFault?: ((fault: DatabaseFault) => void) | undefined;
  spawn?: ((role: ConnectionRole) => Worker) | undefined;
  now?: (() => number) | undefined;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<Driver> {
  const path = databasePath(options.url);
  await mkdir(dirname(path), { recursive: true });
  const { spawn = spawnWorker, now = Date.now, onFault = () => undefined } = options;
  const writer = new WorkerLink({ path, role: "writer", spawn, now, onFault });
  const reader = new WorkerLink({ path, role: "reader", spawn, now, onFault });
  reader.warm();
  try {
    await writer.open();
  } catch (error) {
    await Promise.all([reader.close(), writer.close()]);
    throw error;
  }
  reader.open().catch(() => undefined);
  return embeddedDriver(writer, reader);
}

function embeddedDriver(writer: WorkerLink, reader: WorkerLink): Driver {
  return {
    query: (statement) => reader.request("query", statement),
    async transact(jobs) {
      try {
        return await writer.request("transact", jobs);
      } catch (error) {
        return failAll(jobs, error instanceof DatabaseError ? error.fault : unavailable(messageOf(error)));
      }
    },
    async close() {
      // The reader first: the writer can then empty the journal into the file.
      await reader.close();
      await writer.close();
    },
  };
}

/** The path in a `file:` URL; throws on one that names no file, a database in memory included. */
export function databasePath(url: string): string {
  if (!url.startsWith("file:")) throw new Error(`not a file: URL: ${url}`);
  if (url.startsWith("file://")) return fileURLToPath(url);
  const path = decodeURIComponent(url.slice("file:".length).replace(/[?#].*$/, ""));
  if (path === "" || path === ":memory:") throw new Error("the database needs a file, such as file:./data/orchard.db");
  return path;
}

function spawnWorker(): Worker {
  // A bundle puts this module into its root file and the worker, one more entry point, at its path below `src`.
  const file = import.meta.path.endsWith(".ts") ? "./embedded-worker.ts" : "./db/embedded-worker.js";
  return new Worker(new URL(file, import.meta.url));
}
