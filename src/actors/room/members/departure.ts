// How a member goes, of their own accord or not: the rows and the events are the same.

import { failure } from "../../../protocol/outcome.ts";
import { withoutAllowances } from "../handlers/overwrite-ends.ts";
import type { PlannedRows } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";

/** Part of a plan: the member's own sessions hear of it on their own topic, from the room. */
export function departure(
  room: Room,
  user_id: number,
  nextSeq: () => number,
): { rows: PlannedRows; events: () => PlannedEvent[] } {
  const { server } = room.structure;
  const allowances = withoutAllowances(room, user_id, nextSeq);
  const seq = nextSeq();
  return {
    rows: {
      ...allowances.rows,
      // Its `seq` stays: `num_members` follows from the event, and brings none of its own.
      server: { ...server, num_members: server.num_members - 1 },
      left_members: [{ user_id, seq }],
    },
    events: () => [...allowances.events(), { type: "member_deleted", seq, data: { server_id: room.id, user_id } }],
  };
}

export const ownerStays = () =>
  failure("conflict", "The owner can't leave; transfer the server to another member, or delete it.");
