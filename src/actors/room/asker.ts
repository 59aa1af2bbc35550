// Who asks something of a room, and whether they may. If they may not know that something exists, they get the reply
// for something that doesn't.

import type { Channel, Member } from "../../domain/community.ts";
import { hasRule, type Rule } from "../../domain/permissions.ts";
import { silencedUntil } from "../../domain/timeouts.ts";
import { failure, notFound, type Outcome, success } from "../../protocol/outcome.ts";
import type { Room } from "./room.ts";

export interface Viewer {
  member: Member;
  channel: Channel;
}

export const forbidden = (rule: Rule) => failure("forbidden", `You may not do this: it wants '${rule}'.`);

/** Why nothing of the server may change now; null where it may. Said only to who might make the change otherwise. */
export function lockOf({ structure }: Room): Outcome<never> | null {
  if (structure.server.locked_at === null) return null;
  return failure("locked", "The server has no owner any more: it can be read, and not changed.");
}

/** The refusal of somebody who is timed out, or whose bot it is, where they ask for what wants these rules. */
export function silenced(room: Room, member: Member, rules: readonly Rule[]): Outcome<never> | null {
  const of_owner = member.bot?.owner ? silenced(room, member.bot.owner, rules) : null;
  if (of_owner || member.timed_out_until === null) return of_owner;
  const is_owner = member.user_id === room.structure.server.owner_id;
  const until = silencedUntil(member, is_owner, rules, room.on.clock());
  return until === null ? null : failure("forbidden", "You are timed out.", { until: new Date(until).toISOString() });
}

/** The asker as a member; `not_found` for everybody else. */
export async function asMember(room: Room, user_id: number): Promise<Outcome<Member>> {
  const member = await room.member(user_id);
  return member ? success(member) : notFound();
}

/** The asker as a member who has the rule in the server at large. */
export async function asMemberWith(room: Room, user_id: number, rule: Rule): Promise<Outcome<Member>> {
  const member = await room.member(user_id);
  if (!member) return notFound();
  return room.structure.may(member, rule) ? success(member) : forbidden(rule);
}

/**
 * The channel and the asker as its viewer: `not_found` when it can't be viewed, `forbidden` without one of `rules`. At
 * once where memory knows the asker.
 */
export function asViewer(
  room: Room,
  user_id: number,
  channel_id: number,
  ...rules: readonly Rule[]
): Outcome<Viewer> | Promise<Outcome<Viewer>> {
  return room.knownMember(user_id)
    ? asKnownViewer(room, user_id, channel_id, ...rules)
    : asReadViewer(room, user_id, channel_id, ...rules);
}

async function asReadViewer(
  room: Room,
  user_id: number,
  channel_id: number,
  ...rules: readonly Rule[]
): Promise<Outcome<Viewer>> {
  await room.member(user_id);
  return asKnownViewer(room, user_id, channel_id, ...rules);
}

/** The same in this turn, for a user whom memory knows: one just asked about, or subscribed. */
export function asKnownViewer(
  room: Room,
  user_id: number,
  channel_id: number,
  ...rules: readonly Rule[]
): Outcome<Viewer> {
  const member = room.knownMember(user_id);
  const channel = room.structure.channel(channel_id);
  if (!member || !channel) return notFound();
  const held = room.structure.rulesIn(member, channel);
  if (!hasRule(held, "view_channel")) return notFound();
  for (const rule of rules) {
    if (!hasRule(held, rule)) return forbidden(rule);
  }
  return silenced(room, member, rules) ?? success({ member, channel });
}
