// Full-text search over messages, newest first.
// Follows the hits within the asked channels or their servers: what others wrote elsewhere is passed over in the index.
// Must not fail on any text: words reach the index quoted.

import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import type { ChatMessage } from "../domain/community.ts";
import { messages } from "./community-schema.ts";
import { givenIds } from "./json-rows.ts";
import { isLive, messageColumns } from "./message-rows.ts";
import { type Access, given, read } from "./query.ts";
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

export function messageSearchOf({ reads }: Access) {
  const inChannels = prepareSearch(reads, false);
  const inServers = prepareSearch(reads, true);
  return {
    /** Newest first; none for a query without a letter, digit or symbol. */
    async search({ channel_ids, query, author_id, before, limit }: MessageSearch): Promise<ChatMessage[]> {
      const terms = searchTermsOf(query);
      if (terms === null || channel_ids.length === 0) return [];
      const values = {
        channel_ids: JSON.stringify(channel_ids),
        author_id: author_id ?? null,
        before: before === 0 ? Number.MAX_SAFE_INTEGER : before,
        limit,
      };
      if (channel_ids.length > max_channels_in_scope) return read(inServers.all({ ...values, terms }));
      const scope = channel_ids.map((id) => `c${id}`).join(" OR ");
      return read(inChannels.all({ ...values, terms: `${terms} AND scope : (${scope})` }));
    },
  };
}

function prepareSearch(reads: Access["reads"], by_servers: boolean) {
  const terms = sql.placeholder("terms");
  const channelIds = givenIds("channel_ids");
  const serverWords = sql`(
    select group_concat('s' || server_id, ' OR ')
    from (select distinct server_id from channels where id in ${channelIds})
  )`;
  const match = by_servers ? sql`${terms} || ' AND scope : (' || coalesce(${serverWords}, 'none') || ')'` : terms;
  const author = sql`coalesce(${sql.placeholder("author_id")}, ${messages.author_id})`;
  return reads
    .select(messageColumns)
    .from(messages_fts)
    .crossJoin(messages)
    .where(
      and(
        sql`${messages_fts} match ${match}`,
        lt(messages_fts.rowid, given("before")),
        eq(messages.id, messages_fts.rowid),
        inArray(messages.channel_id, channelIds),
        eq(messages.author_id, author),
        isLive,
      ),
    )
    .orderBy(desc(messages_fts.rowid))
    .limit(sql.placeholder("limit"))
    .prepare();
}
