// What could be meant by what is being written: people, roles and channels, by the client library, and emoji after `:`.

import * as library from "../../client/index.ts";
import { found, loadEmoji } from "../emoji/emoji.tsx";
import { client } from "../state/cache.ts";
import { conversationIn } from "../state/conversations.ts";
import { noteChosen, writingPlace } from "../state/mentions.ts";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";

export interface CompletionEntry {
  key: string;
  /** What is put in place of what was written. */
  text: string;
  name: string;
  more: string;
  person?: { id: number; name: string; picture: string | null };
  /** Whom the name stands for, once it was chosen. */
  meant?: { name: string; kind: "user" | "role"; id: number };
}

export interface Completion {
  /** What was written so far, from the sign on. */
  from: number;
  to: number;
  entries: CompletionEntry[];
  active: number;
}

const MOST = 8;
const EMOJI_BEFORE_CARET = /(?:^|[\s(]):([\p{L}\p{M}\p{N}_.+-]{2,32})$/u;

/** Where it is written; a conversation has no server. */
export interface Where {
  server_id: number;
  channel_id: number;
}

/** What is known now, or null; `onLate` gets what has to be asked for. */
export function completionAt(
  text: string,
  caret: number,
  { server_id, channel_id }: Where,
  onLate: (completion: Completion | null) => void,
): Completion | null {
  asking += 1;
  const mine = asking;
  const late = (completion: Completion | null) => mine === asking && onLate(completion);
  const [, word] = EMOJI_BEFORE_CARET.exec(text.slice(0, caret)) ?? [];
  if (word) {
    const place = { from: caret - word.length - 1, to: caret };
    void loadEmoji().then((all) => late(shown(place, emoji(all, word))));
    return null;
  }
  const may_mention_all =
    may("mention_everyone", server_id, channel_id) || conversationIn(channel_id)?.kind === "group";
  const options = { ...writingPlace(server_id, channel_id), may_mention_all, most: MOST };
  const known = client.value && library.completionAt(client.value, text, caret, options);
  if (!known || !client.value) return null;
  void library.completionWithMembers(client.value, known, options).then((more) => {
    if (more !== known) late(shown(more, more.entries.map(entryOf)));
  });
  return shown(known, known.entries.map(entryOf));
}

let asking = 0;

const shown = ({ from, to }: { from: number; to: number }, entries: CompletionEntry[]): Completion | null =>
  entries.length > 0 ? { from, to, entries, active: 0 } : null;

export function inserted(
  text: string,
  { from, to }: Completion,
  { text: put, meant }: CompletionEntry,
): { text: string; caret: number } {
  if (meant) noteChosen(meant.name, meant);
  return { text: `${text.slice(0, from)}${put} ${text.slice(to)}`, caret: from + put.length + 1 };
}

function entryOf({ kind, id, text, name, user_name, picture }: library.CompletionEntry): CompletionEntry {
  const entry = { key: `${kind} ${id ?? text}`, text, name, more: user_name ?? "" };
  if (kind === "all") return { ...entry, more: text === "@here" ? words.talk.here_text : words.talk.everyone_text };
  if (id === null || kind === "channel") return entry;
  const own_name = user_name ?? name;
  const meant = { name: own_name, kind, id };
  if (kind === "role") return { ...entry, name: text, more: words.talk.role_text, meant };
  return { ...entry, person: { id, name: own_name, picture }, meant };
}

const emoji = (all: Parameters<typeof found>[0], word: string): CompletionEntry[] =>
  found(all, word, MOST).map(([sign, name]) => ({ key: sign, text: sign, name: sign, more: name }));
