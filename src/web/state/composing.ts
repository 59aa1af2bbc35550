// What is being written, by channel: a draft, what it answers, and beside it the new text of a message, while the draft
// rests. Drafts outlast a change of place, and the loading of the page anew in its tab.

import { signal } from "@preact/signals";
import type { RequestError } from "../../client/index.ts";
import type { Message } from "../../protocol/community/entities.ts";
import { client, serverOfMessage } from "./cache.ts";
import { readOfTab, writeOfTab } from "./kept.ts";
import { toSent, toWritten } from "./mentions.ts";

interface Draft {
  text: string;
  reply_to: Message | null;
  /** Of what is to be sent once all its files are there, the server; null while it is still written. */
  due_in: number | null;
}

interface Edit {
  text: string;
  editing: Message;
  /** Why the server didn't take it. */
  refusal: RequestError | null;
}

const NOTHING: Draft = { text: "", reply_to: null, due_in: null };
const KEY = "orchard.drafts";

function storedDrafts(): Map<number, Draft> {
  try {
    const stored = JSON.parse(readOfTab(KEY) ?? "[]") as [number, string][];
    return new Map(stored.map(([channel_id, text]) => [channel_id, { ...NOTHING, text }]));
  } catch {
    return new Map();
  }
}

const drafts = signal<ReadonlyMap<number, Draft>>(storedDrafts());
const edits = signal<ReadonlyMap<number, Edit>>(new Map());
/** Counts up when the composer is to have the focus. */
export const focus_wanted = signal(0);

export const draftIn = (channel_id: number) => drafts.value.get(channel_id) ?? NOTHING;

/** What stands where one writes: the new text of a message, or else the draft. */
export function composingIn(channel_id: number) {
  const { due_in, ...draft } = draftIn(channel_id);
  const edit = edits.value.get(channel_id);
  if (edit) return { ...edit, due_in, reply_to: null };
  return { ...draft, due_in, editing: null, refusal: null };
}

function put(channel_id: number, changes: Partial<Draft>): void {
  const next = { ...draftIn(channel_id), due_in: null, ...changes };
  drafts.value = new Map(drafts.value).set(channel_id, next);
  const texts = [...drafts.value].filter(([, { text }]) => text).map(([id, { text }]) => [id, text]);
  writeOfTab(KEY, JSON.stringify(texts));
}

function putEdit(channel_id: number, edit: Edit | null): void {
  const next = new Map(edits.value);
  if (edit) next.set(channel_id, edit);
  else next.delete(channel_id);
  edits.value = next;
}

export const composing = {
  write(channel_id: number, text: string): void {
    const edit = edits.value.get(channel_id);
    if (edit) putEdit(channel_id, { ...edit, text });
    else put(channel_id, { text });
  },
  reply(message: Message): void {
    putEdit(message.channel_id, null);
    put(message.channel_id, { reply_to: message });
    focus_wanted.value += 1;
  },
  edit(message: Message): void {
    const text = toWritten(message.content, serverOfMessage(message), message.channel_id);
    putEdit(message.channel_id, { text, editing: message, refusal: null });
    focus_wanted.value += 1;
  },
  /** Of the two the edit; what was written before is there again. */
  stop(channel_id: number): void {
    if (edits.value.has(channel_id)) putEdit(channel_id, null);
    else put(channel_id, { reply_to: null });
  },
  clear: (channel_id: number) => put(channel_id, NOTHING),
  hold: (channel_id: number, server_id: number) => put(channel_id, { due_in: server_id }),
  /** What is changed is sent when the person says so again. */
  takeBack: (channel_id: number) => put(channel_id, {}),
};

/** Saves the new text of a message, as it is written now: it stays until the server has taken it. */
export async function saveEdit(server_id: number, channel_id: number): Promise<void> {
  const edit = edits.value.get(channel_id);
  if (!edit) return;
  const { editing, text } = edit;
  const content = toSent(text, server_id, channel_id).trim();
  if (content === editing.content) return putEdit(channel_id, null);
  putEdit(channel_id, { ...edit, refusal: null });
  /** As it is by then; null where another message is edited, or none. */
  const now = () => {
    const now = edits.value.get(channel_id);
    return now?.editing.id === editing.id ? now : null;
  };
  try {
    await client.value?.ask("update_message", { message_id: editing.id, content });
    const left = now();
    // What was written on meanwhile isn't saved yet.
    if (left) putEdit(channel_id, left.text === text ? null : { ...left, editing: { ...editing, content } });
  } catch (error) {
    const left = now();
    if (left) putEdit(channel_id, { ...left, refusal: error as RequestError });
  }
}
