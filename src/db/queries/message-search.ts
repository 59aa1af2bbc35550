// Full-text search over messages, newest first.
// Looks at the newest hits first, wherever they are. What those don't bring is found by following the hits within the
// asked channels or their servers: what others wrote elsewhere is passed over in the index.
// Must not fail on any text: words reach the index quoted.

import { and, eq, inArray, type Placeholder, type SQL, sql } from "drizzle-orm";
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import type { ChatMessage } from "../../domain/community.ts";
import { limits } from "../../domain/limits.ts";
import { type Access, read } from "../engine/query.ts";
import { messages } from "../schema/community.ts";
import { givenIds } from "./json-rows.ts";
import { isLive, messageColumns } from "./message-rows.ts";
import { searchTermsOf } from "./search-text.ts";

/** Those with ids below `before`; 0 starts with the newest. */
export interface MessageSearch {
  channel_ids: readonly number[];
  query: string;
  author_id?: number | undefined;
  before: number;
  limit: number;
}

/** Each channel of a search is one more list to merge; beyond so many, the server's one list is faster. */
const max_channels_in_scope = 8;

/** Made by the migrations, with the message's id as `rowid`. */
const messages_fts = sqliteTable("messages_fts", { rowid: integer().notNull() });

export function messageSearchOf({ searches: reads }: Access) {
  const amongNewest = prepareSearch(reads, newestHits());
  const inChannels = prepareSearch(reads, hitsOf(sql.placeholder("terms")));
  const inServers = prepareSearch(reads, hitsOf(withinServers()));
  return {
    /** Newest first; none for a query without a letter, digit or symbol. */
    async search({ channel_ids, query, author_id, before, limit }: MessageSearch): Promise<ChatMessage[]> {
      const terms = searchTermsOf(query);
      if (terms === null || channel_ids.length === 0) return [];
      const asked = { channel_ids: JSON.stringify(channel_ids), author_id: author_id ?? null };
      const from = before === 0 ? Number.MAX_SAFE_INTEGER : before;
      const found = await read(amongNewest.all({ ...asked, terms, before: from, limit }));
      if (found.length === limit) return found;
      const rest = { ...asked, before: found.at(-1)?.id ?? from, limit: limit - found.length };
      if (channel_ids.length > max_channels_in_scope) {
        return [...found, ...(await read(inServers.all({ ...rest, terms })))];
      }
      const scope = channel_ids.map((id) => `c${id}`).join(" OR ");
      return [...found, ...(await read(inChannels.all({ ...rest, terms: `${terms} AND scope : (${scope})` })))];
    },
  };
}

/** The ids, as `hit.id`, of all messages before the placeholder `before` that match, newest first, from `floor` on. */
function hitsOf(match: SQL | Placeholder, floor: SQL = sql`0`): SQL {
  return sql`(
    select rowid as id from ${messages_fts}
    where ${messages_fts} match ${match} and rowid < ${sql.placeholder("before")} and rowid >= ${floor}
    order by rowid desc
  ) as hit`;
}

/** The newest of those that match the words. A `limit` of their own would have them all sorted once more. */
function newestHits(): SQL {
  const terms = sql.placeholder("terms");
  const last = sql`(
    select rowid from ${messages_fts}
    where ${messages_fts} match ${terms} and rowid < ${sql.placeholder("before")}
    order by rowid desc limit 1 offset ${sql.raw(String(limits.search_hits_tried - 1))}
  )`;
  return hitsOf(terms, sql`coalesce(${last}, 0)`);
}

/** The words, within the servers of the channels. */
function withinServers(): SQL {
  const words = sql`(
    select group_concat('s' || server_id, ' OR ')
    from (select distinct server_id from channels where id in ${givenIds("channel_ids")})
  )`;
  return sql`${sql.placeholder("terms")} || ' AND scope : (' || coalesce(${words}, 'none') || ')'`;
}

function prepareSearch(reads: Access["reads"], hits: SQL) {
  const author = sql`coalesce(${sql.placeholder("author_id")}, ${messages.author_id})`;
  return reads
    .select(messageColumns)
    .from(hits)
    .crossJoin(messages)
    .where(
      and(
        eq(messages.id, sql`hit.id`),
        inArray(messages.channel_id, givenIds("channel_ids")),
        eq(messages.author_id, author),
        isLive,
      ),
    )
    .orderBy(sql`hit.id desc`)
    .limit(sql.placeholder("limit"))
    .prepare();
}
