// How the server is taken down: step by step, each when the one before it is done, or when it has taken as long as it may.
// A step that fails keeps none of those behind it from being done. Must not take longer than `shutdown_ms` in all,
// whatever is away or doesn't answer.

import type { Core } from "./app.ts";
import { monotonic } from "./clock.ts";
import type { OpenedNode } from "./cluster/open-node.ts";
import { DatabaseError } from "./db/engine/driver.ts";
import { endedOrLate } from "./db/engine/ended-or-late.ts";
import type { Store } from "./db/store.ts";
import { limits } from "./domain/limits.ts";
import type { SocketDoor } from "./operators/doors/unix-socket.ts";
import type { BunGateway } from "./routes/bun-gateway.ts";
import type { Listeners } from "./routes/listeners.ts";

export interface RunningParts {
  server: Pick<Listeners, "stop">;
  /** Null where there is none for the command line. */
  door: Pick<SocketDoor, "stop"> | null;
  store: Pick<Store, "flush" | "giveUp" | "close">;
  gateway: Pick<BunGateway, "mute" | "closeAll" | "whenEmpty">;
  core: Pick<Core, "actors" | "mailer" | "pushes" | "rounds">;
  health: { stopping: boolean };
  /** Null where the server is alone. */
  node: Pick<OpenedNode, "handOver" | "leave"> | null;
}

/**
 * Once, however often it is asked for; `/readyz` says so first. Rejects, at its end, with the first fault that isn't the
 * database's: those are in the log, and what they took nobody was told of.
 */
export async function takeDown(parts: RunningParts): Promise<void> {
  if (parts.health.stopping) return;
  parts.health.stopping = true;
  const faults: unknown[] = [];
  for (const step of stepsDown(parts, monotonic())) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof DatabaseError)) faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
}

function stepsDown(parts: Omit<RunningParts, "health">, begun_ms: number): (() => unknown)[] {
  const { server, door, store, gateway, core, node } = parts;
  const leftUntil = (end_ms: number) => Math.max(0, begun_ms + end_ms - monotonic());
  let calls_answered: Promise<void>;
  let patience: Timer;
  return [
    // Its rooms are others' before anybody has to go.
    () => node?.handOver(),
    // What comes from now on is not accepted, so that there is an end to what was.
    () => {
      gateway.mute();
      calls_answered = server.stop();
      return door?.stop();
    },
    // What was accepted is committed while those who asked for it are there to be told, unless the database hangs.
    () => store.flush(Math.min(limits.shutdown_flush_ms, leftUntil(limits.shutdown_flushed_ms))),
    // As long as it is known who sits before something.
    () => endedOrLate(leftUntil(limits.shutdown_pushed_ms), core.pushes.stop()),
    // Clients hear that they may come back; what they had been sent goes out before.
    () => {
      gateway.closeAll("server_restarting");
      const closed = Promise.all([gateway.whenEmpty(), core.mailer?.close()]).then(() => {});
      return endedOrLate(leftUntil(limits.shutdown_closed_ms), closed);
    },
    // Nobody is left to be told: what a database server doesn't answer soon is waited for no longer.
    () => {
      patience = setTimeout(store.giveUp, limits.shutdown_store_ms);
    },
    // After the sockets, whose ends they hear of; before the store, in which they note who was online.
    () => core.actors.close(),
    // A round that is going on still uses the store.
    () => Promise.all(core.rounds.map((round) => round.stop())),
    // While the database is there to be told.
    () => node?.leave(),
    // Last of what keeps anything: nobody is left who would write.
    () => store.close().finally(() => clearTimeout(patience)),
    // Who still holds a connection open is cut off.
    () => Promise.race([calls_answered, server.stop(true)]),
  ];
}
