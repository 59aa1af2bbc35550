// What a change means to those who came or went by it: `server_added` and `server_deleted` on their own topics, which are
// the people's to tell. The room stores the rows and hints.

import type { SelfSeq } from "../../db/queries/rooms.ts";
import type { Server } from "../../domain/community.ts";
import type { Unsure } from "../commit/commit.ts";
import type { Plan } from "./plan.ts";
import type { Room } from "./room.ts";

export interface SelfNews {
  /** Tells each of those who came or went, under the number that their row got. */
  tell(self: readonly SelfSeq[], server: Server): void;
  unsure: Unsure;
}

export function selfNews({ on: { actors }, id: server_id }: Room, { rows, invite_code }: Plan<unknown>): SelfNews {
  const come = invite_code === undefined ? [] : (rows.members ?? []);
  const user_ids = [...come, ...(rows.left_members ?? [])].map(({ user_id }) => user_id);
  return {
    tell(self, { id, name, image }) {
      const news = come.length > 0 ? { added: { id, name, image } } : { deleted: server_id };
      for (const { user_id, seq } of self) actors.tell("presence", "membership_changed", { user_id, seq, ...news });
    },
    unsure: unsureOf(actors, user_ids),
  };
}

/** People whose own topics a write of lost end may have changed. */
export function unsureOf(actors: Room["on"]["actors"], user_ids: readonly number[]): Unsure {
  const tellAll = (call: "hold" | "catch_up") => {
    if (user_ids.length > 0) actors.tell("presence", call, { user_ids });
  };
  return { hold: () => tellAll("hold"), catchUp: () => tellAll("catch_up") };
}
