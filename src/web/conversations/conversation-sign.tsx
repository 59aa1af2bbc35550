// A conversation as a sign: of two, the other with their presence; of a group, its picture or its letters.

import { Avatar } from "../parts/avatar.tsx";
import { type Conversation, otherOf, titleOf } from "../state/conversations.ts";
import { personOf } from "../state/people.ts";

export function ConversationSign({ conversation, size }: { conversation: Conversation; size: number }) {
  const other = otherOf(conversation);
  const name = titleOf(conversation);
  if (!other) return <Avatar id={conversation.id} name={name} picture={conversation.image} size={size} is_server />;
  const status = conversation.state === "open" ? (personOf(other.user_id).status ?? undefined) : undefined;
  return <Avatar id={other.user_id} name={other.name} picture={other.profile_pic} size={size} status={status} />;
}
