// Who had what done. The entry of an operation is part of the job that changes the database: neither is stored without
// the other. Where nothing of the database changes, the entry is stored alone, before it is done.
// Must not be given what was said, or is secret: ids, and values of settings.

import type { Write } from "../db/engine/write.ts";
import type { OperationEntry } from "../db/queries/operations.ts";
import type { OperationName } from "./catalogue.ts";
import type { Operator } from "./operation.ts";
import type { OperatorServices } from "./services.ts";

export interface Done {
  type: OperationName;
  by: Operator;
  /** Whom it concerns. */
  user_id?: number | null;
  details?: OperationEntry["details"];
}

/** The write, with the entry of the operation at the end of its job. */
export function audited<Stored>(
  on: Pick<OperatorServices, "store" | "ids" | "clock">,
  done: Done,
  write: Write<Stored>,
): Write<Stored> {
  return { ...write, job: [...write.job, on.store.operations.entry(entryOf(on, done))] };
}

/** The write of the entry alone. */
export function noted(on: Pick<OperatorServices, "store" | "ids" | "clock">, done: Done): Write<true> {
  return on.store.operations.note(entryOf(on, done));
}

function entryOf(
  { ids, clock }: Pick<OperatorServices, "ids" | "clock">,
  { type, by, user_id = null, details = {} }: Done,
): OperationEntry {
  const actor_id = by.door === "http" ? by.id : null;
  return { id: ids.next(), type, door: by.door, actor_id, user_id, details, created_at: clock() };
}
