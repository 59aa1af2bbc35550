// What goes out of where one writes: a text with its files, which are on their way from the moment they are chosen. It is
// sent once all of them are there, wherever the person is by then, and never without one of them.

import { type Signal, signal } from "@preact/signals";
import { words } from "../words.ts";
import { ready } from "./cache.ts";
import { composing, draftIn } from "./composing.ts";
import { toSent } from "./mentions.ts";
import { say } from "./notices.ts";
import { send } from "./outbox.ts";
import { forgetPreview, type Upload, upload } from "./uploading.ts";

const by_channel = new Map<number, Signal<readonly Upload[]>>();
const DEFAULT_MOST = 10;

export function filesIn(channel_id: number): Signal<readonly Upload[]> {
  const known = by_channel.get(channel_id) ?? signal<readonly Upload[]>([]);
  by_channel.set(channel_id, known);
  return known;
}

/** Begins to upload them, as many as go with a message. */
export function addFiles(channel_id: number, chosen: File[]): void {
  const files = filesIn(channel_id);
  const most = ready.value?.limits?.["attachments"] ?? DEFAULT_MOST;
  composing.takeBack(channel_id);
  for (const file of chosen) {
    if (files.value.length >= most) return say(words.talk.most_files(most), true);
    files.value = [...files.value, upload(file, (ended) => settle(channel_id, ended))];
  }
}

export function removeFile(channel_id: number, one: Upload): void {
  const files = filesIn(channel_id);
  composing.takeBack(channel_id);
  one.abort();
  files.value = files.value.filter(({ key }) => key !== one.key);
}

function settle(channel_id: number, { error }: Upload): void {
  const { due_in } = draftIn(channel_id);
  if (error) say(due_in === null ? error.message : `${words.talk.not_sent} ${error.message}`, true);
  else if (due_in !== null) submit(due_in, channel_id);
}

/** What is written now, which may be more than what is drawn. Where a file is missing it is due until none is. */
export function submit(server_id: number, channel_id: number): void {
  const { text, reply_to } = draftIn(channel_id);
  const files = filesIn(channel_id);
  const content = toSent(text, server_id, channel_id).trim();
  if (!content && files.value.length === 0) return;
  if (files.value.some(({ id }) => id === null)) return composing.hold(channel_id, server_id);
  const attachments = files.value.flatMap(({ id }) => id ?? []);
  const reply = reply_to ? { reply_to: reply_to.id } : {};
  send(channel_id, { content, ...reply, ...(attachments.length > 0 && { attachments }) });
  composing.clear(channel_id);
  for (const file of files.value) forgetPreview(file);
  files.value = [];
}
