// What a conversation's room answers, by the type of the message: what there is of messages in a server, and what is a
// conversation's alone. Of everything else that a server has there is nothing here.

import { messages } from "../../../protocol/catalogue.ts";
import type { MessageLiteral } from "../../../protocol/message.ts";
import { notFound } from "../../../protocol/outcome.ts";
import type { AnyRoomHandler, RoomNature } from "../handler.ts";
import type { ConversationRoom } from "./conversation-room.ts";
import { groupHandlers } from "./groups.ts";
import { listHandlers } from "./lists.ts";
import { inConversation, said, saidAnswers } from "./said.ts";
import { talkHandlers } from "./talk.ts";

const nothing: AnyRoomHandler = { mode: "now", run: (_room, _request, _from, reply) => reply(notFound()) };

const of_rooms = (messages as readonly MessageLiteral[]).filter(({ room }) => room);
const absent = Object.fromEntries(of_rooms.map(({ type }) => [type, nothing]));
const talk = Object.fromEntries(Object.entries(talkHandlers).map(([type, handler]) => [type, said(handler as never)]));

export const ofConversations: RoomNature = {
  handlers: { ...absent, ...talk, ...listHandlers, ...groupHandlers } as RoomNature["handlers"],
  is_server: false,
  said: inConversation,
  worded: saidAnswers,
  takeInDepartures: (room) => room.gate.exclusively(() => (room as ConversationRoom).takeInDepartures()),
};
