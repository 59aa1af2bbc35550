// The calls a database thread answers and the shape of its replies, shared by both ends of the port.
// What is asked in one turn is posted together, and what is answered soon as well: each post wakes a thread.
// Requests are answered in the order they were posted. Types only: nothing here runs.

import type { DatabaseFault, Job, JobOutcome, SqlValue, Statement } from "./driver.ts";
import type { ConnectionRole } from "./embedded-connection.ts";

export interface WorkerCalls {
  open: { payload: { path: string; role: ConnectionRole; busy_ms: number }; reply: null };
  query: { payload: Statement; reply: SqlValue[][] };
  transact: { payload: Job[]; reply: JobOutcome[] };
  close: { payload: null; reply: null };
}

export type WorkerCall = keyof WorkerCalls;

export type WorkerRequest = {
  [Call in WorkerCall]: { id: number; call: Call; payload: WorkerCalls[Call]["payload"] };
}[WorkerCall];

export type WorkerReply =
  | { id: number; ok: true; value: WorkerCalls[WorkerCall]["reply"] }
  | { id: number; ok: false; fault: DatabaseFault };
