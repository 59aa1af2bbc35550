// Rids the database, in the background, of what is kept for clients that were away, once it is older than a client may
// be away. How far that has gone is stored, and known to all who answer clients, before anything is deleted, so that an
// older copy is never taken for whole.
// Must not hold up the writer: it goes by small jobs, with a pause after each.

import { firstIdAt } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { performed } from "../engine/write.ts";
import { compacted_to } from "../queries/settings.ts";
import { type FoundSlice, type Slice, tombstone_kinds } from "../queries/tombstones.ts";
import type { Store } from "../store.ts";
import type { Duty } from "./duty.ts";
import { type Follower, followedBy } from "./following.ts";
import { type Rounds, startRounds } from "./rounds.ts";

/** How far it has gone, as this process knows it. */
export interface CompactionPoint extends Follower {
  /** What ended before this `seq` may have left no tombstone. */
  to(): number;
  /** That is stored. */
  reached(seq: number): void;
}

export interface CompactionDependencies {
  store: Pick<Store, "settings" | "tombstones" | "writer">;
  point: CompactionPoint;
  /** How long what ended is kept, in milliseconds. */
  age_ms: number;
  duty: Duty;
  /** Whether all other processes know what this one has stored. */
  allKnow(): Promise<boolean>;
  clock(): number;
  onFault(error: unknown): void;
}

export async function openCompactionPoint({ settings }: Pick<Store, "settings">): Promise<CompactionPoint> {
  let point = Number(await settings.get(compacted_to)) || 0;
  const reached = (seq: number) => {
    point = Math.max(point, seq);
  };
  return {
    to: () => point,
    reached,
    ...followedBy([compacted_to], (texts) => reached(Number(texts.get(compacted_to)) || 0)),
  };
}

/** Compacts now, and then again and again. */
export function startCompaction(on: CompactionDependencies): Rounds {
  const { store, point, age_ms, duty, clock, onFault } = on;
  const round = async (isStopping: () => boolean) => {
    const before = firstIdAt(clock() - age_ms);
    const oldest = await store.tombstones.oldest();
    if (oldest === null || oldest >= before) return;
    const to = Math.max(before, point.to());
    await performed(store.writer.perform, store.settings.put(compacted_to, String(to)));
    point.reached(to);
    if (await isKnown(on, isStopping)) await removeBefore(on, to, isStopping);
  };
  return startRounds(round, { every_ms: limits.purge_ms, closing_ms: limits.purge_closing_ms, onFault, duty });
}

const pause = () => Bun.sleep(limits.purge_pause_ms);

/** Waits for all to know; false where it is stopped before. */
async function isKnown({ allKnow }: CompactionDependencies, isStopping: () => boolean): Promise<boolean> {
  while (!isStopping()) {
    if (await allKnow()) return !isStopping();
    await pause();
  }
  return false;
}

async function removeBefore(
  { store }: CompactionDependencies,
  before: number,
  isStopping: () => boolean,
): Promise<void> {
  const { tombstones, writer } = store;
  const { perform } = writer;
  for (const kind of tombstone_kinds) {
    for (let after: number | null = 0; after !== null && !isStopping(); ) {
      const slice: Slice = { after, before, limit: limits.purge_slice };
      const { rows, next }: FoundSlice = await tombstones.slice(kind, slice);
      if (rows.length > 0) await performed(perform, tombstones.remove(kind, { rows, before }));
      after = next;
      if (after !== null) await pause();
    }
  }
  const former = { before, limit: limits.purge_slice };
  while (!isStopping() && (await performed(perform, tombstones.forgetFormer(former))) > 0) await pause();
}
