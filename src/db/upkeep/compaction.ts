// Rids the database, in the background, of what is kept for clients that were away, once it is older than a client may
// be away. How far that has gone is stored before anything is deleted, so that an older copy is never taken for whole.
// Must not hold up the writer: it goes by small jobs, with a pause after each.

import { firstIdAt } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { performed } from "../engine/write.ts";
import { compacted_to } from "../queries/settings.ts";
import { type FoundSlice, type Slice, tombstone_kinds } from "../queries/tombstones.ts";
import type { Store } from "../store.ts";
import { type Follower, followedBy } from "./following.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export interface CompactionDependencies {
  store: Pick<Store, "settings" | "tombstones" | "writer">;
  /** How long what ended is kept, in milliseconds. */
  age_ms: number;
  /** Others, too, hold in memory how far it has gone. */
  is_shared: boolean;
  clock(): number;
  onFault(error: unknown): void;
}

export interface Compaction extends Rounds, Follower {
  /** What ended before this `seq` may have left no tombstone. */
  to(): number;
}

/** Compacts now, and then again and again. */
export async function startCompaction({
  store,
  age_ms,
  is_shared,
  clock,
  onFault,
}: CompactionDependencies): Promise<Compaction> {
  const { settings, tombstones } = store;
  const { perform } = store.writer;
  let point = Number(await settings.get(compacted_to)) || 0;
  const pause = () => Bun.sleep(limits.purge_pause_ms);
  const round = async (isStopping: () => boolean) => {
    const before = firstIdAt(clock() - age_ms);
    const oldest = await tombstones.oldest();
    if (oldest === null || oldest >= before) return;
    await performed(perform, settings.put(compacted_to, String(Math.max(before, point))));
    point = Math.max(before, point);
    for (const known_ms = clock() + limits.followed_ms; is_shared && clock() < known_ms && !isStopping(); )
      await pause();
    if (isStopping()) return;
    for (const kind of tombstone_kinds) {
      for (let after: number | null = 0; after !== null && !isStopping(); ) {
        const slice: Slice = { after, before: point, limit: limits.purge_slice };
        const { rows, next }: FoundSlice = await tombstones.slice(kind, slice);
        if (rows.length > 0) await performed(perform, tombstones.remove(kind, { rows, before: point }));
        after = next;
        if (after !== null) await pause();
      }
    }
    const former = { before: point, limit: limits.purge_slice };
    while (!isStopping() && (await performed(perform, tombstones.forgetFormer(former))) > 0) {
      await pause();
    }
  };
  const rounds = startRounds(round, { every_ms: limits.purge_ms, closing_ms: limits.purge_closing_ms, onFault });
  const { keys, follow } = followedBy([compacted_to], (texts) => {
    point = Math.max(point, Number(texts.get(compacted_to)) || 0);
  });
  return { ...rounds, to: () => point, keys, follow };
}
