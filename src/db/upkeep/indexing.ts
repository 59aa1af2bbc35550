// Puts into the search's index, in the background, what was written before there was such an index: from the newest
// message to the oldest. How far it has come is stored, so that a new process goes on from there.
// Must not hold up the writer: it goes by small jobs, with a pause after each.

import { limits } from "../../domain/limits.ts";
import { performed } from "../engine/write.ts";
import { indexed_from } from "../queries/message-index.ts";
import type { Store } from "../store.ts";
import type { Duty } from "./duty.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export interface IndexingDependencies {
  store: Pick<Store, "messages" | "settings" | "writer">;
  duty: Duty;
  onFault(error: unknown): void;
}

/** Indexes now; what broke off is tried again later. */
export function startIndexing({ store, duty, onFault }: IndexingDependencies): Rounds {
  const { settings, writer } = store;
  const round = async (isStopping: () => boolean) => {
    let before = Number(await settings.get(indexed_from)) || 0;
    while (before > 0 && !isStopping()) {
      const { texts, from } = await store.messages.unindexed(before, limits.indexing_slice);
      await performed(writer.perform, store.messages.index(texts));
      // A slice whose end isn't noted is gone through again, and nothing of it is indexed twice.
      await performed(writer.perform, settings.put(indexed_from, String(from)));
      before = from;
      await Bun.sleep(limits.indexing_pause_ms);
    }
  };
  return startRounds(round, { every_ms: limits.purge_ms, closing_ms: limits.purge_closing_ms, onFault, duty });
}
