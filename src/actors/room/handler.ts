// What a room's handler of a message is: the compiler wants one for every literal in the catalogue that names the
// fields by which its room is found.

import type { Channel, Member } from "../../domain/community.ts";
import { hasRule, type Rule } from "../../domain/permissions.ts";
import type { Message, ReplyBody, Request } from "../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import type { Reply } from "../kernel/system.ts";
import type { Requester } from "../session/calls.ts";
import type { Room } from "./room.ts";

export type RoomMessageType = Extract<Message, { room: readonly string[] }>["type"];

/** Answers through `reply`, once. The room takes the next message when it settles. */
export type RoomHandler<Name extends RoomMessageType> = (
  room: Room,
  request: Request<Name>,
  from: Requester,
  reply: Reply<ReplyBody<Name>>,
) => void | Promise<void>;

export type RoomHandlers<Name extends RoomMessageType = RoomMessageType> = { [N in Name]: RoomHandler<N> };

export interface Viewer {
  member: Member;
  channel: Channel;
}

/** What a stranger to the thing gets, whether it exists or not. */
export const notFound = () => failure("not_found", "There is no such thing, or you can't see it.");
export const forbidden = (rule: Rule) => failure("forbidden", `You may not do this: it wants '${rule}'.`);

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

/** The same in this turn, for one whom memory knows: who has just been asked about, or is subscribed. */
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
  return success({ member, channel });
}

/** Lets work go on after its handler has settled, so that the room can take the next message meanwhile. */
export function inBackground(room: Room, call: string, work: Promise<void>, reply: Reply<never>): void {
  room.underway(
    work.catch((error) => reply({ ok: false, error: room.on.onFault(error, { address: `room:${room.id}`, call }) })),
  );
}
