// A database thread that dies as a real one may: within a transaction, with a prepared statement, on its first group.
// Its connection stays open then, and keeps the lock of the file until the process ends.

import Database from "libsql";
import type { WorkerRequest } from "../../src/db/worker-messages.ts";

declare const self: Worker;

let database: Database.Database | undefined;
const kept: Database.Statement[] = [];

self.onmessage = ({ data }: MessageEvent<WorkerRequest>) => {
  if (data.call === "open") {
    database = new Database(data.payload.path);
    database.exec("PRAGMA journal_mode = WAL");
    self.postMessage({ id: data.id, ok: true, value: null });
  }
  if (data.call !== "transact" || !database) return;
  database.exec("BEGIN IMMEDIATE");
  kept.push(database.prepare("CREATE TABLE halfway (id integer)"));
  kept[0]?.run();
  throw new Error("crashed within a transaction");
};
