// What could be meant by what is being written: people after `@`, channels after `#`, emoji after `:`.

import { found, loadEmoji } from "../emoji/emoji.tsx";
import { client } from "../state/cache.ts";
import { conversationIn, type Named, peopleIn } from "../state/conversations.ts";
import { noteChosen } from "../state/mentions.ts";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";

export interface CompletionEntry {
  key: string;
  /** What is put in place of what was written. */
  text: string;
  name: string;
  more: string;
  person?: { id: number; name: string; picture: string | null };
}

export interface Completion {
  /** What was written so far, from the sign on. */
  from: number;
  to: number;
  entries: CompletionEntry[];
  active: number;
}

const MOST = 8;
const BEFORE_CARET = /(?:^|[\s(])([@#:])([\p{L}\p{M}\p{N}_.+-]{0,32})$/u;
const LEAST_EMOJI_LETTERS = 2;

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
  const [, sign, word = ""] = BEFORE_CARET.exec(text.slice(0, caret)) ?? [];
  if (!sign) return null;
  const from = caret - word.length - 1;
  const of = (entries: CompletionEntry[]) => (entries.length > 0 ? { from, to: caret, entries, active: 0 } : null);
  if (sign === "#") return of(channels(word, server_id));
  if (sign === ":") {
    if (word.length < LEAST_EMOJI_LETTERS) return null;
    const mine = asking;
    void loadEmoji().then((all) => mine === asking && onLate(of(emoji(all, word))));
    return null;
  }
  const known = people(word, server_id, channel_id);
  if (server_id && known.length < MOST && word) {
    const mine = asking;
    void askPeople(word, server_id).then((more) => mine === asking && more && onLate(of(joined(known, more))));
  }
  return of(known);
}

let asking = 0;

export function inserted(
  text: string,
  { from, to }: Completion,
  entry: CompletionEntry,
): { text: string; caret: number } {
  if (entry.person) noteChosen(entry.person.name, entry.person.id);
  const put = `${entry.text} `;
  return { text: text.slice(0, from) + put + text.slice(to), caret: from + put.length };
}

const personEntry = ({ user_id, name, nickname, profile_pic }: Named): CompletionEntry => ({
  key: String(user_id),
  text: `@${name}`,
  name: nickname ?? name,
  more: nickname ? name : "",
  person: { id: user_id, name, picture: profile_pic },
});

function people(word: string, server_id: number, channel_id: number): CompletionEntry[] {
  const wanted = word.toLowerCase();
  const matches = ({ name, nickname }: Named) =>
    name.toLowerCase().startsWith(wanted) || (nickname ?? "").toLowerCase().startsWith(wanted);
  const entries: CompletionEntry[] = [];
  for (const one of peopleIn(server_id, channel_id)) {
    if (matches(one)) entries.push(personEntry(one));
    if (entries.length === MOST) break;
  }
  const may_all = may("mention_everyone", server_id, channel_id) || conversationIn(channel_id)?.kind === "group";
  if ("everyone".startsWith(wanted) && may_all) {
    entries.push({
      key: "everyone",
      text: "@everyone",
      name: `@${words.talk.everyone}`,
      more: words.talk.everyone_text,
    });
  }
  return entries;
}

async function askPeople(name: string, server_id: number): Promise<CompletionEntry[] | null> {
  const reply = await client.value
    ?.ask("get_server_members", { server_id, amount: MOST, anchor: 0, filter: { name } })
    .catch(() => null);
  return reply?.members.map(personEntry) ?? null;
}

const joined = (known: CompletionEntry[], more: CompletionEntry[]) =>
  [...new Map([...known, ...more].map((entry) => [entry.key, entry])).values()].slice(0, MOST);

function channels(word: string, server_id: number): CompletionEntry[] {
  const wanted = word.toLowerCase();
  const all = [...(client.value?.cache.servers.get(server_id)?.channels?.values() ?? [])];
  return all
    .filter(({ name }) => name.toLowerCase().startsWith(wanted))
    .slice(0, MOST)
    .map(({ id, name }) => ({ key: String(id), text: `#${name}`, name: `#${name}`, more: "" }));
}

const emoji = (all: Parameters<typeof found>[0], word: string): CompletionEntry[] =>
  found(all, word, MOST).map(([sign, name]) => ({ key: sign, text: sign, name: sign, more: name }));
