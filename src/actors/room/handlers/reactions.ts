// Reactions: each user's own, one of each emoji, a bounded number of kinds to a message.

import type { Write } from "../../../db/engine/write.ts";
import type { ChatMessage, Reaction } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { isEmoji, qualifiedEmoji } from "../../../domain/message-text.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { RoomHandlers } from "../handler.ts";
import { type MessageChange, messageChange } from "../messages/message-change.ts";
import type { Room } from "../room.ts";
import { messageView } from "../views.ts";

type Change = MessageChange<ReplyBody<"add_reaction">>;

/** What is reacted to is answered whole, so it wants the right to read it. */
const rules = ["read_history", "add_reactions"] as const;

export const reactionHandlers: RoomHandlers<"add_reaction" | "remove_reaction"> = {
  add_reaction: messageChange(rules, (room, { emoji }, { message }, from) => {
    if (isEmoji(emoji)) return adding(room, message, qualifiedEmoji(emoji), from.id);
    return failure("bad_request", "A reaction is a character, or a name without spaces.", { path: "data.emoji" });
  }),

  remove_reaction: messageChange(rules, (room, { emoji }, { message }, from) =>
    removing(room, message, qualifiedEmoji(emoji), from.id),
  ),
};

function adding(room: Room, message: ChatMessage, qualified: string, user_id: number): Outcome<Change> {
  const standing = standingOf(message, qualified, user_id);
  const emoji = standing?.emoji ?? qualified;
  if (standing?.user_ids.includes(user_id)) return success({ value: { message: messageView(message, user_id) } });
  if (!standing && message.reactions.length >= limits.reaction_kinds) {
    const reason = `A message has at most ${limits.reaction_kinds} kinds of reactions.`;
    return failure("limit_reached", reason, { limit: "reaction_kinds" });
  }
  const grown = { emoji, user_ids: [...(standing?.user_ids ?? []), user_id] };
  const reactions = standing
    ? message.reactions.map((reaction) => (reaction === standing ? grown : reaction))
    : [...message.reactions, grown];
  const write = (seq: number) =>
    room.on.store.messages.addReaction({ message_id: message.id, emoji, user_id, created_at: room.on.clock(), seq });
  return success(changed(room, message, reactions, { emoji, user_id, added: true }, write));
}

function removing(room: Room, message: ChatMessage, qualified: string, user_id: number): Outcome<Change> {
  const standing = standingOf(message, qualified, user_id);
  if (!standing?.user_ids.includes(user_id)) return success({ value: { message: messageView(message, user_id) } });
  const { emoji } = standing;
  const shrunk = { emoji, user_ids: standing.user_ids.filter((id) => id !== user_id) };
  const reactions = message.reactions
    .map((reaction) => (reaction === standing ? shrunk : reaction))
    .filter(({ user_ids }) => user_ids.length > 0);
  const write = (seq: number) => room.on.store.messages.removeReaction({ message_id: message.id, emoji, user_id, seq });
  return success(changed(room, message, reactions, { emoji, user_id, added: false }, write));
}

/** The reaction with this emoji, in whichever form it was stored: the user's own, if there is one. */
function standingOf({ reactions }: ChatMessage, qualified: string, user_id: number): Reaction | undefined {
  const same = reactions.filter(({ emoji }) => emoji === qualified || qualifiedEmoji(emoji) === qualified);
  return same.find(({ user_ids }) => user_ids.includes(user_id)) ?? same[0];
}

function changed(
  room: Room,
  message: ChatMessage,
  reactions: Reaction[],
  reaction: { emoji: string; user_id: number; added: boolean },
  write: (seq: number) => Write<boolean>,
): Change {
  const after = { ...message, reactions };
  const { id, channel_id } = message;
  const counts = messageView(after, null).reactions;
  const tell = (seq: number) =>
    room.tellChannel("message_changed", channel_id, seq, { id, channel_id, reactions: counts, reaction });
  return { value: { message: messageView(after, reaction.user_id) }, change: { after, write, tell } };
}
