// How a conversation looks on the wire to one of its members: in answers, and in the events of their own topic.

import type { ConversationRow } from "../db/queries/conversations.ts";
import type * as wire from "../protocol/community/entities.ts";

export function conversationView(row: ConversationRow): wire.Conversation {
  const { id, kind, channel_id, name, image, owner_id, created_at, members, last_message_id, state } = row;
  const created_date = new Date(created_at).toISOString();
  const shown = { id, kind, channel_id, name, image, owner_id, members, created_date, last_message_id };
  return { ...shown, state: state === "request" ? "request" : "open" };
}
