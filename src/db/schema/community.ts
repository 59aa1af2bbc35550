// The tables of servers, messages and uploads, as Drizzle sees them.
// What is deleted stays as a tombstone with the seq of its end; an index on each seq finds the greatest ever given.
// What derives from messages (mentions, references to uploads) is kept by triggers, in the migrations.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { type AuditEntry, audit_types } from "../../domain/audit.ts";
import { type Attachment, joins } from "../../domain/community.ts";
import type { Overwrite } from "../../domain/permissions.ts";
import type { MessageAuthor } from "../../domain/webhooks/webhook.ts";
import { users } from "./people.ts";

// Only what changes seldom refers to its server by foreign key: it costs a look-up with each insert. Nothing cascades,
// since neither users nor servers are ever taken out of their tables.
const serverId = () =>
  integer()
    .notNull()
    .references(() => servers.id);
const overwrites = () => text({ mode: "json" }).$type<Overwrite[]>().notNull();

export const servers = sqliteTable(
  "servers",
  {
    id: integer().primaryKey(),
    name: text().notNull(),
    image: text(),
    description: text(),
    owner_id: integer().notNull(),
    default_role_id: integer().notNull(),
    num_members: integer().notNull(),
    created_at: integer().notNull(),
    seq: integer().notNull(),
    deleted_at: integer(),
    locked_at: integer(),
    joins: text({ enum: joins }).notNull().default("open"),
  },
  (table) => [
    index("servers_owner_id").on(table.owner_id).where(sql`deleted_at is null`),
    index("servers_seq").on(table.seq),
  ],
);

export const roles = sqliteTable(
  "roles",
  {
    id: integer().primaryKey(),
    server_id: serverId(),
    name: text().notNull(),
    color: text(),
    rules: integer().notNull(),
    position: integer().notNull(),
    seq: integer().notNull(),
    deleted_at: integer(),
  },
  (table) => [
    index("roles_server_id_seq").on(table.server_id, table.seq),
    index("roles_seq").on(table.seq),
    index("roles_tombstones").on(table.seq).where(sql`deleted_at is not null`),
  ],
);

export const categories = sqliteTable(
  "categories",
  {
    id: integer().primaryKey(),
    server_id: serverId(),
    name: text().notNull(),
    position: integer().notNull(),
    overwrites: overwrites(),
    seq: integer().notNull(),
    deleted_at: integer(),
  },
  (table) => [
    index("categories_server_id_seq").on(table.server_id, table.seq),
    index("categories_seq").on(table.seq),
    index("categories_tombstones").on(table.seq).where(sql`deleted_at is not null`),
  ],
);

export const channels = sqliteTable(
  "channels",
  {
    id: integer().primaryKey(),
    server_id: serverId(),
    category_id: integer(),
    name: text().notNull(),
    description: text(),
    position: integer().notNull(),
    overwrites: overwrites(),
    slow_mode_s: integer().notNull().default(0),
    seq: integer().notNull(),
    deleted_at: integer(),
  },
  (table) => [
    index("channels_server_id_seq").on(table.server_id, table.seq),
    index("channels_seq").on(table.seq),
    index("channels_deleted_at").on(table.deleted_at).where(sql`deleted_at is not null`),
    index("channels_tombstones").on(table.seq).where(sql`deleted_at is not null`),
  ],
);

/**
 * `seq` is of the server's topic, and `joined_seq` what it was when the member last came; `self_seq` is of the member's
 * own topic; `nickname_key` is the folded nickname. A timeout stays with who left. Of a bot it says whose it is, and what
 * it may in place of the default role's rules; null: these.
 */
