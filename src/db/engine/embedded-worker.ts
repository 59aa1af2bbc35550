// The entry of a database thread: owns one connection and answers requests one at a time, in order.
// Every request gets exactly one reply; a fault is a reply and never ends the thread.
// Must not await before its handler is set: messages that arrive earlier would be lost.

import { DatabaseError, unavailable } from "./driver.ts";
import { type Connection, openConnection } from "./embedded-connection.ts";
import { faultFrom } from "./faults.ts";
import type { WorkerReply, WorkerRequest } from "./worker-messages.ts";

declare const self: Worker;

let connection: Connection | null = null;

self.onmessage = (event: MessageEvent<WorkerRequest>) => {
  self.postMessage(reply(event.data));
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

function opened(): Connection {
  if (!connection) throw new DatabaseError(unavailable("the database is not open"));
  return connection;
}
