// Conversations in the cache: what events and replies do to them. They stand in the order of activity, each with what is
// unread in it, which the server counts anew whenever something was said or read there.

import type { Conversation } from "../protocol/community/entities.ts";
import type { EventData } from "../protocol/community/events.ts";
import { type Cache, type CachedConversation, END, loadKey, reachSeq, type Turn, wantLoad } from "./cache.ts";
import type { EventType, MessageType, ReplyBody, Request } from "./contract.ts";
import { forgetWindow, listUser, releaseUser } from "./forgetting.ts";

type ConversationEvent = Extract<EventType, `conversation_${string}`>;

export const conversation_steps: {
  readonly [Name in ConversationEvent]: (turn: Turn, data: EventData<Name>) => void;
} = {
  conversation_added: (turn, { conversation }) => putConversation(turn, conversation),
  conversation_changed: (turn, { conversation }) => {
    const { conversations, conversations_from } = turn.kept.cache;
    const known = conversations?.get(conversation.id);
    if (known) return putConversation(turn, { ...known, ...conversation });
    // It was below what is loaded, and may be at the top now.
    if (conversations && conversations_from > 0) {
      wantLoad(turn, { type: "get_conversations", parameters: { amount: 1, anchor: 0 } });
    }
  },
  conversation_deleted: (turn, { conversation_id }) => dropConversation(turn, conversation_id),
};

type ReplySteps = {
  readonly [Name in MessageType]?: (turn: Turn, asked: Request<Name>, reply: ReplyBody<Name>) => void;
};

export const conversation_replies: ReplySteps = {
  get_conversations: (turn, { anchor }, { conversations, next_anchor, seq }) => {
    const { cache } = turn.kept;
    const from = cache.conversations ? cache.conversations_from : END;
    if (anchor !== 0 && anchor < from) return;
    cache.conversations ??= new Map();
    const [top, bottom] = [anchor === 0 ? END : anchor, next_anchor ?? 0];
    const listed = new Set(conversations.map(({ id }) => id));
    for (const known of [...cache.conversations.values()]) {
      const at = activityOf(known);
      if (at < top && at >= bottom && !listed.has(known.id)) dropConversation(turn, known.id);
    }
    for (const conversation of conversations) putConversation(turn, conversation);
    cache.conversations_from = Math.min(from, bottom);
    reachSeq(turn, "self", seq);
    turn.changes.push({ kind: "conversations" });
  },
  open_conversation: (turn, _asked, { conversation }) => putConversation(turn, conversation),
  update_conversation: (turn, _asked, { conversation }) => putConversation(turn, conversation),
  add_conversation_member: (turn, _asked, { conversation }) => putConversation(turn, conversation),
};

/** What the list is ordered by. */
export const activityOf = ({ id, last_message_id }: Pick<Conversation, "id" | "last_message_id">) =>
  last_message_id ?? id;

/** Takes the counts of a channel, if it is a conversation's. */
export function takeCounts(
  turn: Turn,
  { channel_id, unread, mentions }: ReplyBody<"get_read_state">["channels"][number],
): void {
  const { conversations } = turn.kept.cache;
  const known = ofChannel(turn.kept.cache, channel_id);
  if (!known || (known.unread === unread && known.mentions === mentions)) return;
  conversations?.set(known.id, { ...known, unread, mentions });
  turn.changes.push({ kind: "conversations" });
}

/** How far one has read in the channel is another now. */
export function recount(turn: Turn, channel_id: number): void {
  const known = ofChannel(turn.kept.cache, channel_id);
  if (known) wantCounts(turn, known.id);
}

/** Somebody's name or picture changed. */
export function renameIn(turn: Turn, user_id: number, changes: { name?: string; profile_pic?: string | null }): void {
  const { conversations } = turn.kept.cache;
  if (Object.keys(changes).length === 0) return;
  for (const [id, known] of conversations ?? []) {
    if (!known.members.some((member) => member.user_id === user_id)) continue;
    const members = known.members.map((member) => (member.user_id === user_id ? { ...member, ...changes } : member));
    conversations?.set(id, { ...known, members });
    turn.changes.push({ kind: "conversations" });
  }
}

function ofChannel({ conversations }: Cache, channel_id: number): CachedConversation | undefined {
  for (const known of conversations?.values() ?? []) if (known.channel_id === channel_id) return known;
  return undefined;
}

function putConversation(turn: Turn, conversation: Conversation): void {
  const { conversations } = turn.kept.cache;
  if (!conversations) return;
  const known = conversations.get(conversation.id);
  const { unread = null, mentions = null } = known ?? {};
  conversations.set(conversation.id, { ...conversation, unread, mentions });
  turn.changes.push({ kind: "conversations" });
  if (unread === null || known?.last_message_id !== conversation.last_message_id) wantCounts(turn, conversation.id);
  const has_opened = known?.state !== conversation.state;
  const before = new Set(has_opened ? [] : known?.members.map(({ user_id }) => user_id));
  const now = new Set(conversation.members.map(({ user_id }) => user_id));
  for (const user_id of now) if (!before.has(user_id) && user_id !== turn.kept.user_id) listUser(turn, user_id);
  for (const { user_id } of known?.members ?? []) if (!now.has(user_id)) releaseUser(turn, user_id);
}

function dropConversation(turn: Turn, id: number): void {
  const { cache, upkeep } = turn.kept;
  const known = cache.conversations?.get(id);
  if (!known) return;
  cache.conversations?.delete(id);
  upkeep.loads.delete(loadKey({ type: "get_read_state", parameters: { conversation_id: id } }));
  forgetWindow(turn, known.channel_id);
  for (const { user_id } of known.members) releaseUser(turn, user_id);
  turn.changes.push({ kind: "conversations" });
}

function wantCounts(turn: Turn, conversation_id: number): void {
  wantLoad(turn, { type: "get_read_state", parameters: { conversation_id } });
}
