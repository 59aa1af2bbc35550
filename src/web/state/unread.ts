// What is unread, as a signal: by channel, and summed up for servers and for the title.

import { computed, signal } from "@preact/signals";
import type { Unread, UnreadCounts } from "../../client/index.ts";
import { channelsOf } from "./cache.ts";

const counts = signal<ReadonlyMap<number, Unread>>(new Map());

export function followUnread(unread: UnreadCounts): () => void {
  return unread.on(() => {
    counts.value = new Map(unread.counts);
  });
}

export function forgetUnread(): void {
  counts.value = new Map();
}

const NONE: Unread = { unread: 0, mentions: 0, last_message_id: 0 };

export const unreadIn = (channel_id: number): Unread => counts.value.get(channel_id) ?? NONE;

/** Whether it is known. */
export const isCounted = (channel_id: number) => counts.value.has(channel_id);

export function unreadOf(server_id: number): { unread: number; mentions: number } {
  let [unread, mentions] = [0, 0];
  for (const id of channelsOf(server_id)?.keys() ?? []) {
    const one = unreadIn(id);
    unread += one.unread;
    mentions += one.mentions;
  }
  return { unread, mentions };
}

export const all_mentions = computed(() => {
  let sum = 0;
  for (const { mentions } of counts.value.values()) sum += mentions;
  return sum;
});
