// Messages as they leave a conversation's room: rooms word all messages as those of their server, and this one is none.

import type { ReplyBody } from "../../../protocol/catalogue.ts";
import type * as wire from "../../../protocol/community/entities.ts";
import type { SyncedEvent } from "../../../protocol/community/sync.ts";
import { success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Answers } from "../calls.ts";
import type { RoomHandler, RoomMessageType } from "../handler.ts";

/** A message as its room words it, with the conversation's id in place of a server's. */
export function inConversation(message: wire.Message): wire.Message {
  const { server_id } = message;
  return server_id === null ? message : { ...message, server_id: null, conversation_id: server_id };
}

/** The handler of a server's room, whose answer's messages are those of the conversation. */
export function said<Name extends RoomMessageType>({ mode, run }: RoomHandler<Name>): RoomHandler<Name> {
  return { mode, run: (room, request, from, reply) => run(room, request, from, replySaid<Name>(reply)) };
}

function replySaid<Name extends RoomMessageType>(reply: Reply<ReplyBody<Name>>): Reply<ReplyBody<Name>> {
  return (outcome) => {
    if (!outcome.ok) return reply(outcome);
    const body = outcome.value as { message?: wire.Message; messages?: wire.Message[] };
    const { message, messages } = body;
    const worded = {
      ...body,
      ...(message && { message: inConversation(message) }),
      ...(messages && { messages: messages.map(inConversation) }),
    };
    reply(success(worded as ReplyBody<Name>));
  };
}

export function saidAnswers(answers: Answers): Answers {
  return Object.fromEntries(
    Object.entries(answers).map(([topic, answer]) => [
      topic,
      "events" in answer ? { ...answer, events: answer.events.map(saidEvent) } : answer,
    ]),
  );
}

function saidEvent(event: SyncedEvent): SyncedEvent {
  return event.type === "message_added" ? { ...event, data: inConversation(event.data) } : event;
}
