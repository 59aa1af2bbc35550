// Messages by age and by author, found a slice at a time, and turned into tombstones many at once. Each tombstone has a
// seq of its own, since what a client lacks is read by seq.
// Must not look further than a slice, whatever there is: nothing can stop a statement in its thread.

import { and, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { messages } from "../schema/community.ts";
import { fieldOfRow, fieldsOfRows, givenIds, jsonRows } from "./json-rows.ts";
import { isLive } from "./message-rows.ts";

/** What a tombstone keeps of its message. */
export const nothing_left = {
  ...{ content: "", attachments: [], pin_order: null },
  ...{ mentions: [], mentions_everyone: false, mention_roles: [], mentions_here: null, reply_mention: null },
};

/** A message that went, and the seq of its end. */
export interface Buried {
  readonly id: number;
  readonly seq: number;
}

/** A standing channel, as far as a walk through all of them goes. */
export interface WalkedChannel {
  readonly id: number;
  /** Of the server, or the conversation, that it is in. */
  readonly server_id: number;
  readonly is_conversation: boolean;
  /** The id of its oldest message; null where there is none. */
  readonly oldest_id: number | null;
}

/** What one look through a channel found, and after which message to go on; null at the end. */
export interface AuthoredSlice {
  readonly ids: number[];
  readonly next: number | null;
}

export type AuthoredQuery = { channel_id: number; author_id: number; after: number; looked_at: number };

export function burialsOf({ reads, searches }: Access) {
  const queries = walkQueries(searches);
  const found = reads
    .select({ id: messages.id, seq: messages.seq })
    .from(messages)
    .where(and(inArray(messages.id, fieldsOfRows("id")), eq(messages.seq, fieldOfRow("seq", messages.id))))
    .prepare();
  const live = reads
    .select({ id: messages.id })
    .from(messages)
    .where(and(inArray(messages.id, givenIds("ids")), eq(messages.channel_id, given("channel_id")), isLive))
    .orderBy(messages.id)
    .prepare();
  const bury = buryStatement(reads);
  return {
    /** Those of them that still stand become tombstones under these seqs; comes to which. */
    bury(rows: readonly Buried[], now: number): Write<Buried[]> {
      const of = { rows: jsonRows(rows) };
      return {
        job: [bury({ ...of, now })],
        stored: ([buried]) => (buried?.rows ?? []).map(([id, seq]) => ({ id: Number(id), seq: Number(seq) })),
        async find() {
          const buried = await read(found.all(of));
          return buried.length === 0 ? null : buried;
        },
      };
    },
    /** Those of them that are there, in the channel, by their ids. */
    async liveAmong(channel_id: number, ids: readonly number[]): Promise<number[]> {
      return (await read(live.all({ channel_id, ids: JSON.stringify(ids) }))).map(({ id }) => id);
    },
    /** The standing channels of all servers and conversations, in the order of their ids. */
    async channelsAfter(after: number, limit: number): Promise<WalkedChannel[]> {
      return read(queries.channels.all({ after, limit }));
    },
    /** The oldest messages of a channel between two ids, those pinned apart; ascending. */
    async agedIn(of: { channel_id: number; after: number; before: number; limit: number }): Promise<number[]> {
      return (await read(queries.aged.all(of))).map(({ id }) => id);
    },
    /** What the author has among the next `looked_at` messages of a channel after one of them. */
    async authoredIn(of: AuthoredQuery): Promise<AuthoredSlice> {
      const looked = await read(queries.authored.get(of));
      if (!looked?.last) return { ids: [], next: null };
      return { ids: JSON.parse(looked.ids), next: looked.count < of.looked_at ? null : looked.last };
    },
  };
}

function buryStatement(reads: Access["reads"]) {
  return template<{ rows: string; now: number }>(
    reads
      .update(messages)
      .set({ ...nothing_left, deleted_at: given("now"), seq: fieldOfRow("seq", messages.id) })
      .where(and(inArray(messages.id, fieldsOfRows("id")), isLive))
      .returning({ id: messages.id, seq: messages.seq }),
  );
}

function walkQueries(reads: Access["reads"]) {
  const { id, channel_id, author_id } = messages;
  const next = reads
    .select({ id, author_id })
    .from(messages)
    .where(and(eq(channel_id, given("channel_id")), sql`${id} > ${given("after")}`, isLive))
    .orderBy(id)
    .limit(sql.placeholder("looked_at"))
    .as("looked");
  // As many of each kind as are wanted in all: nothing else has to be looked at.
  const ofServers = sql`select * from (
    select id, server_id as place_id, 0 as is_conversation from channels
    where id > ${given("after")} and deleted_at is null order by id limit ${sql.placeholder("limit")}
  )`;
  const ofConversations = sql`select * from (
    select channel_id as id, id as place_id, 1 as is_conversation from conversations
    where channel_id > ${given("after")} and deleted_at is null order by channel_id limit ${sql.placeholder("limit")}
  )`;
  return {
    channels: reads
      .select({
        id: sql<number>`walked.id`.as("walked_id"),
        server_id: sql<number>`walked.place_id`,
        is_conversation: sql<boolean>`walked.is_conversation`.mapWith(Boolean),
        oldest_id: sql<number | null>`(
          select min(id) from messages where channel_id = walked.id and deleted_at is null
        )`,
      })
      .from(sql`(${ofServers} union all ${ofConversations}) as walked`)
      .orderBy(sql`walked.id`)
      .limit(sql.placeholder("limit"))
      .prepare(),
    aged: reads
      .select({ id })
      .from(messages)
      .where(
        and(
          eq(channel_id, given("channel_id")),
          sql`${id} > ${given("after")}`,
          lt(id, given("before")),
          isNull(messages.pin_order),
          isLive,
        ),
      )
      .orderBy(id)
      .limit(sql.placeholder("limit"))
      .prepare(),
    authored: reads
      .select({
        last: sql<number | null>`max(${next.id})`,
        count: sql<number>`count(*)`,
        ids: sql<string>`json_group_array(${next.id}) filter (where ${next.author_id} = ${given("author_id")})`,
      })
      .from(next)
      .prepare(),
  };
}
