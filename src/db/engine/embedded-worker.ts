// The entry of a database thread: owns one connection and answers requests one at a time, in order. Quick answers are
// sent several together.
// Every request gets exactly one reply; a fault is a reply and never ends the thread.
// Must not await before its handler is set: messages that arrive earlier would be lost.

import { setPriority } from "node:os";
import { limits } from "../../domain/limits.ts";
import { DatabaseError, unavailable } from "./driver.ts";
import { type Connection, type ConnectionRole, openConnection } from "./embedded-connection.ts";
import { faultFrom } from "./faults.ts";
import type { WorkerReply, WorkerRequest } from "./worker-messages.ts";

declare const self: Worker;

let connection: Connection | null = null;
/** Answers that may wait for each other: none where one statement may take long. */
let together = 1;

self.onmessage = ({ data: requests }: MessageEvent<WorkerRequest[]>) => {
  for (let from = 0; from < requests.length; ) {
    const some = requests.slice(from, from + together);
    self.postMessage(some.map(reply));
    from += some.length;
  }
};

function reply(request: WorkerRequest): WorkerReply {
  try {
    return { id: request.id, ok: true, value: answer(request) };
  } catch (error) {
    return { id: request.id, ok: false, fault: error instanceof DatabaseError ? error.fault : faultFrom(error) };
  }
}

function answer(request: WorkerRequest) {
  switch (request.call) {
    case "open":
      giveWay(request.payload.role);
      if (request.payload.role === "quick reader") together = limits.database_replies_together;
      connection = openConnection(request.payload);
      return null;
    case "query":
      return opened().run(request.payload).rows;
    case "transact":
      return opened().transact(request.payload);
    case "close":
      connection?.close();
      connection = null;
      return null;
  }
}

/** Reads take what time the event loop and the writer leave, those that may take long the least. */
function giveWay(role: ConnectionRole): void {
  // Elsewhere a priority is that of the whole process.
  if (role === "writer" || process.platform !== "linux") return;
  setPriority(role === "quick reader" ? limits.quick_reads_niceness : limits.long_reads_niceness);
}

function opened(): Connection {
  if (!connection) throw new DatabaseError(unavailable("the database is not open"));
  return connection;
}
