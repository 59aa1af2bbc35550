// What could be meant by what is being written: people and roles after `@`, channels after `#`.

import type { Client } from "./client.ts";
import { type Mentionable, peopleOf, rolesOf, type WritingPlace } from "./mention-names.ts";

export interface CompletionEntry {
  kind: "user" | "role" | "all" | "channel";
  /** Null of all. */
  id: number | null;
  /** What is put in place of what was written. */
  text: string;
  /** What it is called there. */
  name: string;
  /** The user's own name, where they are called otherwise there. */
  user_name: string | null;
  picture: string | null;
  color: string | null;
}

export interface Completion {
  /** What it stands in place of, from the sign on. */
  from: number;
  to: number;
  sign: "@" | "#";
  /** What was written behind the sign. */
  word: string;
  entries: CompletionEntry[];
}

export interface CompletionOptions extends WritingPlace {
  /** Whether one may mention everyone, and roles, there. */
  may_mention_all?: boolean;
  most?: number;
}

const BEFORE_CARET = /(?:^|[\s(])([@#])([\p{L}\p{M}\p{N}_.-]{0,32})$/u;
const MOST = 8;

const folded = (name: string) => name.toLowerCase();
const isBegun = (word: string, name: string) => folded(name).startsWith(folded(word));

/** What the cache knows of; null where nothing is being named before the caret. */
export function completionAt(
  client: Client,
  text: string,
  caret: number,
  { most = MOST, may_mention_all = false, ...place }: CompletionOptions,
): Completion | null {
  const [, sign, word = ""] = BEFORE_CARET.exec(text.slice(0, caret)) ?? [];
  if (sign !== "@" && sign !== "#") return null;
  const all = sign === "#" ? channels(client, word, place) : mentions(client, word, place, may_mention_all, most);
  return { from: caret - word.length - 1, to: caret, sign, word, entries: all.slice(0, most) };
}

/** The same with members of the server who are not loaded; it is asked for those. */
export async function completionWithMembers(
  client: Client,
  completion: Completion,
  { server_id, most = MOST }: CompletionOptions,
): Promise<Completion> {
  const { sign, word, entries } = completion;
  if (!server_id || sign !== "@" || !word || entries.length >= most) return completion;
  const page = { server_id, amount: most, anchor: 0, filter: { name: word } };
  const found = await client.ask("get_server_members", page).catch(() => null);
  const known = new Set(entries.map(keyOf));
  const more = (found?.members ?? []).map(userEntry).filter((entry) => !known.has(keyOf(entry)));
  return { ...completion, entries: [...entries, ...more].slice(0, most) };
}

/** The text with the entry in it, and where the caret goes. */
export function completed(text: string, { from, to }: Completion, entry: CompletionEntry) {
  const put = `${entry.text} `;
  return { text: text.slice(0, from) + put + text.slice(to), caret: from + put.length };
}

const keyOf = ({ kind, id, text }: CompletionEntry) => `${kind} ${id ?? text}`;
const nothing = { id: null, user_name: null, picture: null, color: null };

function* people(client: Client, word: string, place: WritingPlace): Generator<CompletionEntry> {
  for (const one of peopleOf(client.cache, place)) {
    if (isBegun(word, one.name) || isBegun(word, one.nickname ?? one.name)) yield userEntry(one);
  }
}

function mentions(
  client: Client,
  word: string,
  place: WritingPlace,
  may_mention_all: boolean,
  most: number,
): CompletionEntry[] {
  const entries: CompletionEntry[] = [];
  for (const entry of people(client, word, place)) {
    if (entries.length === most) return entries;
    entries.push(entry);
  }
  if (!may_mention_all) return entries;
  for (const { id, name, color } of rolesOf(client.cache, place)) {
    if (isBegun(word, name)) entries.push({ ...nothing, kind: "role", id, text: `@${name}`, name, color });
  }
  for (const name of ["@everyone", "@here"]) {
    if (isBegun(`@${word}`, name)) entries.push({ ...nothing, kind: "all", text: name, name });
  }
  return entries;
}

function userEntry({ user_id, name, nickname, profile_pic }: Mentionable): CompletionEntry {
  const user_name = nickname === null ? null : name;
  return {
    ...nothing,
    kind: "user",
    id: user_id,
    text: `@${name}`,
    name: nickname ?? name,
    user_name,
    picture: profile_pic,
  };
}

function channels(client: Client, word: string, { server_id }: WritingPlace): CompletionEntry[] {
  const all = server_id ? (client.cache.servers.get(server_id)?.channels?.values() ?? []) : [];
  const begun = [...all].filter(({ name }) => isBegun(word, name));
  return begun.map(({ id, name }) => ({ ...nothing, kind: "channel", id, text: `#${name}`, name: `#${name}` }));
}
