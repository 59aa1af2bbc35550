// Messages on their way, by channel: those that wait, those that are there and don't show yet, and those that were
// refused, which stay until they are sent again or thrown away.

import { signal } from "@preact/signals";
import type { Client, Draft, OutboxEntry, RequestError } from "../../client/index.ts";
import { client, windowOf } from "./cache.ts";

export interface Failed {
  entry: OutboxEntry;
  error: RequestError;
}

const waiting = signal<readonly OutboxEntry[]>([]);
/** With the id that each has in the channel. */
const delivered = signal<readonly { entry: OutboxEntry; id: number }[]>([]);
const failed = signal<readonly Failed[]>([]);

/** Reply and event come one after the other: what was answered stays until it shows. */
export function waitingIn(channel_id: number): OutboxEntry[] {
  const { newest = 0, to = 0 } = windowOf(channel_id) ?? {};
  const shows = (id: number) => id > newest && id <= to;
  const coming = delivered.value.filter(({ entry, id }) => entry.channel_id === channel_id && shows(id));
  return [...coming.map(({ entry }) => entry), ...waiting.value.filter((entry) => entry.channel_id === channel_id)];
}

export const failedIn = (channel_id: number) => failed.value.filter(({ entry }) => entry.channel_id === channel_id);

const REMEMBERED = 20;

export function followOutbox(mine: Client): () => void {
  const look = () => {
    waiting.value = [...mine.outbox];
  };
  look();
  const end = mine.on("delivery", (delivery) => {
    const { entry } = delivery;
    if ("error" in delivery) failed.value = [...failed.value, delivery];
    else delivered.value = [...delivered.value.slice(-REMEMBERED), { entry, id: delivery.message.id }];
    look();
  });
  return () => {
    end();
    waiting.value = [];
    delivered.value = [];
    failed.value = [];
  };
}

export function send(channel_id: number, draft: Draft): void {
  const mine = client.value;
  if (!mine) return;
  // How it ends comes as a delivery.
  mine.send(channel_id, draft).catch(() => {});
  waiting.value = [...mine.outbox];
}

export function discard({ entry }: Failed): void {
  failed.value = failed.value.filter((one) => one.entry.nonce !== entry.nonce);
}

/** Under another nonce: it may be another message by now. */
export function sendAgain(one: Failed): void {
  discard(one);
  const { channel_id, nonce: _, ...draft } = one.entry;
  send(channel_id, draft);
}
