// Who is writing where, as a signal, and saying so oneself: the client library knows when somebody is silent.

import { signal } from "@preact/signals";
import { type Client, Typing } from "../../client/index.ts";

let typing: Typing | null = null;
const heard = signal<ReadonlyMap<number, readonly number[]>>(new Map());

export const typingIn = (channel_id: number) => heard.value.get(channel_id) ?? [];

/** For each key that is pressed. */
export const sayTyping = (channel_id: number) => typing?.say(channel_id);

export function followTyping(client: Client): () => void {
  const mine = new Typing(client);
  typing = mine;
  mine.on((channel_id) => {
    heard.value = new Map(heard.value).set(channel_id, mine.in(channel_id));
  });
  return () => {
    mine.close();
    if (typing === mine) typing = null;
    heard.value = new Map();
  };
}
