// What a room tells those who put an answer together out of several rooms: what somebody may see of it, and messages as
// they see them. It subscribes nobody.

import { firstIdHeard } from "../../domain/ids.ts";
import { notFound, success } from "../../protocol/outcome.ts";
import type { Reply, ReplyAt, RequestAt } from "../kernel/actor.ts";
import { asKnownViewer, asMember } from "./asker.ts";
import type { RoomCalls } from "./calls.ts";
import type { Room } from "./room.ts";
import { messageView } from "./views.ts";

type Asked<Name extends keyof RoomCalls> = RequestAt<RoomCalls, Name>;
type Answer<Name extends keyof RoomCalls> = Reply<ReplyAt<RoomCalls, Name>>;

/** In this turn where memory knows them. */
export function answerVisible(
  room: Room,
  { user_id, to_read = false }: Asked<"visible">,
  reply: Answer<"visible">,
): void | Promise<void> {
  const answer = () => {
    const member = room.knownMember(user_id);
    if (!member) return reply(notFound());
    const viewable = [...room.structure.visibleTo(member)];
    const channel_ids = to_read ? viewable.filter((id) => mayRead(room, user_id, id)) : viewable;
    reply(success({ channel_ids, since: firstIdHeard(member) }));
  };
  return room.knownMember(user_id) ? answer() : room.member(user_id).then(answer);
}

/** Whether they may is decided after the reading, in the turn of the answer. */
export async function answerShown(
  room: Room,
  { user_id, message_ids }: Asked<"shown">,
  reply: Answer<"shown">,
): Promise<void> {
  const found = await room.on.store.messages.byIds(message_ids);
  const member = await asMember(room, user_id);
  if (!member.ok) return reply(member);
  const { said } = room.on.nature;
  const readable = found.filter(({ channel_id }) => mayRead(room, user_id, channel_id));
  reply(success({ messages: readable.map((message) => said(messageView(message, user_id))) }));
}

const mayRead = (room: Room, user_id: number, channel_id: number) =>
  asKnownViewer(room, user_id, channel_id, "read_history").ok;
