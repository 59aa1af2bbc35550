// What somebody made here under a nonce: asked for again, the first is the answer, and nothing is made.

import { type MadeNote, noteOf } from "../../db/queries/made.ts";
import type { MadeKind } from "../../db/schema/people.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import type { Requester } from "../session/calls.ts";
import type { Plan } from "./plan.ts";
import type { Room } from "./room.ts";

/** What the asker made here under this nonce, as text; null when nothing. */
export function madeBefore(
  room: Room,
  { id: user_id }: Requester,
  kind: MadeKind,
  nonce: string | undefined,
): Promise<string | null> {
  return room.on.store.made.find({ user_id, kind, server_id: room.id, nonce });
}

/** The note that goes with what is made here. */
export function noteHere(
  room: Room,
  { id: user_id }: Requester,
  kind: MadeKind,
  nonce: string | undefined,
  made: number | string,
): MadeNote {
  return noteOf({ user_id, kind, server_id: room.id, nonce }, made, room.on.clock());
}

/** A plan of nothing but the answer; `conflict` where what was made has been deleted. */
export function madeAgain<Thing, Value>(thing: Thing | undefined, view: (thing: Thing) => Value): Outcome<Plan<Value>> {
  return thing === undefined ? deletedSince() : success({ rows: {}, value: () => view(thing) });
}

/** Making it again would bring back what somebody deleted. */
export const deletedSince = () => failure("conflict", "This was made before, and has been deleted since.");
