// All that is done to the database in the background, started together.
// Must not decide anything: what is purged, compacted and indexed, and when, each says for itself.

import type { Store } from "../store.ts";
import { startCompaction } from "./compaction.ts";
import type { Follower } from "./following.ts";
import { startIndexing } from "./indexing.ts";
import { startPurge } from "./purge.ts";
import type { Rounds } from "./rounds.ts";

export interface UpkeepDependencies {
  store: Store;
  /** How long what ended is kept, in milliseconds. */
  tombstone_age_ms: number;
  /** Other processes use the database. */
  is_shared: boolean;
  clock(): number;
  onFault(error: unknown): void;
}

export interface Upkeep {
  rounds: Rounds[];
  /** What ended before this `seq` may have left no tombstone. */
  compactedTo(): number;
  /** Follows how far other processes have compacted. */
  compaction: Follower;
}

export async function startUpkeep(on: UpkeepDependencies): Promise<Upkeep> {
  const compaction = await startCompaction({ ...on, age_ms: on.tombstone_age_ms });
  return { rounds: [startPurge(on), startIndexing(on), compaction], compactedTo: compaction.to, compaction };
}
