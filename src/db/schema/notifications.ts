// The table of what people want to be told of while away, as Drizzle sees it.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { notification_kinds, notification_levels } from "../../domain/notifications.ts";

/** `seq` is of the user's own topic. */
export const notification_settings = sqliteTable(
  "notification_settings",
  {
    user_id: integer().notNull(),
    kind: text({ enum: notification_kinds }).notNull(),
    target_id: integer().notNull(),
    level: text({ enum: notification_levels }),
    muted_until: integer(),
    seq: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.user_id, table.kind, table.target_id] }),
    index("notification_settings_user_id_seq").on(table.user_id, table.seq),
    index("notification_settings_seq").on(table.seq),
    index("notification_settings_of_all").on(table.target_id, table.user_id).where(sql`level = 'all'`),
  ],
);
