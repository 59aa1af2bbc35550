// What a change means to those who came or went by it: `server_added` and `server_deleted` on their own topics, which are
// the people's to tell. The room stores the rows and hints.

import type { SelfSeq } from "../../db/queries/self-topics.ts";
import type { Server } from "../../domain/community.ts";
import type { Plan } from "./plan.ts";
import type { Room } from "./room.ts";

export interface SelfNews {
  /** Tells each of those who came or went, under the number that their row got. */
  tell(self: readonly SelfSeq[], server: Server): void;
  unsure(): void;
}

export function selfNews({ on: { actors }, id: server_id }: Room, { rows, arrival }: Plan<unknown>): SelfNews {
  const come = arrival === undefined ? [] : (rows.members ?? []);
  const user_ids = [...come, ...(rows.left_members ?? [])].map(({ user_id }) => user_id);
  return {
    tell(self, { id, name, image }) {
      const news = come.length > 0 ? { added: { id, name, image } } : { deleted: server_id };
      for (const of_self of self) actors.tell("presence", "membership_changed", { ...of_self, ...news });
    },
    unsure: () => catchUp(actors, user_ids),
  };
}

/** Of people whose own topics a write of lost end may have changed. */
export function catchUp(actors: Room["on"]["actors"], user_ids: readonly number[]): void {
  if (user_ids.length > 0) actors.tell("presence", "catch_up", { user_ids });
}
