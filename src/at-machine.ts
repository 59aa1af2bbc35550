// A command of whoever sits at the machine: asks the server that runs, or opens its database where none does, in the
// name of whose folder it is in. Loaded only for such a command.

import { dirname } from "node:path";
import type { Config } from "./config.ts";
import { DatabaseInUseError } from "./db/engine/claim.ts";
import { databasePath } from "./db/engine/database-path.ts";
import { ownerOf } from "./db/upkeep/as-owner.ts";
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
    perform: async (request, sink) =>
      (await askServer(config.socket_path, request, sink)) ?? askOffline(config, request, sink),
    sinkTo: fileSink,
    environment: variableLines(),
  });
}

async function askOffline(config: Config, request: SocketRequest, sink: Sink | null): Promise<Outcome<unknown>> {
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
      if (file) await sink?.finish();
      return rest;
    } catch (error) {
      await sink?.abandon();
      throw error;
    } finally {
      await offline.close();
    }
  });
}
