// The sweep: removes uploads that nothing has referred to since they were old enough, the row first and then, if no
// other upload has the same bytes, the bytes. The row goes only if nothing refers to it at that very moment.
// Must not touch bytes that no row knows: with another database, or one from a backup, those would be everybody's.

import { performed } from "../db/engine/write.ts";
import type { Store } from "../db/store.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { limits } from "../domain/limits.ts";
import type { Locks } from "../domain/locks.ts";
import type { Log } from "../telemetry/log.ts";
import type { Files } from "./files.ts";

export interface SweepDependencies {
  store: Pick<Store, "uploads" | "writer">;
  files: Files;
  /** Shared with what stores uploads, by hash. */
  locks: Locks;
  log: Log;
  clock(): number;
}

/** Sweeps now, and then again and again. */
export function startSweep(on: SweepDependencies): Rounds {
  return startRounds((isStopping) => sweep(on, isStopping), {
    every_ms: limits.upload_sweep_ms,
    closing_ms: limits.upload_sweep_closing_ms,
    onFault: (error) => on.log.error({ err: error }, "a sweep of the uploads broke off"),
  });
}

async function sweep({ store, files, locks, clock }: SweepDependencies, isStopping: () => boolean): Promise<void> {
  const older_than = clock() - limits.upload_orphan_age_ms;
  for (let slices = 0; slices < limits.upload_sweep_slices; slices += 1) {
    const slice = isStopping() ? [] : await store.uploads.sweepable(older_than, limits.upload_sweep_slice);
    for (const { id, hash } of slice) {
      if (isStopping()) return;
      // An upload of the same bytes waits, and then stores them anew.
      await locks.hold(hash, async () => {
        const is_nobodys = await performed(store.writer.perform, store.uploads.remove({ id, hash }));
        if (is_nobodys) await files.remove(hash);
      });
    }
    if (slice.length < limits.upload_sweep_slice) return;
  }
}
