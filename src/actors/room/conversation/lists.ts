// What one member does with a conversation in their own list: closing it, and taking a stranger's request. It changes
// nothing for anybody else.

import type { Write } from "../../../db/engine/write.ts";
import type { SavedConversation } from "../../../db/queries/conversation-writes.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { notFound, success } from "../../../protocol/outcome.ts";
import { nobodys } from "../../commit/commit.ts";
import { conversationView } from "../../conversation-view.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import type { ConversationMessageType } from "../handler.ts";
import { catchUp } from "../self-news.ts";
import type { ConversationRoom } from "./conversation-room.ts";

/** Answers through `reply`, once; nothing of it holds up other messages. */
export interface ConversationHandler<Name extends ConversationMessageType> {
  readonly mode: "beside";
  run(room: ConversationRoom, request: Request<Name>, from: Requester, reply: Reply<ReplyBody<Name>>): Promise<void>;
}

export const listHandlers: { close_conversation: ConversationHandler<"close_conversation"> } = {
  close_conversation: {
    mode: "beside",
    async run(room, _request, from, reply) {
      if (!(await room.member(from.id))) return reply(notFound());
      const { self } = await changeOwn(room, from, room.on.store.conversations.close);
      reply(success({}));
      room.written(self);
    },
  },
};

/** Takes a request, and answers with the conversation as it then is. */
export async function accept(
  room: ConversationRoom,
  from: Requester,
  reply: Reply<ReplyBody<"update_conversation">>,
): Promise<void> {
  const { self } = await changeOwn(room, from, room.on.store.conversations.accept);
  await answerView(room, from, reply).finally(() => room.written(self));
}

/** Read after the commit, so that it is never older than what is told. */
export async function answerView(
  room: ConversationRoom,
  from: Requester,
  reply: Reply<ReplyBody<"update_conversation">>,
): Promise<void> {
  const row = await room.on.store.conversations.view(room.id, from.id);
  reply(row ? success({ conversation: conversationView(row) }) : notFound());
}

async function changeOwn(
  room: ConversationRoom,
  { id: user_id }: Requester,
  write: (of: { id: number; user_id: number; seq: number }) => Write<SavedConversation>,
): Promise<SavedConversation> {
  let saved: SavedConversation = { self: [] };
  await room.on.commit(nobodys, {
    write: () => write({ id: room.id, user_id, seq: room.on.ids.next() }),
    unsure: () => catchUp(room.on.actors, [user_id]),
    answer: (stored) => {
      saved = stored;
    },
  });
  return saved;
}
