// What a change of a server comes to once it is decided: rows to write, an answer, and what others are told. The room
// makes it so, all or nothing.

import type { Statement } from "../../db/engine/driver.ts";
import type { MadeNote } from "../../db/queries/made.ts";
import type { OwnUpload, RoomChanges } from "../../db/queries/rooms.ts";
import type { AuditEntry } from "../../domain/audit.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import type { PlannedEvent } from "./structure/audience.ts";

export type PlannedRows = Omit<
  RoomChanges,
  "now" | "sight_seq" | "known_seq" | "kept_overwrites" | "note" | "picture" | "audit" | "also"
>;

/** What a change writes, answers and tells. */
export interface Plan<Value> {
  /** Without any, nothing is written and nobody is told. */
  rows: PlannedRows;
  /** By what the one new member in `rows` comes in: one use of an invite is spent, unless it is null. */
  arrival?: { invite_code: string | null };
  /** The upload that the server shows from now on. */
  picture?: OwnUpload;
  /** Under which nonce it makes what it makes. */
  note?: MadeNote;
  /** It may be made of a locked server, too. */
  while_locked?: true;
  /** What the audit log keeps of it. */
  audit?: AuditEntry[];
  /** What others want stored with it. */
  also?: readonly Statement[];
  /** Made after the rows are applied. */
  value: () => Value;
  /** In the order of their `seq`. Made after the rows are applied. */
  events?: () => PlannedEvent[];
}

/** Decides on a change, in its turn: nothing else of the structure or the members changes until it is made. */
export type Decide<Value> = (nextSeq: () => number) => Outcome<Plan<Value>> | Promise<Outcome<Plan<Value>>>;
