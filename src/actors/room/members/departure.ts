// How a member goes, and their bots with them. Of their own accord or not, the events are the same.

import type { Member } from "../../../domain/community.ts";
import { failure } from "../../../protocol/outcome.ts";
import { ownOverwritesAtParting } from "../handlers/overwrite-ends.ts";
import type { Plan, PlannedRows } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { partingOf } from "./parting.ts";

/** The member, and the bots that are theirs: none stays without whose it is. */
export async function withBots({ id, on }: Room, member: Member): Promise<Member[]> {
  return member.bot ? [member] : [member, ...(await on.store.rooms.botsOf(id, member.user_id))];
}

/** Part of a plan: the sessions of those who go hear of it on their own topics, from the room. */
export function departure(
  room: Room,
  going: readonly Member[],
  nextSeq: () => number,
  how: "leaves" | "is sent away",
): { rows: PlannedRows; events: () => PlannedEvent[] } {
  const { server } = room.structure;
  const parting = going.map(({ user_id, role_ids }) => {
    return { user_id, ...partingOf(room.structure, role_ids, how === "is sent away") };
  });
  const overwrites = ownOverwritesAtParting(room, parting, nextSeq);
  const left_members = parting.map(({ user_id, role_ids }) => ({ user_id, seq: nextSeq(), role_ids }));
  return {
    rows: {
      ...overwrites.rows,
      // Its `seq` stays: `num_members` follows from the event, and brings none of its own.
      server: { ...server, num_members: server.num_members - left_members.length },
      left_members,
    },
    events: () => [
      ...overwrites.events(),
      ...left_members.map(({ user_id, seq }) => {
        return { type: "member_deleted" as const, seq, data: { server_id: room.id, user_id } };
      }),
    ],
  };
}

/** Part of a plan: what ends of those who are sent away besides. */
export function endedWith(
  room: Room,
  going: readonly { user_id: number }[],
): { rows: PlannedRows; also: NonNullable<Plan<unknown>["also"]> } {
  return { rows: { ended_invites: going.map(({ user_id }) => user_id) }, also: webhookEnds(room, going) };
}

/** Part of a plan: the webhooks that these made say nothing any more. */
export function webhookEnds({ id, on }: Room, makers: readonly { user_id: number }[]) {
  return makers.map(({ user_id }) => on.store.webhooks.endsOf(id, user_id));
}

export const ownerStays = () =>
  failure("conflict", "The owner can't leave; transfer the server to another member, or delete it.");
