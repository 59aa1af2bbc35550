// The tables of conversations, as Drizzle sees them. Their messages are in the table of all messages, with the
// conversation's id where those of servers have the server's.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { conversation_kinds, conversation_states } from "../../domain/conversations.ts";
import { users } from "./people.ts";

/**
 * `pair` is that of a direct conversation, `owner_id` of a group. `seq` changes whenever who is in it, or what it shows,
 * does: a decision rests on one. Nobody is left in one that is deleted.
 */
export const conversations = sqliteTable(
  "conversations",
  {
    id: integer().primaryKey(),
    kind: text({ enum: conversation_kinds }).notNull(),
    channel_id: integer().notNull().unique("conversations_channel_id"),
    pair: text().unique("conversations_pair"),
    name: text(),
    image: text(),
    owner_id: integer(),
    created_at: integer().notNull(),
    seq: integer().notNull(),
    deleted_at: integer(),
  },
  (table) => [
    index("conversations_seq").on(table.seq),
    index("conversations_deleted_at").on(table.deleted_at).where(sql`deleted_at is not null`),
  ],
);

/**
 * `seq` is of the member's own topic, and `added_seq` what it was when the conversation last appeared in their list; 0
 * where it never has. By `joined_seq`, as the room of the conversation numbers, they came. `is_hidden`: it isn't in the list. `added_by` is who brought them in, and `refused` those by whose
 * hand they were in a group that they left. `requested_at` is when a stranger's conversation last appeared.
 */
export const conversation_members = sqliteTable(
  "conversation_members",
  {
    conversation_id: integer()
      .notNull()
      .references(() => conversations.id),
    user_id: integer()
      .notNull()
      .references(() => users.id),
    state: text({ enum: conversation_states }).notNull(),
    is_hidden: integer({ mode: "boolean" }).notNull(),
    joined_at: integer().notNull(),
    added_by: integer().notNull(),
    refused: text({ mode: "json" }).$type<number[]>().notNull(),
    requested_at: integer(),
    left_at: integer(),
    added_seq: integer().notNull(),
    seq: integer().notNull(),
    joined_seq: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.conversation_id, table.user_id] }),
    index("conversation_members_user_id_seq").on(table.user_id, table.seq),
    index("conversation_members_user_id").on(table.user_id, table.is_hidden, table.state).where(sql`left_at is null`),
    index("conversation_members_requested_at").on(table.requested_at).where(sql`state = 'request'`),
    index("conversation_members_seq").on(table.seq),
    index("conversation_members_tombstones").on(table.seq).where(sql`left_at is not null`),
  ],
);
