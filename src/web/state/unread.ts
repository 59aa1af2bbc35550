// What is unread: by channel, each a signal of its own, so that what is said in one has nothing drawn again but what shows
// that one; and summed up for servers, and with what is for oneself in conversations for the title.

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Unread, UnreadCounts } from "../../client/index.ts";
import { channelsOf, servers } from "./cache.ts";
import { all_wanted, conversationIn } from "./conversations.ts";
import { isMuted } from "./notifications.ts";

type Counts = Pick<Unread, "unread" | "mentions">;

/** Null: not known. */
const counts = new Map<number, Signal<Unread | null>>();

function countsOf(channel_id: number): Signal<Unread | null> {
  const known = counts.get(channel_id) ?? signal(null);
  counts.set(channel_id, known);
  return known;
}

export function followUnread(unread: UnreadCounts): () => void {
  return unread.on((channel_ids) =>
    batch(() => {
      for (const id of channel_ids) countsOf(id).value = unread.counts.get(id) ?? null;
    }),
  );
}

const NONE: Counts = { unread: 0, mentions: 0 };

/** Of a server's. */
export const unreadInChannel = (channel_id: number): Counts => countsOf(channel_id).value ?? NONE;

/** What the client counts of a conversation stands in its entry, also of one that came later. */
export function unreadIn(channel_id: number): Counts {
  const conversation = conversationIn(channel_id);
  if (conversation) return { unread: conversation.unread ?? 0, mentions: conversation.mentions ?? 0 };
  return unreadInChannel(channel_id);
}

/** Whether it is known. */
export const isCounted = (channel_id: number) => {
  const conversation = conversationIn(channel_id);
  return conversation ? conversation.unread !== null : countsOf(channel_id).value !== null;
};

const of_servers = new Map<number, ReadonlySignal<Counts>>();

/** Of all in it that isn't muted; the same value as long as it comes to the same. */
export function unreadOf(server_id: number): Counts {
  let last = NONE;
  const known =
    of_servers.get(server_id) ??
    computed(() => {
      const next = sumOf(server_id);
      if (next.unread !== last.unread || next.mentions !== last.mentions) last = next;
      return last;
    });
  of_servers.set(server_id, known);
  return known.value;
}

function sumOf(server_id: number): Counts {
  let [unread, mentions] = [0, 0];
  if (isMuted({ server_id })) return NONE;
  for (const id of channelsOf(server_id)?.keys() ?? []) {
    if (isMuted({ channel_id: id })) continue;
    const one = unreadInChannel(id);
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
