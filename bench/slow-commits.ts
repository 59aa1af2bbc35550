// Loaded before orchard, it makes the database's disk a slow one: each commit takes 20 ms more in the thread that makes
// it, as its sync would. The product knows nothing of it.

import { isMainThread } from "node:worker_threads";
import Database from "libsql";
import { SLOW_COMMIT_MS } from "./slow-commit.ts";

if (isMainThread) {
  const Plain = globalThis.Worker;
  // A thread loads what is to be loaded before it only when it is told so.
  globalThis.Worker = class extends Plain {
    constructor(url: string | URL, options: WorkerOptions = {}) {
      super(url, { ...options, preload: [import.meta.path] } as WorkerOptions);
    }
  };
} else {
  const exec = Database.prototype.exec;
  Database.prototype.exec = function (this: Database.Database, sql: string) {
    if (sql === "COMMIT") Bun.sleepSync(SLOW_COMMIT_MS);
    return exec.call(this, sql);
  };
}
