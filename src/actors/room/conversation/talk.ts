// Messages in a conversation: as in a server's channel, but that between two a block, the end of an account, whose first message
// is taken or too many requests that wait may stand. Only the commit decides on that; what it refused is looked at once more, to say why.

import type { Hindrance } from "../../../db/queries/conversations.ts";
import { conversation_pin_rules, not_taken } from "../../../domain/conversations.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import { asViewer } from "../asker.ts";
import { beside, type RoomHandler, type RoomMessageType } from "../handler.ts";
import { messageHandlers } from "../handlers/messages.ts";
import { pinHandlersWith } from "../handlers/pins.ts";
import type { Room } from "../room.ts";
import type { ConversationRoom } from "./conversation-room.ts";

const hindrances: Record<Hindrance, Outcome<never>> = {
  blocked: failure("blocked", "One of you has blocked the other."),
  gone: failure("forbidden", "They have no account any more."),
  unasked: failure("forbidden", "Bots write first to nobody."),
  unwanted: failure("forbidden", not_taken),
  full: failure("limit_reached", "Too many requests wait for them.", { limit: "conversation_requests_per_user" }),
};

/** What a refused commit is answered with, whatever it was refused for. */
const unexplained: ReadonlySet<string> = new Set(["unavailable", "not_found"]);

const { typing, add_message, update_message, add_reaction, delete_message } = messageHandlers;
const { pin_message, unpin_message, get_pins } = pinHandlersWith(conversation_pin_rules);

export const talkHandlers = {
  get_message_chunk: messageHandlers.get_message_chunk,
  get_message: messageHandlers.get_message,
  search_messages: messageHandlers.search_messages,
  mark_read: messageHandlers.mark_read,
  remove_reaction: messageHandlers.remove_reaction,
  add_message: explained(add_message, true),
  update_message: explained(update_message),
  add_reaction: explained(add_reaction),
  pin_message: explained(pin_message),
  unpin_message,
  get_pins,

  // What was the last message may be another one now.
  delete_message: answeredWith(delete_message, (room, _from, reply) => (outcome) => {
    reply(outcome);
    if (outcome.ok) (room as ConversationRoom).catchUp();
  }),

  typing: beside<"typing">(async (room, request, from, reply) => {
    const viewer = await asViewer(room, from.id, request.channel_id, "send_messages");
    if (!viewer.ok) return reply(viewer);
    if (await room.on.store.conversations.isTaken(room.id, from.id)) return typing.run(room, request, from, reply);
    reply(success({}));
  }),
};

type Answering<Name extends RoomMessageType> = (
  room: Room,
  from: Requester,
  reply: Reply<ReplyBody<Name>>,
) => Reply<ReplyBody<Name>>;

function answeredWith<Name extends RoomMessageType>(
  { mode, run }: RoomHandler<Name>,
  answering: Answering<Name>,
): RoomHandler<Name> {
  return { mode, run: (room, request, from, reply) => run(room, request, from, answering(room, from, reply)) };
}

/** What hinders nobody in anything but saying something first. */
const of_first: ReadonlySet<Hindrance | null> = new Set(["unwanted", "full"]);

/** Says what hindered it, where something did. */
function explained<Name extends RoomMessageType>(handler: RoomHandler<Name>, is_saying = false): RoomHandler<Name> {
  return answeredWith(handler, (room, from, reply) => (outcome) => {
    if (outcome.ok || !unexplained.has(outcome.error.code) || !room.knownMember(from.id)) return reply(outcome);
    const looking = room.on.store.conversations.hindrance(room.id, from.id);
    const explain = (hindrance: Hindrance | null) =>
      reply(hindrance === null || (of_first.has(hindrance) && !is_saying) ? outcome : hindrances[hindrance]);
    room.underway(looking.catch(() => null).then(explain));
  });
}
