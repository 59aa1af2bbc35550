// The messages table with the reactions to each.
// A deleted message stays as an empty tombstone, which no read here sees but for its seq.
// Must not write what derives from a message: search, mentions and references to uploads are the triggers'.

import { and, asc, desc, eq, gt, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import type { SqlValue, StatementResult } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { messages, reactions } from "../schema/community.ts";
import { fieldsByPlace, insertRows, jsonRows, storableText } from "./json-rows.ts";
import { isLive, messageColumns } from "./message-rows.ts";
import { messageSearchOf } from "./message-search.ts";
import { searchTextOf } from "./search-text.ts";

export type { MessageSearch } from "./message-search.ts";

export interface MessageEdit {
  id: number;
  content: string;
  edited_at: number;
  mentions: readonly number[];
  mentions_everyone: boolean;
  seq: number;
}

export interface MessageRemoval {
  id: number;
  seq: number;
  now: number;
}

export interface ReactionRemoval {
  message_id: number;
  emoji: string;
  user_id: number;
  seq: number;
}

export type NewReaction = ReactionRemoval & { created_at: number };

/** `direction: true` is newer than `anchor`, with 0 the newest; `false` is older, with 0 the oldest. */
export interface PageQuery {
  channel_id: number;
  limit: number;
  anchor: number;
  direction: boolean;
}

/** `has_more`: there is more beyond the page, away from its anchor. */
export interface MessagePage {
  messages: ChatMessage[];
  has_more: boolean;
}

export interface MessagePlace {
  server_id: number;
  channel_id: number;
}

/** `deleted`: only a tombstone is left of it. */
export type ChangedMessage = ChatMessage & { deleted: boolean };

/** `last_seq` is of deleted messages too, and 0 where there was never one. */
export interface LastOfChannel {
  channel_id: number;
  last_id: number | null;
  last_seq: number;
}

export type Messages = ReturnType<typeof messagesOf>;

export function messagesOf(access: Access) {
  return { ...messageReads(access), ...messageSearchOf(access), ...messageWrites(access) };
}

function messageReads({ reads }: Access) {
  const queries = singleQueries(reads);
  const pages = pageQueries(reads);
  return {
    async byId(id: number): Promise<ChatMessage | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    /** Null also when the message of this nonce was deleted since. */
    async byNonce(author_id: number, channel_id: number, nonce: string): Promise<ChatMessage | null> {
      return (await read(queries.byNonce.get({ author_id, channel_id, nonce: storableText(nonce) }))) ?? null;
    },
    /** Ascending by id, without the anchor itself. */
    async page({ channel_id, limit, anchor, direction }: PageQuery): Promise<MessagePage> {
      // From no anchor, a page begins at the end that `direction` names and goes the other way.
      const downwards = direction === (anchor === 0);
      const from = anchor === 0 && downwards ? Number.MAX_SAFE_INTEGER : anchor;
      const query = downwards ? pages.downwards : pages.upwards;
      const found = await read(query.all({ channel_id, anchor: from, limit: limit + 1 }));
      const page = found.slice(0, limit);
      return { messages: downwards ? page.reverse() : page, has_more: found.length > limit };
    },
    async placeOf(id: number): Promise<MessagePlace | null> {
      return (await read(queries.placeOf.get({ id }))) ?? null;
    },
    /** Those that came, changed or went after `since`, in the order of `seq`, `limit` at most. */
    async changedSince(of: { channel_id: number; since: number; limit: number }): Promise<ChangedMessage[]> {
      return read(queries.changedSince.all(of));
    },
    /** One for each of the channels, in their order. */
    async lastOf(channel_ids: readonly number[]): Promise<LastOfChannel[]> {
      return read(queries.lastOf.all({ channel_ids: JSON.stringify(channel_ids) }));
    },
  };
}

function messageWrites({ reads, write }: Access) {
  const insert = insertNew(reads).toSQL().sql;
  const changes = changeStatements(reads);
  const reacting = reactionStatements(reads);
  return {
    /** Not added where the author has used the nonce in the channel before. The writer adds many at once. */
    async add(message: ChatMessage): Promise<{ added: boolean }> {
      const [added] = await write([{ sql: insert, params: [jsonRows([rowOf(message)])], mergeable: true }]);
      return { added: added !== undefined && addedIds(added).has(message.id) };
    },
    /** False, and nothing is changed, for a message that is not there any more. */
    async edit({ mentions, mentions_everyone, content, ...edit }: MessageEdit): Promise<boolean> {
      const text = storableText(content);
      const values = { content: text, search_text: searchTextOf(text), mentions: JSON.stringify(mentions) };
      const [edited] = await write([
        changes.edit({ ...edit, ...values, mentions_everyone: mentions_everyone ? 1 : 0 }),
      ]);
      return edited?.changes === 1;
    },
    /** Leaves a tombstone; false for a message that is not there any more. */
    async remove(removal: MessageRemoval): Promise<boolean> {
      const [removed] = await write([changes.remove({ ...removal })]);
      return removed?.changes === 1;
    },
    /** False, and the message keeps its seq, when the reaction is there already or the message is not any more. */
    async addReaction({ created_at, seq, ...reaction }: NewReaction): Promise<boolean> {
      const of = { ...reaction, emoji: storableText(reaction.emoji) };
      const [added] = await write([reacting.add({ ...of, created_at }), reacting.bump({ id: of.message_id, seq })]);
      return added?.changes === 1;
    },
    /** False, and the message keeps its seq, when there is no such reaction. */
    async removeReaction({ seq, ...reaction }: ReactionRemoval): Promise<boolean> {
      const of = { ...reaction, emoji: storableText(reaction.emoji) };
      const [removed] = await write([reacting.remove(of), reacting.bump({ id: of.message_id, seq })]);
      return removed?.changes === 1;
    },
  };
}

/** The ids that a statement returned, looked through once for all the jobs that share it. */
function addedIds(result: StatementResult): ReadonlySet<SqlValue | undefined> {
  const known = idsOfResults.get(result);
  if (known) return known;
  const ids = new Set<SqlValue | undefined>();
  for (const row of result.rows) ids.add(row[0]);
  idsOfResults.set(result, ids);
  return ids;
}

const idsOfResults = new WeakMap<StatementResult, ReadonlySet<SqlValue | undefined>>();

/** What is stored of a new message, in the order in which its row has it. */
const new_fields = [
  "id",
  "channel_id",
  "server_id",
  "author_id",
  "content",
  "search_text",
  "created_at",
  "edited_at",
  "reply_to",
  "attachments",
  "mentions",
  "mentions_everyone",
  "nonce",
  "seq",
] as const satisfies (keyof typeof messages.$inferInsert)[];

/** Without names: SQLite finds a field by its place in less time. */
function rowOf(message: ChatMessage): unknown[] {
  const content = storableText(message.content);
  const fields = { ...message, content, search_text: searchTextOf(content) };
  const row: unknown[] = [];
  for (const name of new_fields) row.push(fields[name]);
  return row;
}

function singleQueries(reads: Access["reads"]) {
  const { id, channel_id, author_id, nonce } = messages;
  const channel = sql`asked.value`;
  const place = { server_id: messages.server_id, channel_id };
  return {
    byId: reads
      .select(messageColumns)
      .from(messages)
      .where(and(eq(id, given("id")), isLive))
      .prepare(),
    byNonce: reads
      .select(messageColumns)
      .from(messages)
      .where(
        and(eq(author_id, given("author_id")), eq(channel_id, given("channel_id")), eq(nonce, given("nonce")), isLive),
      )
      .prepare(),
    placeOf: reads
      .select(place)
      .from(messages)
      .where(and(eq(id, given("id")), isLive))
      .prepare(),
    changedSince: reads
      .select({ ...messageColumns, deleted: sql<boolean>`${messages.deleted_at} is not null`.mapWith(Boolean) })
      .from(messages)
      .where(and(eq(channel_id, given("channel_id")), gt(messages.seq, given("since"))))
      .orderBy(asc(messages.seq))
      .limit(sql.placeholder("limit"))
      .prepare(),
    lastOf: reads
      .select({
        channel_id: sql<number>`${channel}`,
        last_id: lastLiveId(channel),
        last_seq: sql<number>`coalesce((select max(seq) from messages where channel_id = ${channel}), 0)`,
      })
      .from(sql`json_each(${sql.placeholder("channel_ids")}) as asked`)
      .orderBy(sql`asked.key`)
      .prepare(),
  };
}

/** The greatest id of a live message in the channel. */
export function lastLiveId(channel: SQL) {
  return sql<number | null>`(select max(id) from messages where channel_id = ${channel} and deleted_at is null)`;
}

function pageQueries(reads: Access["reads"]) {
  const { id, channel_id } = messages;
  const page = (condition: SQL, order: SQL) =>
    reads
      .select(messageColumns)
      .from(messages)
      .where(and(eq(channel_id, given("channel_id")), condition, isLive))
      .orderBy(order)
      .limit(sql.placeholder("limit"))
      .prepare();
  return { downwards: page(lt(id, given("anchor")), desc(id)), upwards: page(gt(id, given("anchor")), asc(id)) };
}

/** Rows whose nonce is taken are left out; the ids of the others are returned. */
function insertNew(reads: Access["reads"]) {
  return insertRows(reads, messages, { ...fieldsByPlace(new_fields), deleted_at: sql`null` })
    .onConflictDoUpdate({
      target: [messages.author_id, messages.channel_id, messages.nonce],
      targetWhere: isNotNull(messages.nonce),
      // Never done. Drizzle words a `do nothing` with a target like this in a way that SQLite refuses.
      set: { nonce: sql`excluded.nonce` },
      setWhere: sql`false`,
    })
    .returning({ id: messages.id });
}

type Edited = {
  id: number;
  content: string;
  search_text: string | null;
  mentions: string;
  mentions_everyone: number;
  edited_at: number;
  seq: number;
};

function changeStatements(reads: Access["reads"]) {
  const thisOne = and(eq(messages.id, given("id")), isLive);
  const seq = given<number>("seq");
  return {
    edit: template<Edited>(
      reads
        .update(messages)
        .set({
          content: given("content"),
          search_text: given("search_text"),
          mentions: given("mentions"),
          mentions_everyone: given("mentions_everyone"),
          edited_at: given("edited_at"),
          seq,
        })
        .where(thisOne),
    ),
    remove: template<{ id: number; seq: number; now: number }>(
      reads
        .update(messages)
        .set({
          content: "",
          search_text: null,
          attachments: [],
          mentions: [],
          mentions_everyone: false,
          deleted_at: given("now"),
          seq,
        })
        .where(thisOne),
    ),
  };
}

type ReactionOf = { message_id: number; emoji: string; user_id: number };

function reactionStatements(reads: Access["reads"]) {
  const [message_id, emoji, user_id] = [given<number>("message_id"), given<string>("emoji"), given<number>("user_id")];
  const created_at = given<number>("created_at");
  return {
    add: template<ReactionOf & { created_at: number }>(
      reads
        .insert(reactions)
        .select(
          reads
            .select({
              message_id: messages.id,
              emoji: emoji.as("emoji"),
              user_id: user_id.as("user_id"),
              created_at: created_at.as("created_at"),
            })
            .from(messages)
            .where(and(eq(messages.id, message_id), isLive)),
        )
        .onConflictDoNothing(),
    ),
    remove: template<ReactionOf>(
      reads
        .delete(reactions)
        .where(and(eq(reactions.message_id, message_id), eq(reactions.emoji, emoji), eq(reactions.user_id, user_id))),
    ),
    /** After either of the two, and only where it did something. */
    bump: template<{ id: number; seq: number }>(
      reads
        .update(messages)
        .set({ seq: given("seq") })
        .where(and(eq(messages.id, given("id")), sql`changes() = 1`)),
    ),
  };
}
