// Has go what those wrote of late who were banned with it: through all channels of the server, a look and a slice at a
// time. Those that are noted take turns, so that a long one holds up no other. What can't be done now is done by a later
// round, be it after the next start.

import { performed } from "../db/engine/write.ts";
import type { MessageSweep } from "../db/queries/message-sweeps.ts";
import type { Store } from "../db/store.ts";
import type { Duty } from "../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { limits } from "../domain/limits.ts";
import { type BurialDependencies, buryAll } from "./burials.ts";

export interface SweepsDependencies extends BurialDependencies {
  store: Pick<Store, "messages" | "writer">;
  duty: Duty;
  onFault(error: unknown): void;
}

export interface Sweeps extends Rounds {
  /** Another one is noted. */
  noted(): void;
}

/** Goes on with what is noted, now and then again and again. */
export function startSweeps(on: SweepsDependencies): Sweeps {
  const rounds = startRounds((isStopping) => sweepAll(on, isStopping), {
    ...{ every_ms: limits.sweeps_ms, closing_ms: limits.purge_closing_ms },
    ...{ onFault: on.onFault, duty: on.duty },
  });
  // A round may have looked for the last time just before.
  return { ...rounds, noted: () => void rounds.run().then(rounds.run) };
}

/** A sweep that is under way; it comes to whether all has gone. */
type Walk = AsyncGenerator<void, boolean>;

async function sweepAll(on: SweepsDependencies, isStopping: () => boolean): Promise<void> {
  const walks = new Map<string, { sweep: MessageSweep; walk: Walk }>();
  const tried = new Set<string>();
  while (!isStopping()) {
    for (const sweep of await on.store.messages.sweeps(limits.sweeps_at_once + tried.size)) {
      const key = JSON.stringify(sweep);
      if (tried.has(key) || walks.size >= limits.sweeps_at_once) continue;
      tried.add(key);
      walks.set(key, { sweep, walk: walkThrough(on, sweep, isStopping) });
    }
    if (walks.size === 0) return;
    for (const [key, { sweep, walk }] of walks) {
      const step = await walk.next();
      if (!step.done) continue;
      walks.delete(key);
      if (step.value) await performed(on.store.writer.perform, on.store.messages.sweepDone(sweep));
    }
  }
}

/** Yields after each look at a channel. */
async function* walkThrough(
  on: SweepsDependencies,
  { server_id, user_id: author_id, from_id, to_id }: MessageSweep,
  isStopping: () => boolean,
): Walk {
  const { messages } = on.store;
  for (const channel_id of await messages.channelIds(server_id)) {
    for (let after: number | null = from_id - 1; after !== null && after < to_id; ) {
      const looked_at = limits.authored_looked_at;
      const { ids, next }: { ids: number[]; next: number | null } = await messages.authoredIn({
        ...{ channel_id, author_id, after, looked_at },
      });
      const message_ids = ids.filter((id) => id <= to_id);
      if (!(await buryAll(on, { server_id, channel_id, message_ids }, isStopping))) return false;
      after = next;
      yield;
    }
  }
  return true;
}
