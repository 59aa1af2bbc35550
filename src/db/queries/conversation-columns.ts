// How a conversation is read as one of its members has it: from their own row and its conversation.

import { eq, sql } from "drizzle-orm";
import type { ConversationKind, ConversationState } from "../../domain/conversations.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { parsed } from "./rooms-json.ts";

export interface ConversationPerson {
  user_id: number;
  name: string;
  profile_pic: string | null;
  bot?: true;
}

/** A conversation as one of its members has it. */
export interface ConversationRow {
  id: number;
  kind: ConversationKind;
  channel_id: number;
  name: string | null;
  image: string | null;
  owner_id: number | null;
  created_at: number;
  /** Of a direct one both, also who has no account any more; the longest-serving first. */
  members: ConversationPerson[];
  last_message_id: number | null;
  state: ConversationState;
  /** Of the member's own topic, at the last change of it. */
  seq: number;
}

const last_message_id = sql<number | null>`(select max(id) from messages
  where channel_id = ${conversations}.channel_id and deleted_at is null)`;

/** What a ConversationRow is selected by, of one's own row and its conversation. Tables are named in it. */
export const conversationColumns = {
  id: conversations.id,
  kind: conversations.kind,
  channel_id: conversations.channel_id,
  name: sql<string | null>`${conversations}.name`.as("name"),
  image: conversations.image,
  owner_id: conversations.owner_id,
  created_at: conversations.created_at,
  members: sql<ConversationPerson[]>`(
    select json_group_array(json_patch(
      json_object('user_id', id, 'name', name, 'profile_pic', profile_pic),
      case when bot_owner_id is null then '{}' else '{"bot":true}' end
    )) from (
      select person.id, person.name, person.profile_pic, person.bot_owner_id
      from conversation_members as one join users as person on person.id = one.user_id
      where one.conversation_id = ${conversations}.id and (one.left_at is null or ${conversations}.kind = 'direct')
      order by one.joined_at, one.user_id
    )
  )`
    .mapWith(parsed<ConversationPerson[]>)
    .as("members"),
  last_message_id: last_message_id.as("last_message_id"),
  state: conversation_members.state,
  seq: sql<number>`${conversation_members}.seq`.as("seq"),
};

export const ofConversation = eq(conversations.id, conversation_members.conversation_id);
