// What stood of a server before, as Drizzle sees it: who could see what, who was a member, and with which roles.
// Triggers keep it, in the migrations; the seq at which a change was told is set before the rows that it changes.

import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** By server: at which seq those listening were told what they gained and lost sight of by the last change. */
export const sight_seqs = sqliteTable("sight_seqs", {
  server_id: integer().primaryKey(),
  seq: integer().notNull(),
});

/**
 * What said who could view what, until a change ended it, which was told at `until_seq`: an owner's id, a role's rules,
 * a category's overwrites, a channel's category and overwrites.
 */
export const structure_history = sqliteTable(
  "structure_history",
  {
    server_id: integer().notNull(),
    until_seq: integer().notNull(),
    kind: text({ enum: ["server", "role", "category", "channel"] }).notNull(),
    id: integer().notNull(),
    value: text({ mode: "json" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.server_id, table.until_seq, table.kind, table.id] }),
    index("structure_history_until_seq").on(table.until_seq),
  ],
);

/** Who was a member, from which seq until which. */
export const membership_history = sqliteTable(
  "membership_history",
  {
    server_id: integer().notNull(),
    user_id: integer().notNull(),
    until_seq: integer().notNull(),
    joined_seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.server_id, table.user_id, table.until_seq] }),
    index("membership_history_until_seq").on(table.until_seq),
  ],
);

/** The roles of a present member until a change of them, which was told at `until_seq`. */
export const member_roles_history = sqliteTable(
  "member_roles_history",
  {
    server_id: integer().notNull(),
    user_id: integer().notNull(),
    until_seq: integer().notNull(),
    role_ids: text({ mode: "json" }).$type<number[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.server_id, table.user_id, table.until_seq] }),
    index("member_roles_history_until_seq").on(table.until_seq),
  ],
);
