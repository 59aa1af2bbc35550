// Messages: editing and deleting them, and all handlers of their family together.

import type { ChatMessage } from "../../../domain/community.ts";
import type { EventData } from "../../../protocol/community/events.ts";
import type { message_messages } from "../../../protocol/community/messages.ts";
import { failure, success } from "../../../protocol/outcome.ts";
import { forbidden } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { append, type RoomHandlers } from "../handler.ts";
import { checkedContent } from "../messages/compose.ts";
import { mentionsOf } from "../messages/mentions.ts";
import { messageChange } from "../messages/message-change.ts";
import { messageView } from "../views.ts";
import { addMessage } from "./add-message.ts";
import { reactionHandlers } from "./reactions.ts";
import { readingInRoomHandlers } from "./reading.ts";

type MessageHandlers = RoomHandlers<Extract<(typeof message_messages)[number], { room: readonly string[] }>["type"]>;

export const messageHandlers: MessageHandlers = {
  ...reactionHandlers,
  ...readingInRoomHandlers,
  add_message: append(addMessage),

  update_message: messageChange(["send_messages"], async (room, request, { message, member, channel }, from) => {
    if (message.author_id !== from.id) return failure("forbidden", "Only its author may change a message.");
    const content = checkedContent(request.content, message.attachments.length > 0);
    if (!content.ok) return content;
    if (content.value === message.content) return success({ value: { message: messageView(message, from.id) } });
    const mentions = await mentionsOf(room, content.value, member, channel, message.reply_mention);
    // Who was there when it was written is mentioned, or isn't any more.
    const mentions_here = message.mentions_here && mentions.mentions_here;
    const changes = { ...mentions, mentions_here, content: content.value, edited_at: room.on.clock() };
    const after: ChatMessage = { ...message, ...changes };
    const edit = { id: message.id, author_id: from.id, ...changes };
    return success({
      value: { message: messageView(after, from.id) },
      change: {
        after,
        write: (seq) => room.on.store.messages.edit({ ...edit, seq }),
        tell: (seq) => room.tellChannel("message_changed", channel.id, seq, editOf(message, after)),
      },
    });
  }),

  delete_message: messageChange([], (room, { reason }, { message, member, channel }, from) => {
    const { id, channel_id, author_id } = message;
    const may = author_id === from.id || room.structure.mayIn(member, channel, "manage_messages");
    if (!may) return forbidden("manage_messages");
    const noted = { reason, place_id: channel_id, before: { message_id: id } };
    return success({
      value: {},
      change: {
        after: null,
        write: (seq) => room.on.store.messages.remove({ id, user_id: from.id, seq, now: room.on.clock() }),
        ...(author_id !== from.id && { audit: entryOf(room, from, "message_deleted", author_id, noted) }),
        tell: (seq) => room.tellChannel("message_deleted", channel_id, seq, { id, channel_id }),
      },
    });
  }),
};

/** What an edit changed. */
function editOf(before: ChatMessage, after: ChatMessage): EventData<"message_changed"> {
  const { id, channel_id, content, edited_date, mentions, mention_roles, mentions_all } = messageView(after, null);
  const { mentions_all: was } = messageView(before, null);
  return {
    ...{ id, channel_id, content, edited_date },
    ...(before.mentions.join() !== after.mentions.join() && { mentions }),
    ...(before.mention_roles.join() !== after.mention_roles.join() && { mention_roles }),
    ...(mentions_all !== was && { mentions_all }),
  };
}
