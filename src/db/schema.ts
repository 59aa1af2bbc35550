// The tables, as Drizzle sees them: the one description that migrations and queries derive from.
// A property is spelled as its column and as its field on the wire; times are integer milliseconds.
// Must not hold defaults that a clock or an id generator gives: those come from the caller.

import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const user_statuses = ["online", "idle", "dnd", "invisible"] as const;
export type UserStatus = (typeof user_statuses)[number];

/** `none` is a tombstone: it tells a client's copy that the entry is gone. */
export const friendship_states = ["friend", "incoming", "outgoing", "blocked", "none"] as const;
export type FriendshipState = (typeof friendship_states)[number];

/**
 * A deleted user's row stays as a tombstone. `seq` is that of the `user:` topic, `self_seq` the last one handed out
 * in the user's `self` topic. `name_key` is the folded name.
 */
export const users = sqliteTable("users", {
  id: integer().primaryKey(),
  name: text().notNull(),
  name_key: text().unique("users_name_key"),
  email: text(),
  password_hash: text(),
  profile_pic: text(),
  bio: text(),
  status: text({ enum: user_statuses }).notNull().default("online"),
  custom_status: text(),
  last_online: integer().notNull(),
  created_at: integer().notNull(),
  deleted_at: integer(),
  seq: integer().notNull().default(0),
  self_seq: integer().notNull().default(0),
});

export const logins = sqliteTable(
  "logins",
  {
    id: integer().primaryKey(),
    user_id: integer()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    created_at: integer().notNull(),
    expires_at: integer().notNull(),
  },
  (table) => [index("logins_user_id").on(table.user_id), index("logins_expires_at").on(table.expires_at)],
);

/** How `user_id` stands to `peer_id`; `seq` is of the `self` topic of `user_id`, at the row's last change. */
export const friendships = sqliteTable(
  "friendships",
  {
    user_id: integer()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    peer_id: integer()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    state: text({ enum: friendship_states }).notNull(),
    since: integer().notNull(),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.user_id, table.peer_id] }),
    index("friendships_user_id_seq").on(table.user_id, table.seq),
    index("friendships_peer_id").on(table.peer_id),
  ],
);

export const settings = sqliteTable("settings", {
  key: text().primaryKey(),
  value: text().notNull(),
});
