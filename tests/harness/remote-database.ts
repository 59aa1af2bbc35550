// A second hand on databases on a server: a thread asks, and whoever wants rows waits for it in one turn, as for a file.

import { join } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Found, Place, RowsJob } from "./remote-rows.ts";

const PATIENCE_MS = 30_000;

export type AskForRows = (job: RowsJob) => Extract<Found, { rows: unknown }>["rows"];

let thread: Promise<AskForRows> | null = null;

/** Starts the thread where there is none yet. What it resolves with throws what the server has against the statement. */
export function rowsThread(): Promise<AskForRows> {
  thread ??= startThread();
  return thread;
}

async function startThread(): Promise<AskForRows> {
  const { port1: here, port2: port } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const place: Place = { port, answered };
  const worker = new Worker(join(import.meta.dir, "remote-rows.ts"), { workerData: place, transferList: [port] });
  worker.unref();
  await new Promise((resolve) => worker.once("message", resolve));
  return (job) => {
    Atomics.store(answered, 0, 0);
    here.postMessage(job);
    if (Atomics.wait(answered, 0, 0, PATIENCE_MS) === "timed-out") throw new Error(`${job.sql}: nobody answers`);
    const found = receiveMessageOnPort(here)?.message as Found;
    if ("fault" in found) throw new Error(`${job.sql}: ${found.fault}`);
    return found.rows;
  };
}
