// How the command line speaks to a server that runs: one request, one answer, and after it the pieces of a file where the
// operation gives one. A file whose end didn't come is none.

import { connect, type Socket } from "node:net";
import type { Outcome } from "../../protocol/outcome.ts";
import { type Framed, PieceReader } from "./pieces.ts";
import type { SocketRequest } from "./unix-socket.ts";

/** Where a file goes. */
export interface Sink {
  write(piece: Uint8Array): Promise<void>;
  /** It is whole. */
  finish(): Promise<void>;
  /** It isn't: nothing of it stays. */
  abandon(): Promise<void>;
}

/** Null where no server listens there. Rejects where one breaks off. */
export async function askServer(
  path: string,
  request: SocketRequest,
  sink: Sink | null = null,
): Promise<Outcome<unknown> | null> {
  const socket = await opened(path);
  if (!socket) return null;
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    const outcome = await answered(socket, sink);
    if (outcome) return outcome;
    throw new Error(`the server at ${path} ended before it had answered: what was done stands in 'orchard audit'`);
  } finally {
    socket.destroy();
  }
}

function opened(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: Error & { code?: string }) => {
      if (isNobody(error.code)) return resolve(null);
      reject(new Error(`the server at ${path} can't be asked: ${error.message}`));
    });
  });
}

/** Null where it broke off. */
async function answered(socket: Socket, sink: Sink | null): Promise<Outcome<unknown> | null> {
  const pieces = new PieceReader();
  let outcome: (Outcome<unknown> & { file?: true }) | null = null;
  try {
    for await (const bytes of socket) {
      pieces.add(bytes as Uint8Array);
      outcome ??= pieces.line() as Framed | null;
      if (outcome && !(outcome.ok && outcome.file)) return outcome;
      for (let piece = outcome && pieces.piece(); piece; piece = pieces.piece()) {
        if (piece.length > 0) await sink?.write(piece);
        else {
          await sink?.finish();
          return outcome;
        }
      }
    }
  } catch (error) {
    await sink?.abandon();
    throw error;
  }
  await sink?.abandon();
  return null;
}

/** Whether what went wrong with connecting says that nobody listens there. */
export function isNobody(code: string | undefined): boolean {
  return code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR";
}
