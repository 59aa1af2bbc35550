// A command of whoever sits at the machine: asks the server that runs, or opens its database where none does, in the
// name of whose folder it is in. Loaded only for such a command.

import { dirname } from "node:path";
import type { Config } from "./config.ts";
import { DatabaseInUseError } from "./db/engine/claim.ts";
import { databasePath } from "./db/engine/database-path.ts";
import { ownerOf } from "./db/upkeep/as-owner.ts";
import { runCommandLine } from "./operators/doors/command-line.ts";
import { askServer } from "./operators/doors/socket-client.ts";
import { performAtMachine, type SocketRequest } from "./operators/doors/unix-socket.ts";
import type { Outcome } from "./protocol/outcome.ts";
import { variableLines } from "./variables.ts";

/** Runs it, and gives the exit code. */
export function runAtMachine(args: readonly string[], config: Config): Promise<number> {
  return runCommandLine(args, {
    ask: async (request) => (await askServer(config.socket_path, request)) ?? askOffline(config, request),
    write: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    environment: variableLines(),
  });
}

async function askOffline(config: Config, request: SocketRequest): Promise<Outcome<unknown>> {
  if (!config.database_url.startsWith("file:")) {
    throw new Error(
      `no server listens at ${config.socket_path}, and its database is on another: start the server first`,
    );
  }
  return ownerOf(dirname(databasePath(config.database_url))).act(async () => {
    const { openOffline } = await import("./offline.ts");
    const offline = await openOffline(config).catch((error) => {
      if (!(error instanceof DatabaseInUseError)) throw error;
      throw new Error(`a server runs, but not at the socket ${config.socket_path}: is ORCHARD_DATA what it has?`);
    });
    try {
      return await performAtMachine(offline.operators, request);
    } finally {
      await offline.close();
    }
  });
}
