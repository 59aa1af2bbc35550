// What a change of a server comes to once it is decided: rows to write, an answer, and what others are told. The room
// makes it so, all or nothing.

import type { RoomChanges } from "../../db/queries/rooms.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import type { PlannedEvent } from "./structure/audience.ts";

/** Who leaves gets the `seq` of their own topic when the rows are stored. */
export type PlannedRows = Omit<RoomChanges, "now" | "sight_seq" | "left_members"> & {
  left_members?: { user_id: number; seq: number }[];
};

/** What a change writes, answers and tells. */
export interface Plan<Value> {
  /** Without any, nothing is written and nobody is told. */
  rows: PlannedRows;
  /** One use of it is spent for the one new member in `rows`. */
  invite_code?: string;
  /** Made after the rows are applied. */
  value: () => Value;
  /** In the order of their `seq`. Made after the rows are applied. */
  events?: () => PlannedEvent[];
}

/** Decides on a change, in its turn: nothing else of the structure or the members changes until it is made. */
export type Decide<Value> = (nextSeq: () => number) => Outcome<Plan<Value>> | Promise<Outcome<Plan<Value>>>;
