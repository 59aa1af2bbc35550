// Reads of the messages table, with the reactions to each.
// A deleted message stays as an empty tombstone, which no read here sees but for its seq.
// Must not judge who may read what: that is the room's.

import { and, asc, desc, eq, gt, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import { type Access, given, read } from "../engine/query.ts";
import { messages } from "../schema/community.ts";
import { burialsOf } from "./burials.ts";
import { storableText } from "./json-rows.ts";
import { messageAuthorsOf } from "./message-authors.ts";
import { messageIndexOf } from "./message-index.ts";
import { messageMentionsOf } from "./message-mentions.ts";
import { messagePinsOf } from "./message-pins.ts";
import { isLive, messageColumns } from "./message-rows.ts";
import { messageSearchOf } from "./message-search.ts";
import { messageSweepsOf } from "./message-sweeps.ts";
import { messageWritesOf } from "./message-writes.ts";
import { webhookMessages } from "./webhook-messages.ts";

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
  author_id: number;
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
  return {
    ...messageReads(access),
    ...messageChangesOf(access),
    ...messageSearchOf(access),
    ...messageIndexOf(access),
    ...messageWritesOf(access),
    ...webhookMessages(access.reads),
    ...burialsOf(access),
    ...messageAuthorsOf(access),
    ...messagePinsOf(access),
    ...messageMentionsOf(access),
    ...messageSweepsOf(access),
  };
}

function messageReads(access: Access) {
  const queries = singleQueries(access);
  const pages = pageQueries(access);
  return {
    async byId(id: number): Promise<ChatMessage | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    /** Null also when the message of this nonce was deleted since; `wasDeleted` tells that apart. */
    async byNonce(author_id: number, channel_id: number, nonce: string): Promise<ChatMessage | null> {
      return (await read(queries.byNonce.get({ author_id, channel_id, nonce: storableText(nonce) }))) ?? null;
    },
    /** Whether the message of this nonce was there, and was deleted since. */
    async wasDeleted(author_id: number, channel_id: number, nonce: string): Promise<boolean> {
      return (
        (await read(queries.deletedByNonce.get({ author_id, channel_id, nonce: storableText(nonce) }))) !== undefined
      );
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
    /** Whether it is or was in the channel, as far as those that went have left a tombstone. */
    async wasIn(channel_id: number, id: number): Promise<boolean> {
      return (await read(queries.wasIn.get({ id, channel_id }))) !== undefined;
    },
    /** One for each of the channels, in their order. */
    async lastOf(channel_ids: readonly number[]): Promise<LastOfChannel[]> {
      return read(queries.lastOf.all({ channel_ids: JSON.stringify(channel_ids) }));
    },
  };
}

type ChangesQuery = { channel_id: number; since: number; limit: number };

function messageChangesOf({ catching_up, ...rest }: Access) {
  const { channel_id, seq } = messages;
  const changed = and(eq(channel_id, given("channel_id")), gt(seq, given("since")));
  const rows = catching_up
    .select({ ...messageColumns(rest), deleted: sql<boolean>`${messages.deleted_at} is not null`.mapWith(Boolean) })
    .from(messages)
    .where(changed)
    .orderBy(asc(seq))
    .limit(sql.placeholder("limit"))
    .prepare();
  const count = catching_up
    .select({ count: sql<number>`count(*)` })
    .from(sql`(select 1 from ${messages} where ${changed} limit ${sql.placeholder("limit")})`)
    .prepare();
  return {
    /** Those that came, changed or went after `since`, in the order of `seq`, `limit` at most. */
    async changedSince(of: ChangesQuery): Promise<ChangedMessage[]> {
      return read(rows.all(of));
    },
    /** How many of them there are, as far as `limit`: by their index alone. */
    async countChanged(of: ChangesQuery): Promise<number> {
      return (await read(count.get(of)))?.count ?? 0;
    },
  };
}

function singleQueries({ reads, ...rest }: Access) {
  const columns = messageColumns(rest);
  const { id, channel_id, author_id, nonce } = messages;
  const channel = sql`asked.value`;
  const place = { server_id: messages.server_id, channel_id, author_id };
  const ofNonce = and(
    eq(author_id, given("author_id")),
    eq(channel_id, given("channel_id")),
    eq(nonce, given("nonce")),
  );
  return {
    byId: reads
      .select(columns)
      .from(messages)
      .where(and(eq(id, given("id")), isLive))
      .prepare(),
    byNonce: reads.select(columns).from(messages).where(and(ofNonce, isLive)).prepare(),
    deletedByNonce: reads
      .select({ id })
      .from(messages)
      .where(and(ofNonce, isNotNull(messages.deleted_at)))
      .prepare(),
    placeOf: reads
      .select(place)
      .from(messages)
      .where(and(eq(id, given("id")), isLive))
      .prepare(),
    wasIn: reads
      .select({ id })
      .from(messages)
      .where(and(eq(id, given("id")), eq(channel_id, given("channel_id"))))
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

function pageQueries({ reads, ...rest }: Access) {
  const columns = messageColumns(rest);
  const { id, channel_id } = messages;
  const page = (condition: SQL, order: SQL) =>
    reads
      .select(columns)
      .from(messages)
      .where(and(eq(channel_id, given("channel_id")), condition, isLive))
      .orderBy(order)
      .limit(sql.placeholder("limit"))
      .prepare();
  return { downwards: page(lt(id, given("anchor")), desc(id)), upwards: page(gt(id, given("anchor")), asc(id)) };
}
