// Full-text search over the messages of a server, newest first.
// A search looks at so many entries of the index, whatever it asks for and whatever is stored: where these don't fill
// its page, the page is a short one, and the next goes on from there.
// Must not fail on any text: what is looked up holds no operators.

import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import { limits } from "../../domain/limits.ts";
import { withinContentLength } from "../../domain/message-text.ts";
import { searchQueryOf } from "../../domain/search-terms.ts";
import { breathing } from "../engine/breath.ts";
import { type Access, read } from "../engine/query.ts";
import { messages } from "../schema/community.ts";
import { givenIds, storableText } from "./json-rows.ts";
import { messages_fts, wordOf } from "./message-index.ts";
import { isLive, messageColumns } from "./message-rows.ts";

/** Those with ids below `before`; 0 starts with the newest. The channels are of the server. */
export interface MessageSearch {
  server_id: number;
  channel_ids: readonly number[];
  query: string;
  author_id?: number | undefined;
  before: number;
  amount: number;
}

/** `next_anchor`: below which id to go on, though nothing may be found there; null at the end. */
export interface FoundMessages {
  messages: ChatMessage[];
  next_anchor: number | null;
}

const NOTHING: FoundMessages = { messages: [], next_anchor: null };

export function messageSearchOf(access: Access) {
  const reach = prepareReach(access.searches);
  const hits = prepareHits(access);
  return {
    /** Newest first; nothing for a query without a letter, digit or symbol. */
    async search(asked: MessageSearch): Promise<FoundMessages> {
      const { channel_ids, author_id, amount } = asked;
      const query = searchQueryOf(storableText(asked.query));
      if (query === null || channel_ids.length === 0) return NOTHING;
      const before = asked.before === 0 ? Number.MAX_SAFE_INTEGER : asked.before;
      const lists = listsOf(asked, query.terms);
      const measured = lists.slice(0, limits.search_lists);
      const last = Math.floor(limits.search_entries / measured.length) - 1;
      const reached = await read(reach.all({ lists: JSON.stringify(measured), before, last }));
      const leading = reached.map(({ list }) => list);
      const floor = reached[0]?.floor ?? 0;
      const of_all = {
        ...{ match: [...leading, ...lists.slice(measured.length)].join(" AND "), floor },
        ...{ channel_ids: JSON.stringify(channel_ids), author_id: author_id ?? null },
      };
      const hitsBelow: HitsBelow = (below, limit) => read(hits.all({ ...of_all, before: below, limit }));
      const end = { messages: [], next_anchor: floor === 0 ? null : floor };
      const { matches } = query;
      return matches ? sift(hitsBelow, before, amount, matches, end) : firstPage(hitsBelow, before, amount, end);
    },
  };
}

type HitsBelow = (before: number, limit: number) => Promise<ChatMessage[]>;

async function firstPage(hitsBelow: HitsBelow, before: number, amount: number, end: FoundMessages) {
  const rows = await hitsBelow(before, amount + 1);
  const page = withinContentLength(rows.slice(0, amount));
  const last = page.at(-1);
  return { messages: page, next_anchor: last && page.length < rows.length ? last.id : end.next_anchor };
}

/** Reads on until the page is full, enough was looked at, or `end` is reached. */
async function sift(
  hitsBelow: HitsBelow,
  before: number,
  amount: number,
  matches: (content: string) => boolean,
  end: FoundMessages,
): Promise<FoundMessages> {
  const found: ChatMessage[] = [];
  const breathe = breathing();
  let [below, length] = [before, 0];
  for (let reading = 0; reading < limits.search_readings; reading += 1) {
    const rows = await hitsBelow(below, limits.page_length);
    for (const message of rows) {
      await breathe();
      below = message.id;
      length += message.content.length;
      if (matches(message.content)) found.push(message);
      if (found.length === amount || length > limits.search_text_length) return { messages: found, next_anchor: below };
    }
    if (rows.length < limits.page_length) return { messages: found, next_anchor: end.next_anchor };
  }
  return { messages: found, next_anchor: below };
}

/** What each hit must be in: a list of the index for each of these expressions, those that tell most first. */
function listsOf({ server_id, channel_ids, author_id }: MessageSearch, terms: readonly string[]): string[] {
  const lists: string[] = [];
  const channels = channel_ids.map((id) => quoted(wordOf.channel(id)));
  if (channels.length <= limits.search_channels) lists.push(`(${channels.join(" OR ")})`);
  if (author_id !== undefined) lists.push(quoted(wordOf.author(server_id, author_id)));
  // The longer a word, the less often it is said.
  const longest_first = terms.toSorted((one, other) => other.length - one.length);
  return [...lists, ...longest_first.map((term) => quoted(wordOf.term(server_id, term)))];
}

const quoted = (word: string): string => `"${word}"`;

/**
 * How far down each list reaches with so many entries, the one that reaches furthest first: above its floor it has no
 * more than these, and so there are no more hits.
 */
function prepareReach(reads: Access["searches"]) {
  const list = sql<string>`asked.value`;
  const nth = sql`(
    select rowid from ${messages_fts} where ${messages_fts} match ${list} and rowid < ${sql.placeholder("before")}
    order by rowid desc limit 1 offset ${sql.placeholder("last")}
  )`;
  return reads
    .select({ list, floor: sql<number>`coalesce(${nth}, 0)`.as("floor") })
    .from(sql`json_each(${sql.placeholder("lists")}) as asked`)
    .orderBy(sql`floor`)
    .prepare();
}

function prepareHits(access: Access) {
  const hit: SQL = sql`(
    select rowid as id from ${messages_fts}
    where ${messages_fts} match ${sql.placeholder("match")}
      and rowid < ${sql.placeholder("before")} and rowid >= ${sql.placeholder("floor")}
    order by rowid desc
  ) as hit`;
  return access.searches
    .select(messageColumns(access))
    .from(hit)
    .crossJoin(messages)
    .where(
      and(
        eq(messages.id, sql`hit.id`),
        inArray(messages.channel_id, givenIds("channel_ids")),
        eq(messages.author_id, sql`coalesce(${sql.placeholder("author_id")}, ${messages.author_id})`),
        isLive,
      ),
    )
    .orderBy(sql`hit.id desc`)
    .limit(sql.placeholder("limit"))
    .prepare();
}
