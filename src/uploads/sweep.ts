// The sweep: removes uploads that nothing has referred to since they were old enough, the row first and then its bytes.
// The row goes only if nothing refers to it at that very moment.
// Must not touch bytes that no row knows: with another database, or one from a backup, those would be everybody's.

import { performed } from "../db/engine/write.ts";
import type { Store } from "../db/store.ts";
import type { Duty } from "../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import type { Upload } from "../domain/community.ts";
import { limits } from "../domain/limits.ts";
import type { Log } from "../telemetry/log.ts";
import type { Files } from "./files.ts";
import { removeKept } from "./kept.ts";

export interface SweepDependencies {
  store: Pick<Store, "uploads" | "writer">;
  files: Files;
  duty: Duty;
  log: Log;
  clock(): number;
}

/** Sweeps now, and then again and again. */
export function startSweep(on: SweepDependencies): Rounds {
  return startRounds((isStopping) => sweep(on, isStopping), {
    every_ms: limits.upload_sweep_ms,
    closing_ms: limits.upload_sweep_closing_ms,
    onFault: (error) => on.log.error({ err: error }, "a sweep of the uploads broke off"),
    duty: on.duty,
  });
}

/** What takes away all that a user has uploaded and nothing shows. */
export const clearing =
  (on: SweepDependencies) =>
  (user_id: number, isStopping: () => boolean): Promise<void> =>
    clear(on, user_id, isStopping);

async function clear(on: SweepDependencies, user_id: number, isStopping: () => boolean): Promise<void> {
  const limit = limits.upload_sweep_slice;
  for (let after: number | null = 0; after !== null; ) {
    const slice = await on.store.uploads.allOf(user_id, after, limit);
    for (const upload of slice) {
      if (isStopping()) return;
      if (!upload.is_referenced) await remove(on, upload);
    }
    after = slice.length < limit ? null : (slice.at(-1)?.id ?? null);
  }
}

async function remove({ store, files }: SweepDependencies, upload: Upload): Promise<void> {
  const { is_gone, is_last } = await performed(store.writer.perform, store.uploads.remove(upload));
  if (is_gone) await removeKept(files, upload, is_last);
}

async function sweep(on: SweepDependencies, isStopping: () => boolean): Promise<void> {
  const { store, clock } = on;
  const older_than = clock() - limits.upload_orphan_age_ms;
  for (let slices = 0; slices < limits.upload_sweep_slices; slices += 1) {
    const slice = isStopping() ? [] : await store.uploads.sweepable(older_than, limits.upload_sweep_slice);
    for (const upload of slice) {
      if (isStopping()) return;
      await remove(on, upload);
    }
    if (slice.length < limits.upload_sweep_slice) return;
  }
}
