// The tables of Web Push, as Drizzle sees them: where the browsers of log-ins are reached, and what they are to be told.
// With a log-in goes its subscription, and with that what waits for it: triggers see to it, in the migrations.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * One a log-in. Nothing is sent before `held_until`; `failures` are those in a row, the first of them at
 * `failing_since`. Times are Unix milliseconds.
 */
export const push_subscriptions = sqliteTable(
  "push_subscriptions",
  {
    login_id: integer().primaryKey(),
    user_id: integer().notNull(),
    endpoint: text().notNull().unique("push_subscriptions_endpoint"),
    p256dh: text().notNull(),
    auth: text().notNull(),
    previews: integer({ mode: "boolean" }).notNull(),
    created_at: integer().notNull(),
    held_until: integer().notNull().default(0),
    failures: integer().notNull().default(0),
    failing_since: integer(),
  },
  (table) => [index("push_subscriptions_user_id").on(table.user_id)],
);

/**
 * What a subscription is told of a channel. Where something waits, it has a `due_at`, and lies from `from_id` to
 * `message_id`; up to `told_id` all has been sent, or given to the sender, the last of it at `told_at`.
 */
export const push_notices = sqliteTable(
  "push_notices",
  {
    login_id: integer().notNull(),
    channel_id: integer().notNull(),
    place_id: integer().notNull(),
    from_id: integer().notNull(),
    message_id: integer().notNull(),
    told_id: integer().notNull().default(0),
    told_at: integer(),
    due_at: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.login_id, table.channel_id] }),
    index("push_notices_due_at").on(table.due_at).where(sql`due_at is not null`),
    index("push_notices_told_at").on(table.told_at).where(sql`due_at is null`),
  ],
);
