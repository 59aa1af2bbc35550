// The tables of programs that take part, as Drizzle sees them.
// Must not hold a token: a hash of it is kept.

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Those of channels and servers that have ended are taken away by triggers, which also refer to the picture where it is
 * an upload, `upload_id`.
 */
export const webhooks = sqliteTable(
  "webhooks",
  {
    id: integer().primaryKey(),
    server_id: integer().notNull(),
    channel_id: integer().notNull(),
    creator_id: integer().notNull(),
    name: text().notNull(),
    profile_pic: text(),
    upload_id: integer(),
    token_hash: text().notNull(),
    mentions: integer({ mode: "boolean" }).notNull().default(false),
    created_at: integer().notNull(),
  },
  (table) => [
    index("webhooks_server_id").on(table.server_id, table.creator_id),
    index("webhooks_channel_id").on(table.channel_id),
  ],
);