export const members = sqliteTable(
  "members",
  {
    server_id: serverId(),
    user_id: integer()
      .notNull()
      .references(() => users.id),
    nickname: text(),
    nickname_key: text(),
    joined_at: integer().notNull(),
    joined_seq: integer().notNull().default(0),
    seq: integer().notNull(),
    self_seq: integer().notNull(),
    left_at: integer(),
    timed_out_until: integer(),
    bot_owner_id: integer(),
    rules: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.server_id, table.user_id] }),
    index("members_server_id_seq").on(table.server_id, table.seq),
    index("members_user_id_self_seq").on(table.user_id, table.self_seq),
    index("members_seq").on(table.seq),
    index("members_self_seq").on(table.self_seq),
    index("members_bot_owner_id").on(table.bot_owner_id, table.server_id).where(sql`bot_owner_id is not null`),
    index("members_tombstones").on(table.seq).where(sql`left_at is not null`),
  ],
);

/** The roles of members, the default role aside; of former ones those that come back with them. */
export const member_roles = sqliteTable(
  "member_roles",
  { server_id: integer().notNull(), user_id: integer().notNull(), role_id: integer().notNull() },
  (table) => [
    primaryKey({ columns: [table.server_id, table.user_id, table.role_id] }),
    index("member_roles_role_id_user_id").on(table.role_id, table.user_id),
  ],
);

export const bans = sqliteTable(
  "bans",
  {
    server_id: serverId(),
    user_id: integer().notNull(),
    reason: text(),
    banned_by: integer().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.server_id, table.user_id] })],
);

export const invites = sqliteTable(
  "invites",
  {
    code: text().primaryKey(),
    server_id: serverId(),
    creator_id: integer().notNull(),
    created_at: integer().notNull(),
    expires_at: integer(),
    max_uses: integer(),
    uses: integer().notNull(),
  },
  (table) => [index("invites_server_id").on(table.server_id, table.creator_id)],
);

/** Who did what to what, and why. `place_id` is the category or channel that it tells of, for who may view that alone. */
export const audit_entries = sqliteTable(
  "audit_entries",
  {
    id: integer().primaryKey(),
    server_id: integer().notNull(),
    type: text({ enum: audit_types }).notNull(),
    actor_id: integer().notNull(),
    target_id: integer().notNull(),
    place_id: integer(),
    reason: text(),
    changes: text({ mode: "json" }).$type<AuditEntry["changes"]>().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [
    index("audit_entries_server_id").on(table.server_id, table.id),
    index("audit_entries_type").on(table.server_id, table.type, table.id),
    index("audit_entries_actor_id").on(table.server_id, table.actor_id, table.id),
    index("audit_entries_target_id").on(table.server_id, table.target_id, table.id),
    index("audit_entries_created_at").on(table.created_at),
  ],
);

/**
 * Who wrote a message that is no user. `upload_id` is their picture, where it is an upload that others may take away;
 * `maker_id` who made the webhook, by whom it is judged for whom the message counts.
 */
export type StoredAuthor = MessageAuthor & { upload_id?: number; maker_id?: number };

/** Nothing reads `search_text`, which is null in what is written: without it each row would have to be written anew. */
export const messages = sqliteTable(
  "messages",
  {
    id: integer().primaryKey(),
    channel_id: integer().notNull(),
    server_id: integer().notNull(),
    author_id: integer().notNull(),
    content: text().notNull(),
    search_text: text(),
    created_at: integer().notNull(),
    edited_at: integer(),
    reply_to: integer(),
    attachments: text({ mode: "json" }).$type<Attachment[]>().notNull(),
    mentions: text({ mode: "json" }).$type<number[]>().notNull(),
    mentions_everyone: integer({ mode: "boolean" }).notNull(),
    mention_roles: text({ mode: "json" }).$type<number[]>().notNull().default([]),
    mentions_here: text({ mode: "json" }).$type<number[]>(),
    nonce: text(),
    seq: integer().notNull(),
    deleted_at: integer(),
    pin_order: integer(),
    author: text({ mode: "json" }).$type<StoredAuthor>(),
    reply_mention: integer(),
  },
  (table) => [
    // The author is in it so that unread messages are counted from the index alone.
    index("messages_live").on(table.channel_id, table.id, table.author_id).where(sql`deleted_at is null`),
    index("messages_to_everyone")
      .on(table.channel_id, table.id, table.author_id)
      .where(sql`mentions_everyone = 1 and deleted_at is null`),
    index("messages_to_roles")
      .on(table.channel_id, table.id, table.author_id)
      .where(sql`mention_roles <> '[]' and deleted_at is null`),
    index("messages_channel_id_seq").on(table.channel_id, table.seq),
    // A message whose seq is its id needs no entry: the greatest id stands for it.
    index("messages_seq").on(table.seq).where(sql`seq <> id`),
    index("messages_tombstones").on(table.seq).where(sql`deleted_at is not null`),
    index("messages_pinned").on(table.channel_id, table.pin_order).where(sql`pin_order is not null`),
    uniqueIndex("messages_nonce").on(table.author_id, table.channel_id, table.nonce).where(sql`nonce is not null`),
  ],
);

/** What those wrote who were banned with it, from one id to the other, as long as not all of it has gone. */
export const message_sweeps = sqliteTable(
  "message_sweeps",
  {
    server_id: integer().notNull(),
    user_id: integer().notNull(),
    from_id: integer().notNull(),
    to_id: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.server_id, table.user_id] }), index("message_sweeps_to_id").on(table.to_id)],
);

