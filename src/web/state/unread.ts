// What is unread, as a signal: by channel, and summed up for servers, and with what is for oneself in conversations for the title.

import { computed, signal } from "@preact/signals";
import type { Unread, UnreadCounts } from "../../client/index.ts";
import { channelsOf, servers } from "./cache.ts";
import { all_wanted, conversationIn } from "./conversations.ts";
import { isMuted } from "./notifications.ts";

const counts = signal<ReadonlyMap<number, Unread>>(new Map());

export function followUnread(unread: UnreadCounts): () => void {
  return unread.on(() => {
    counts.value = new Map(unread.counts);
  });
}

export function forgetUnread(): void {
  counts.value = new Map();
}

const NONE = { unread: 0, mentions: 0 };

/** What the client counts of a conversation stands in its entry, also of one that came later. */
export function unreadIn(channel_id: number): Pick<Unread, "unread" | "mentions"> {
  const conversation = conversationIn(channel_id);
  if (conversation) return { unread: conversation.unread ?? 0, mentions: conversation.mentions ?? 0 };
  return counts.value.get(channel_id) ?? NONE;
}

/** Whether it is known. */
export const isCounted = (channel_id: number) => {
  const conversation = conversationIn(channel_id);
  return conversation ? conversation.unread !== null : counts.value.has(channel_id);
};

/** Of all in it that isn't muted. */
export function unreadOf(server_id: number): { unread: number; mentions: number } {
  let [unread, mentions] = [0, 0];
  if (isMuted({ server_id })) return { unread, mentions };
  for (const id of channelsOf(server_id)?.keys() ?? []) {
    if (isMuted({ channel_id: id })) continue;
    const one = unreadIn(id);
    unread += one.unread;
    mentions += one.mentions;
  }
  return { unread, mentions };
}

export const all_mentions = computed(() => {
  let sum = all_wanted.value;
  for (const { id } of servers()) sum += unreadOf(id).mentions;
  return sum;
});
