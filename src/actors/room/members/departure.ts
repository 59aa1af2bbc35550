// How a member goes. Of their own accord or not, the events are the same.

import type { Member } from "../../../domain/community.ts";
import { failure } from "../../../protocol/outcome.ts";
import { ownOverwritesAtParting } from "../handlers/overwrite-ends.ts";
import type { PlannedRows } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { partingOf } from "./parting.ts";

/** Part of a plan: the member's own sessions hear of it on their own topic, from the room. */
export function departure(
  room: Room,
  { user_id, role_ids }: Member,
  nextSeq: () => number,
  how: "leaves" | "is sent away",
): { rows: PlannedRows; events: () => PlannedEvent[] } {
  const { server } = room.structure;
  const parting = partingOf(room.structure, role_ids, how === "is sent away");
  const overwrites = ownOverwritesAtParting(room, user_id, parting.denials, nextSeq);
  const seq = nextSeq();
  return {
    rows: {
      ...overwrites.rows,
      // Its `seq` stays: `num_members` follows from the event, and brings none of its own.
      server: { ...server, num_members: server.num_members - 1 },
      left_members: [{ user_id, seq, role_ids: parting.role_ids }],
    },
    events: () => [...overwrites.events(), { type: "member_deleted", seq, data: { server_id: room.id, user_id } }],
  };
}

export const ownerStays = () =>
  failure("conflict", "The owner can't leave; transfer the server to another member, or delete it.");
