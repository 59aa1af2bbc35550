// What friends send unasked: invitations to watch together, and what they begin to play.

import { signal } from "@preact/signals";
import type { Client } from "../../client/index.ts";

export interface WatchInvitation {
  key: number;
  text: string;
  from: { id: number; name: string };
}

export const invitations = signal<readonly WatchInvitation[]>([]);
/** An invitation nobody answered isn't for ever. */
const MOST = 5;
let keys = 0;

export function follow(client: Client): () => void {
  return client.on("push", (push) => {
    if (push.type !== "watchParty") return;
    keys += 1;
    invitations.value = [...invitations.value.slice(1 - MOST), { key: keys, text: push.text, from: push.from }];
  });
}

export function dismiss(key: number): void {
  invitations.value = invitations.value.filter((one) => one.key !== key);
}
