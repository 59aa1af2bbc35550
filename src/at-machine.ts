// A command of whoever sits at the machine: asks the server that runs, or opens its database where none does, in the
// name of whose folder it is in. Loaded only for such a command.

import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "./config.ts";
import { DatabaseInUseError } from "./db/engine/claim.ts";
import { databasePath } from "./db/engine/database-path.ts";
import { ownerOf, pathWithoutLinks } from "./db/upkeep/as-owner.ts";
import { runCommandLine } from "./operators/doors/command-line.ts";
import { fileSink } from "./operators/doors/file-sink.ts";
import { askServer, type Sink } from "./operators/doors/socket-client.ts";
import { ownTerminal, type Terminal } from "./operators/doors/terminal.ts";
import { partsOf, performAtMachine, type SocketRequest } from "./operators/doors/unix-socket.ts";
import type { Outcome } from "./protocol/outcome.ts";
import { variableLines } from "./variables.ts";

/** Runs it, and gives the exit code. */
export function runAtMachine(
  args: readonly string[],
  config: Config,
  terminal: Terminal = ownTerminal(),
): Promise<number> {
  return runCommandLine(args, {
    ...terminal,
    async perform(request, sink) {
      const path = socketOf(config);
      const answer = path === null ? null : await askServer(path, request, sink);
      return answer ?? askOffline(config, request, sink);
    },
    sinkTo: fileSink,
    environment: variableLines(),
  });
}

/**
 * Where the server's socket is, without links; null where there is none: who makes one there from now on is not asked.
 * Throws where somebody else than root, whose data it is or who gives the command has put it there, or where anybody
 * could: they would be told passwords.
 */
function socketOf({ socket_path, data_dir }: Config): string | null {
  if (process.platform === "win32") return socket_path;
  if (!existsSync(socket_path)) return null;
  const path = pathWithoutLinks(socket_path);
  const believed = [0, process.geteuid?.(), statSync(data_dir, { throwIfNoEntry: false })?.uid];
  if (!believed.includes(lstatSync(path).uid)) {
    throw new Error(`${path} is neither root's, yours nor that of whose ${data_dir} is: it is asked nothing`);
  }
  // Whoever may write where the data is needs no socket for what they want.
  const is_with_data = existsSync(data_dir) && realpathSync(data_dir) === dirname(path);
  const folders = is_with_data ? [] : ancestorsOf(path);
  const open = folders.find((folder) => (lstatSync(folder).mode & (ANYBODY_WRITES | STICKY)) === ANYBODY_WRITES);
  if (open === undefined) return path;
  throw new Error(
    `anybody may put another socket in the place of ${path}, since ${open} is open to all: none is asked`,
  );
}

const ANYBODY_WRITES = 0o0002;
/** Where it is set, what lies in a folder is taken away by its own user alone. */
const STICKY = 0o1000;

function ancestorsOf(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...ancestorsOf(folder)];
}

/** What is done in the name of whose the database is; the file that is given is that of who gave the command. */
async function askOffline(config: Config, request: SocketRequest, sink: Sink | null): Promise<Outcome<unknown>> {
  try {
    const { rest, is_file } = await performOffline(config, request, sink);
    if (is_file) await sink?.finish();
    return rest;
  } catch (error) {
    await sink?.abandon();
    throw error;
  }
}

async function performOffline(config: Config, request: SocketRequest, sink: Sink | null) {
  if (!config.database_url.startsWith("file:")) {
    throw new Error(`no server listens at ${config.socket_path}, and the database is no file: start the server first`);
  }
  return ownerOf(dirname(databasePath(config.database_url))).act(async () => {
    const { openOffline } = await import("./offline.ts");
    const offline = await openOffline(config).catch((error) => {
      if (!(error instanceof DatabaseInUseError)) throw error;
      throw new Error(`a server runs, but not at the socket ${config.socket_path}: is ORCHARD_DATA what it has?`);
    });
    try {
      const { rest, file } = partsOf(await performAtMachine(offline.operators, request));
      if (file) for await (const piece of file) await sink?.write(piece);
      return { rest, is_file: file !== null };
    } finally {
      await offline.close();
    }
  });
}
