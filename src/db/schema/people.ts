// The tables of accounts, as Drizzle sees them: with community.ts what migrations and queries derive from.
// A property is spelled as its column and as its field on the wire; times are integer milliseconds.
// Must not hold defaults that a clock or an id generator gives: those come from the caller.

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { dms_settings } from "../../domain/conversations.ts";

export const user_statuses = ["online", "idle", "dnd", "invisible"] as const;
export type UserStatus = (typeof user_statuses)[number];

/** `blocked_by` is the other side's view of `blocked`. `none` is a tombstone, by which a copy loses the entry. */
export const friendship_states = ["friend", "incoming", "outgoing", "blocked", "blocked_by", "none"] as const;
export type FriendshipState = (typeof friendship_states)[number];

/** What is made under a nonce, messages aside, whose own rows hold theirs. */
export const made_kinds = [
  ...(["server", "category", "channel", "role", "invite", "upload", "conversation", "webhook", "bot"] as const),
] as const;
export type MadeKind = (typeof made_kinds)[number];

/** What a link lets its bearer do: set a password, make the first admin, own to an e-mail address. */
export const link_purposes = ["reset", "setup", "confirm"] as const;
export type LinkPurpose = (typeof link_purposes)[number];

/** Of a password hash, all before its salt: every hash of ours has one lane. An index has it, made by its migration. */
export const hash_parameters = sql`substr(password_hash, 1, instr(password_hash, ',p=1$') + 4)`;

/**
 * A deleted user's row stays as a tombstone. `seq` is that of the last change of the profile, in the `user:` topic.
 * `name_key` is the folded name. Who has an `admin_since` runs the server; who has a `suspended_at` can't log in, until
 * `suspended_until` where that is given. Who has a `bot_owner_id` is a bot, and that user's for ever.
 */
export const users = sqliteTable(
  "users",
  {
    id: integer().primaryKey(),
    name: text().notNull(),
    name_key: text().unique("users_name_key"),
    email: text(),
    /** When the user proved to read mail at the address; null while that isn't so. */
    email_confirmed_at: integer(),
    password_hash: text(),
    profile_pic: text(),
    bio: text(),
    status: text({ enum: user_statuses }).notNull().default("online"),
    custom_status: text(),
    dms: text({ enum: dms_settings }).notNull().default("servers"),
    last_online: integer().notNull(),
    created_at: integer().notNull(),
    deleted_at: integer(),
    seq: integer().notNull().default(0),
    admin_since: integer(),
    suspended_at: integer(),
    suspended_until: integer(),
    suspended_reason: text(),
    bot_owner_id: integer(),
  },
  (table) => [
    index("users_seq").on(table.seq),
    index("users_admin_since").on(table.admin_since).where(sql`admin_since is not null`),
    index("users_suspended_at").on(table.suspended_at).where(sql`suspended_at is not null`),
    index("users_bot_owner_id").on(table.bot_owner_id).where(sql`bot_owner_id is not null`),
    index("users_confirmed_email").on(sql`lower(email)`).where(sql`email_confirmed_at is not null`),
  ],
);

export const logins = sqliteTable(
  "logins",
  {
    id: integer().primaryKey(),
    user_id: integer()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    created_at: integer().notNull(),
    expires_at: integer().notNull(),
    /** The user agent that logged in, and from which address; null where that isn't known. */
    device: text(),
    address: text(),
    /** When it was used last, in coarse steps; null before the first. */
    used_at: integer(),
    /** Of a bot's token, which no secret signs; null where one does. */
    token_hash: text(),
  },
  (table) => [index("logins_user_id").on(table.user_id), index("logins_expires_at").on(table.expires_at)],
);

/** Where a user has logged in lately: `place` is a keyed hash of the user and the address. */
export const login_places = sqliteTable(
  "login_places",
  {
    user_id: integer()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    place: text().notNull(),
    used_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.user_id, table.place] }), index("login_places_used_at").on(table.used_at)],
);

/** Good for one use. Of the token only a hash is kept. `user_id` is null for `setup`, `email` for all but `confirm`. */
export const links = sqliteTable(
  "links",
  {
    token_hash: text().primaryKey(),
    purpose: text({ enum: link_purposes }).notNull(),
    user_id: integer().references(() => users.id, { onDelete: "cascade" }),
    email: text(),
    created_at: integer().notNull(),
    expires_at: integer().notNull(),
  },
  (table) => [index("links_user_id").on(table.user_id), index("links_expires_at").on(table.expires_at)],
);

/** The codes that let somebody make an account. `creator_id` is null for whoever sits at the machine. */
export const registration_invites = sqliteTable(
  "registration_invites",
  {
    code: text().primaryKey(),
    creator_id: integer().references(() => users.id, { onDelete: "set null" }),
    created_at: integer().notNull(),
    expires_at: integer(),
    max_uses: integer(),
    uses: integer().notNull().default(0),
  },
  (table) => [
    index("registration_invites_created_at").on(table.created_at),
    index("registration_invites_expires_at").on(table.expires_at),
  ],
);

/**
 * How `user_id` stands to `peer_id`; `seq` is of the `self` topic of `user_id`, at the row's last change, and `added_seq`
 * what it was when the entry last came to be.
 */
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
    added_seq: integer().notNull().default(0),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.user_id, table.peer_id] }),
    index("friendships_user_id_seq").on(table.user_id, table.seq),
    index("friendships_peer_id").on(table.peer_id),
    index("friendships_seq").on(table.seq),
    index("friendships_tombstones").on(table.seq).where(sql`state = 'none'`),
  ],
);

/** Accounts whose end has begun, as far as something of it is still to be done; `messages`: what they wrote goes, too. */
export const account_removals = sqliteTable("account_removals", {
  user_id: integer().primaryKey(),
  messages: integer({ mode: "boolean" }).notNull(),
  created_at: integer().notNull(),
});

/** The servers that new accounts are still to come into. */
export const account_arrivals = sqliteTable(
  "account_arrivals",
  { user_id: integer().notNull(), server_id: integer().notNull() },
  (table) => [primaryKey({ columns: [table.user_id, table.server_id] })],
);

export const settings = sqliteTable("settings", {
  key: text().primaryKey(),
  value: text().notNull(),
});

/**
 * What somebody made under a nonce: asked for again, it is not made again. `server_id` is 0 where it lies in no server,
 * `made` the id, or the code, of what was made.
 */
export const made = sqliteTable(
  "made",
  {
    user_id: integer().notNull(),
    kind: text({ enum: made_kinds }).notNull(),
    server_id: integer().notNull(),
    nonce: text().notNull(),
    made: text().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.user_id, table.kind, table.server_id, table.nonce] }),
    index("made_created_at").on(table.created_at),
  ],
);

/** Never has a row: an insert that its check refuses undoes the job whose decision no longer holds. */
export const guards = sqliteTable("guards", { holds: integer().notNull() }, () => [check("stale", sql`holds = 1`)]);
