// Who is writing where, as far as it was heard lately.

import { signal } from "@preact/signals";
import type { Client } from "../../client/index.ts";

/** The server tells of it again while it goes on, at most that often. */
const LASTS_MS = 4_500;

/** By channel, the people and when they were heard of last. */
const heard = signal<ReadonlyMap<number, ReadonlyMap<number, number>>>(new Map());

export const typingIn = (channel_id: number) => [...(heard.value.get(channel_id)?.keys() ?? [])];

function put(channel_id: number, user_id: number, is_typing: boolean): void {
  const people = new Map(heard.value.get(channel_id));
  if (is_typing) people.set(user_id, Date.now());
  else if (!people.delete(user_id)) return;
  heard.value = new Map(heard.value).set(channel_id, people);
}

export function followTyping(client: Client): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const end = client.on("event", (event) => {
    if (event.type === "message_added") return put(event.data.channel_id, event.data.author_id, false);
    if (event.type !== "typing_started" || event.data.user_id === client.ready?.user.id) return;
    const { channel_id, user_id } = event.data;
    const key = `${channel_id}:${user_id}`;
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => put(channel_id, user_id, false), LASTS_MS),
    );
    put(channel_id, user_id, true);
  });
  return () => {
    end();
    for (const timer of timers.values()) clearTimeout(timer);
    heard.value = new Map();
  };
}
