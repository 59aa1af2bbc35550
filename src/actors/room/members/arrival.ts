// How somebody comes into a server: what keeps them out, with what they come back, and what is told of it.

import type { BotMembership, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { SeenStatus } from "../../../domain/presence.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import { type MemberProfile, memberView } from "../views.ts";
import { rolesGivenBack } from "./parting.ts";
import { profileOf } from "./profiles.ts";

/** Part of a plan, and who comes by it. */
export type Arrival = Required<Pick<Plan<unknown>, "rows" | "events">> & { member: Member };

/** A bot isn't kept out where people can't come in just now: it is brought by who manages the server. */
export async function arrivalOf(
  room: Room,
  { user_id, bot }: { user_id: number; bot: BotMembership | null },
  nextSeq: () => number,
): Promise<Outcome<Arrival>> {
  const refused = await refusal(room, user_id, bot !== null);
  if (refused) return refused;
  const profile = await profileOf(room, user_id, user_id);
  if (!profile.ok) return profile;
  const hides_from = new Set(await room.on.store.friendships.blockedBy(user_id));
  const { rooms } = room.on.store;
  const role_ids = rolesGivenBack(room.structure, await rooms.formerRoles(room.id, user_id));
  const timed_out_until = await rooms.formerTimeout(room.id, user_id);
  const joined = { joined_at: room.on.clock(), joined_seq: nextSeq() };
  const member = { user_id, nickname: null, role_ids, ...joined, timed_out_until, bot, seq: joined.joined_seq };
  return success({ member, ...withMember(room, member, profile.value, hides_from) });
}

async function refusal(room: Room, user_id: number, is_bot: boolean): Promise<Outcome<never> | null> {
  if (await room.on.store.rooms.ban(room.id, user_id)) {
    return failure("forbidden", is_bot ? "The bot is banned from this server." : "You are banned from this server.");
  }
  if (room.structure.server.joins === "paused" && !is_bot) {
    return failure("forbidden", "Nobody can join this server just now.");
  }
  if ((await room.on.store.rooms.countOf(user_id)) < limits.servers_per_user) return null;
  const full = is_bot ? "The bot is in too many servers." : "You are in too many servers.";
  return failure("limit_reached", full, { limit: "servers_per_user" });
}

function withMember(
  room: Room,
  member: Member,
  profile: MemberProfile,
  hides_from: ReadonlySet<number>,
): Omit<Arrival, "member"> {
  const { server: standing } = room.structure;
  // Its `seq` stays: `num_members` follows from the event, and brings none of its own.
  const server = { ...standing, num_members: standing.num_members + 1 };
  const addedAs = (status: SeenStatus) => ({ server_id: room.id, member: memberView(member, { ...profile, status }) });
  return {
    rows: { server, members: [member] },
    events: () => [
      {
        type: "member_added",
        seq: member.seq,
        data: addedAs(profile.status),
        ...(hides_from.size > 0 && { hiding: { from: hides_from, data: addedAs("offline") } }),
      },
    ],
  };
}
