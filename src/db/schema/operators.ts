// The log of what was done by operations, as Drizzle sees it.
// A property is spelled as its column; times are integer milliseconds.
// Must not hold a link, nor what was said or is secret: ids, and values of settings.

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** By which way somebody had it done: on the machine itself, or as an administrator. */
export const operation_doors = ["command_line", "http"] as const;
export type OperationDoor = (typeof operation_doors)[number];

/**
 * `actor_id` is null where the command line did it; `user_id` is whom it concerned, where it was somebody.
 * `told_seq` is of that user's `self` topic, where they are told; the one who did it themselves isn't.
 */
export const operation_entries = sqliteTable(
  "operation_entries",
  {
    id: integer().primaryKey(),
    type: text().notNull(),
    door: text({ enum: operation_doors }).notNull(),
    actor_id: integer(),
    user_id: integer(),
    details: text({ mode: "json" }).$type<OperationDetails>().notNull(),
    created_at: integer().notNull(),
    told_seq: integer(),
  },
  (table) => [
    index("operation_entries_type").on(table.type, table.id),
    index("operation_entries_actor_id").on(table.actor_id, table.id),
    index("operation_entries_user_id").on(table.user_id, table.id),
    index("operation_entries_created_at").on(table.created_at),
    index("operation_entries_user_id_told_seq").on(table.user_id, table.told_seq),
    index("operation_entries_told_seq").on(table.told_seq),
  ],
);

/** Ids, and values of settings. */
export type OperationDetails = Record<string, string | number | boolean | null>;
