// What is being written, by channel: a draft, what it answers, or which message it is the new text of. Drafts outlast a
// change of place, and the loading of the page anew in its tab.

import { signal } from "@preact/signals";
import type { Message } from "../../protocol/community/entities.ts";
import { serverOfMessage } from "./cache.ts";
import { readOfTab, writeOfTab } from "./kept.ts";
import { toWritten } from "./mentions.ts";

export interface Composing {
  text: string;
  reply_to: Message | null;
  editing: Message | null;
  /** Of what is to be sent once all its files are there, the server; null while it is still written. */
  due_in: number | null;
}

const NOTHING: Composing = { text: "", reply_to: null, editing: null, due_in: null };
const KEY = "orchard.drafts";

function storedDrafts(): Map<number, Composing> {
  try {
    const stored = JSON.parse(readOfTab(KEY) ?? "[]") as [number, string][];
    return new Map(stored.map(([channel_id, text]) => [channel_id, { ...NOTHING, text }]));
  } catch {
    return new Map();
  }
}

const drafts = signal<ReadonlyMap<number, Composing>>(storedDrafts());
/** Counts up when the composer is to have the focus. */
export const focus_wanted = signal(0);

export const composingIn = (channel_id: number) => drafts.value.get(channel_id) ?? NOTHING;

function put(channel_id: number, changes: Partial<Composing>): void {
  const next = { ...composingIn(channel_id), due_in: null, ...changes };
  drafts.value = new Map(drafts.value).set(channel_id, next);
  const texts = [...drafts.value]
    .filter(([, { text, editing }]) => text && !editing)
    .map(([id, { text }]) => [id, text]);
  writeOfTab(KEY, JSON.stringify(texts));
}

export const composing = {
  write: (channel_id: number, text: string) => put(channel_id, { text }),
  reply(message: Message): void {
    put(message.channel_id, { reply_to: message, editing: null });
    focus_wanted.value += 1;
  },
  edit(message: Message): void {
    const text = toWritten(message.content, serverOfMessage(message), message.channel_id);
    put(message.channel_id, { text, editing: message, reply_to: null });
    focus_wanted.value += 1;
  },
  stop: (channel_id: number) => put(channel_id, composingIn(channel_id).editing ? NOTHING : { reply_to: null }),
  clear: (channel_id: number) => put(channel_id, NOTHING),
  hold: (channel_id: number, server_id: number) => put(channel_id, { due_in: server_id }),
  /** What is changed is sent when the person says so again. */
  takeBack: (channel_id: number) => put(channel_id, {}),
};
