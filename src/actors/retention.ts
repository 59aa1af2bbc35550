// Has messages go that are older than the operator keeps them: channel by channel, the oldest first. How far it has come
// needs no note, since what went is passed over by the index.
// Must not hold up anybody: each look and each job is bounded, whatever there is.

import type { Store } from "../db/store.ts";
import type { Duty } from "../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { firstIdAt } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { type BurialDependencies, buryAll } from "./burials.ts";

export interface RetentionDependencies extends BurialDependencies {
  store: Pick<Store, "messages">;
  /** How long messages are kept, in milliseconds; 0: for ever. */
  keptFor(): number;
  duty: Duty;
  clock(): number;
  onFault(error: unknown): void;
}

/** Looks now, and then again and again. */
export function startRetention(on: RetentionDependencies): Rounds {
  return startRounds((isStopping) => bury(on, isStopping), {
    ...{ every_ms: limits.retention_ms, closing_ms: limits.purge_closing_ms },
    ...{ onFault: on.onFault, duty: on.duty },
  });
}

async function bury(on: RetentionDependencies, isStopping: () => boolean): Promise<void> {
  const age_ms = on.keptFor();
  if (age_ms === 0) return;
  const before = firstIdAt(on.clock() - age_ms);
  const limit = limits.channels_walked;
  for (let after: number | null = 0; after !== null && !isStopping(); ) {
    const walked = await on.store.messages.channelsAfter(after, limit);
    for (const { id, server_id, oldest_id } of walked) {
      if (oldest_id !== null && oldest_id < before)
        await buryAged(on, { server_id, channel_id: id, before }, isStopping);
    }
    after = walked.length < limit ? null : (walked.at(-1)?.id ?? null);
    if (after !== null) await on.pause();
  }
}

async function buryAged(
  on: RetentionDependencies,
  { server_id, channel_id, before }: { server_id: number; channel_id: number; before: number },
  isStopping: () => boolean,
): Promise<void> {
  // On from the last, whatever has become of it: a channel that ends meanwhile keeps its own.
  for (let after: number | undefined = 0; after !== undefined; ) {
    const aged = await on.store.messages.agedIn({ channel_id, after, before, limit: limits.burial_slice });
    if (!(await buryAll(on, { server_id, channel_id, message_ids: aged }, isStopping))) return;
    after = aged.at(-1);
  }
}
