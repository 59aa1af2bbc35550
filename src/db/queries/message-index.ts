// The full-text index of messages as a table: which words stand for a message in it, and how they get there.
// Each word begins with its message's server, so what is said in one server takes no time of a search in another.
// Additions are worded here. Triggers take out what is changed or goes.

import { desc, lt, type SQL, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { mergeable } from "../engine/mergeable.ts";
import { type Access, given, read } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { messages } from "../schema/community.ts";
import { jsonRows } from "./json-rows.ts";

/** Made by the migrations, with the message's id as `rowid`. */
export const messages_fts = sqliteTable("messages_fts", { rowid: integer().notNull(), terms: text().notNull() });

/** The words of a message: its terms, its channel and its author, so that a search can keep to these. */
export const wordOf = {
  term: (server_id: number, term: string) => `${server_id}:${term}`,
  channel: (channel_id: number) => `#${channel_id}`,
  author: (server_id: number, author_id: number) => `${server_id}@${author_id}`,
};

/** The key of the id from which on all messages are indexed; absent, or 0, where all are. */
export const indexed_from = "indexed_from";

/** For messages from before there was such an index. */
export function messageIndexOf({ reads, searches }: Access) {
  const { id, content, deleted_at } = messages;
  const below = searches
    .select({ id, content, is_live: sql<boolean>`${deleted_at} is null`.mapWith(Boolean) })
    .from(messages)
    .where(lt(id, given("before")))
    .orderBy(desc(id))
    .limit(sql.placeholder("limit"))
    .prepare();
  const index = indexingOver(reads);
  return {
    /** The next messages below this id, and from which id on these are all; from 0 where there are no more. */
    async unindexed(before: number, limit: number): Promise<{ texts: StoredText[]; from: number }> {
      const rows = await read(below.all({ before, limit }));
      const texts = rows.filter(({ is_live }) => is_live).toReversed();
      return { texts, from: rows.length < limit ? 0 : (rows.at(-1)?.id ?? 0) };
    },
    /** Of these messages, in the order of their ids, those that stand and aren't indexed. */
    index: (texts: readonly StoredText[]): Write<number> => sweeping(index.stored(texts)),
  };
}

export interface StoredText {
  id: number;
  content: string;
}

/** The statements that index the texts of messages, as far as these are there. A message without text isn't indexed. */
export function indexingOver(reads: Access["reads"]) {
  const added = insertingWords(reads, sql`true`);
  const is_not_indexed = sql`not exists (select 1 from messages_fts_docsize as indexed where id = ${messages.id})`;
  const stored = insertingWords(reads, sql`${messages.deleted_at} is null and ${is_not_indexed}`);
  const edited = insertingWords(reads, sql`${messages.seq} = ${field("seq")} and ${is_not_indexed}`);
  return {
    /** After its insertion, in the same job. */
    added: (id: number, content: string) => added(jsonRows([[id, 0, content]])),
    /** After its change to `seq`, in the same job: where nothing was changed, nothing is indexed. */
    edited: (id: number, seq: number, content: string) => edited(jsonRows([[id, seq, content]])),
    /** In the order of their ids, or FTS5 writes each by itself. */
    stored(texts: readonly StoredText[]) {
      return stored(jsonRows(texts.map(({ id, content }) => [id, 0, content])));
    },
  };
}

const places = { id: 0, seq: 1, terms: 2 };

/** Of the row at hand, by its place: SQLite finds it so in less time. */
const field = (name: keyof typeof places): SQL => sql.raw(`json_each.value ->> ${places[name]}`);

function insertingWords(reads: Access["reads"], condition: SQL) {
  const { id, server_id, channel_id, author_id } = messages;
  const words = sql`replace(${field("terms")}, ' ', ' ' || ${server_id} || ':')
    || ' #' || ${channel_id} || ' ' || ${server_id} || '@' || ${author_id}`;
  // The limit, which is none, keeps SQLite from putting each row into text once for each of its fields.
  const statement = reads.insert(messages_fts).select(
    sql`select ${id}, ${words}
      from (select value from json_each(${sql.placeholder("rows")}) limit -1) as json_each cross join ${messages}
      where ${id} = ${field("id")} and ${field("terms")} is not null and ${condition}`,
  );
  return mergeable(statement.toSQL().sql, { makes_terms: true, by_id: true });
}