/** Who is mentioned in live messages of others. */
export const mentions = sqliteTable(
  "mentions",
  { user_id: integer().notNull(), channel_id: integer().notNull(), message_id: integer().notNull() },
  (table) => [primaryKey({ columns: [table.user_id, table.channel_id, table.message_id] })],
);

export const reactions = sqliteTable(
  "reactions",
  {
    message_id: integer().notNull(),
    emoji: text().notNull(),
    user_id: integer().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.message_id, table.emoji, table.user_id] })],
);

export const read_states = sqliteTable(
  "read_states",
  {
    user_id: integer().notNull(),
    channel_id: integer().notNull(),
    last_read_id: integer().notNull(),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.user_id, table.channel_id] }),
    index("read_states_user_id_seq").on(table.user_id, table.seq),
    index("read_states_seq").on(table.seq),
    index("read_states_channel_id").on(table.channel_id),
  ],
);

/**
 * `is_referenced` says whether `upload_references` has any to it, and `is_over` that the last message with it has gone.
 * Who has the `key` may read it; those from before there were keys have none. Width and height are 0 where it is no
 * image. `name` is what its owner calls it, if anything.
 */
export const uploads = sqliteTable(
  "uploads",
  {
    id: integer().primaryKey(),
    user_id: integer()
      .notNull()
      .references(() => users.id),
    hash: text().notNull(),
    type: text().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    bytes: integer().notNull(),
    created_at: integer().notNull(),
    is_referenced: integer({ mode: "boolean" }).notNull().default(false),
    key: text(),
    name: text(),
    is_over: integer({ mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    index("uploads_hash").on(table.hash),
    index("uploads_user_id").on(table.user_id, table.id),
    index("uploads_unreferenced").on(table.created_at).where(sql`is_referenced = 0`),
    index("uploads_over").on(table.id).where(sql`is_over = 1`),
  ],
);

/**
 * What shows an upload: a live message it is attached to, or whose picture it is: a server, user, conversation, webhook or
 * a message's author.
 */
export const upload_references = sqliteTable(
  "upload_references",
  {
    upload_id: integer().notNull(),
    kind: text({ enum: ["message", "server", "user", "conversation", "webhook", "author"] }).notNull(),
    owner_id: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.upload_id, table.kind, table.owner_id] })],
);

/** How many bytes each user has uploaded that are still there. Kept by triggers, in the migrations. */
export const upload_usage = sqliteTable("upload_usage", {
  user_id: integer().primaryKey(),
  bytes: integer().notNull(),
});
