// What the database is rid of in the background: logins that have expired, and what was said and read in channels that
// are deleted.
// Must not hold up the writer: it goes by small jobs, with a pause after each.

import { limits } from "../../domain/limits.ts";
import type { Store } from "../store.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export interface PurgeDependencies {
  store: Pick<Store, "logins" | "rooms" | "readStates">;
  clock(): number;
  onFault(error: unknown): void;
}

/** Purges now, and then again and again. */
export function startPurge({ store, clock, onFault }: PurgeDependencies): Rounds {
  const slices = [() => store.rooms.purge(limits.purge_slice), () => store.readStates.purge(limits.purge_slice)];
  const round = async (isStopping: () => boolean) => {
    await store.logins.removeExpired(clock());
    for (const purgeSlice of slices) {
      while (!isStopping() && (await purgeSlice()) > 0) await Bun.sleep(limits.purge_pause_ms);
    }
  };
  return startRounds(round, { every_ms: limits.purge_ms, closing_ms: limits.purge_closing_ms, onFault });
}
