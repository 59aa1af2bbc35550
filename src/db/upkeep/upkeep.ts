// All that is done to the database in the background, started together.
// Must not decide anything: what is purged, compacted and indexed, and when, each says for itself.

import type { Store } from "../store.ts";
import { type CompactionDependencies, startCompaction } from "./compaction.ts";
import { startIndexing } from "./indexing.ts";
import { startPurge } from "./purge.ts";
import type { Rounds } from "./rounds.ts";

export interface UpkeepDependencies extends Omit<CompactionDependencies, "age_ms" | "store"> {
  store: Store;
  /** How long what ended is kept, in milliseconds. */
  tombstone_age_ms: number;
}

export function startUpkeep(on: UpkeepDependencies): Rounds[] {
  return [startPurge(on), startIndexing(on), startCompaction({ ...on, age_ms: on.tombstone_age_ms })];
}
