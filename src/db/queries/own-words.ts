// What one person has said and kept, for themselves to take along: a slice at a time, each by an index.
// Must not read what others said, nor lie in the lane of what somebody waits for.

import { and, asc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import type { ConversationKind } from "../../domain/conversations.ts";
import { type Access, given, read } from "../engine/query.ts";
import { members, messages, read_states, servers } from "../schema/community.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { givenIds } from "./json-rows.ts";
import { isLive, messageColumns } from "./message-rows.ts";
import { parsed } from "./rooms-json.ts";

export interface Membership {
  server_id: number;
  name: string;
  nickname: string | null;
  joined_at: number;
}

export interface OwnConversation {
  conversation_id: number;
  kind: ConversationKind;
  channel_id: number;
  name: string | null;
  owner_id: number | null;
  member_ids: number[];
  joined_at: number;
}

export type OwnReadState = { channel_id: number; last_read_id: number };

export function ownWordsOf({ searches, ...rest }: Access) {
  const messagesOf = searches
    .select(messageColumns(rest))
    .from(messages)
    .where(and(inArray(messages.id, givenIds("ids")), eq(messages.author_id, given("author_id")), isLive))
    .orderBy(asc(messages.id))
    .prepare();
  const memberships = searches
    .select({
      ...{ server_id: members.server_id, name: servers.name },
      ...{ nickname: members.nickname, joined_at: members.joined_at },
    })
    .from(members)
    .innerJoin(servers, and(eq(servers.id, members.server_id), isNull(servers.deleted_at)))
    .where(and(eq(members.user_id, given("user_id")), isNull(members.left_at)))
    .orderBy(asc(members.server_id))
    .prepare();
  const readStates = searches
    .select({ channel_id: read_states.channel_id, last_read_id: read_states.last_read_id })
    .from(read_states)
    .where(and(eq(read_states.user_id, given("user_id")), sql`${read_states.channel_id} > ${given("after")}`))
    .orderBy(asc(read_states.channel_id))
    .limit(sql.placeholder("limit"))
    .prepare();
  const conversationsOf = searches
    .select({
      ...{ conversation_id: conversations.id, kind: conversations.kind, channel_id: conversations.channel_id },
      ...{ name: conversations.name, owner_id: conversations.owner_id },
      member_ids: sql<number[]>`(
        select json_group_array(user_id) from (
          select user_id from conversation_members
          where conversation_id = ${conversations}.id and (left_at is null or ${conversations}.kind = 'direct')
          order by user_id
        )
      )`.mapWith(parsed<number[]>),
      joined_at: conversation_members.joined_at,
    })
    .from(conversation_members)
    .innerJoin(conversations, eq(conversations.id, conversation_members.conversation_id))
    // What has never been shown to them is not theirs.
    .where(
      and(
        eq(conversation_members.user_id, given("user_id")),
        isNull(conversation_members.left_at),
        gt(conversation_members.added_seq, 0),
      ),
    )
    .orderBy(asc(conversations.id))
    .prepare();
  return {
    async conversations(user_id: number): Promise<OwnConversation[]> {
      return read(conversationsOf.all({ user_id }));
    },
    /** Those of the ids that the author wrote and that still stand, ascending. */
    async messages(author_id: number, ids: readonly number[]): Promise<ChatMessage[]> {
      return ids.length === 0 ? [] : read(messagesOf.all({ author_id, ids: JSON.stringify(ids) }));
    },
    async memberships(user_id: number): Promise<Membership[]> {
      return read(memberships.all({ user_id }));
    },
    /** In the order of the channels' ids. */
    async readStates(user_id: number, after: number, limit: number): Promise<OwnReadState[]> {
      return read(readStates.all({ user_id, after, limit }));
    },
  };
}

export type OwnWords = ReturnType<typeof ownWordsOf>;
