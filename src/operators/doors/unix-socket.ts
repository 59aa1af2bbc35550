// The door of whoever sits at the machine: a Unix socket (on Windows a named pipe) that only the server's own user can
// open. A request is one line of JSON, and so is its answer; a connection has one at a time.
// Must not take the place of a server that runs, nor of anything that is no socket: then there is no such door, which is
// said in the log and stops nothing.

import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { messageOf } from "../../db/engine/faults.ts";
import { limits } from "../../domain/limits.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import type { Log } from "../../telemetry/log.ts";
import { type Operators, operationOf } from "../operators.ts";
import { framed } from "./pieces.ts";
import { isNobody } from "./socket-client.ts";

/** `user_id` may be somebody's name, or `id:123`. */
export interface SocketRequest {
  operation: string;
  input: Record<string, unknown>;
}

export interface SocketDoor {
  stop(): Promise<void>;
}

/** Null where there can be none. */
export async function openSocketDoor(path: string, operators: Operators, log: Log): Promise<SocketDoor | null> {
  try {
    await makeWay(path);
    return await listenAt(path, operators);
  } catch (error) {
    log.warn({ path, reason: messageOf(error) }, "there is no socket for the command line");
    return null;
  }
}

/** Has the operation done, as whoever sits at the machine. */
export async function performAtMachine(operators: Operators, request: SocketRequest): Promise<Outcome<unknown>> {
  const operation = operationOf(request.operation);
  if (!operation.ok) return operation;
  const { user_id } = request.input;
  if (typeof user_id !== "string") return operators.perform(operation.value, request.input, at_machine);
  const found = await operators.find(user_id);
  if (!found.ok) return found;
  return operators.perform(operation.value, { ...request.input, user_id: found.value }, at_machine);
}

const at_machine = { door: "command_line" } as const;

/** Takes away what a server left that ended; throws where somebody listens, or something else is there. */
async function makeWay(path: string): Promise<void> {
  if (isPipe(path)) return;
  const bytes = Buffer.byteLength(path);
  if (bytes > limits.socket_path_bytes) throw new Error(`its path has more than ${limits.socket_path_bytes} bytes`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const standing = lstatSync(path, { throwIfNoEntry: false });
  if (!standing) return;
  if (!standing.isSocket()) throw new Error("something that is no socket is there");
  if (!(await isLeft(path))) throw new Error("another server listens there");
  rmSync(path, { force: true });
}

/** Whether nobody listens there any more. Who can't be reached for another reason may well listen. */
function isLeft(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: Error & { code?: string }) => resolve(isNobody(error.code)));
  });
}

async function listenAt(path: string, operators: Operators): Promise<SocketDoor> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    if (open.size > limits.operator_connections) return void socket.destroy();
    converse(socket, operators);
  });
  await listening(server, path);
  return {
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Nobody else can open it, from its first moment on. It is made in this turn, and nothing else under its mask. */
async function listening(server: Server, path: string): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", resolve);
  });
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await ready;
  if (!isPipe(path)) chmodSync(path, 0o600);
}

/** Answers one line after another. */
function converse(socket: Socket, operators: Operators): void {
  let text = "";
  let answering = Promise.resolve();
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (more: string) => {
    text += more;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    if (text.length > limits.http_body_bytes) return void socket.destroy();
    for (const line of lines) {
      answering = answering
        .then(() => answerTo(operators, line))
        .then((outcome) => send(socket, outcome))
        // Whoever waits for the rest of a file sees that its end doesn't come.
        .catch(() => void socket.destroy());
    }
  });
}

async function send(socket: Socket, outcome: Outcome<unknown>): Promise<void> {
  const { rest, file } = partsOf(outcome);
  await put(socket, `${JSON.stringify(file ? { ...rest, file: true } : rest)}\n`);
  if (file) for await (const piece of framed(file)) await put(socket, piece);
}

/** What an operation answers, and the file that it gives besides. */
export function partsOf(outcome: Outcome<unknown>): {
  rest: Outcome<unknown>;
  file: ReadableStream<Uint8Array> | null;
} {
  if (!outcome.ok) return { rest: outcome, file: null };
  const { file, ...rest } = outcome.value as { file?: unknown };
  return file instanceof ReadableStream ? { rest: success(rest), file } : { rest: outcome, file: null };
}

/** Settles when more may be put: what isn't read waits. */
async function put(socket: Socket, data: string | Uint8Array): Promise<void> {
  if (socket.destroyed) throw new Error("nobody reads any more");
  if (socket.write(data)) return;
  await new Promise<void>((resolve, reject) => {
    const drained = () => {
      socket.off("close", closed);
      resolve();
    };
    const closed = () => {
      socket.off("drain", drained);
      reject(new Error("nobody reads any more"));
    };
    socket.once("drain", drained);
    socket.once("close", closed);
  });
}

async function answerTo(operators: Operators, line: string): Promise<Outcome<unknown>> {
  const request = requestIn(line);
  return request ? performAtMachine(operators, request) : failure("bad_request", "This is no request.");
}

function requestIn(line: string): SocketRequest | null {
  try {
    const { operation, input } = JSON.parse(line);
    return typeof operation === "string" && typeof input === "object" && input ? { operation, input } : null;
  } catch {
    return null;
  }
}

function isPipe(path: string): boolean {
  return path.startsWith("\\\\.\\pipe\\");
}
