// The table of reports, as Drizzle sees it.

import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Evidence } from "../../domain/reports.ts";

/**
 * Who reported whom, by which message (0 for none), and what it looked like then. `server_id` and `channel_id` are the
 * message's.
 */
export const reports = sqliteTable(
  "reports",
  {
    id: integer().primaryKey(),
    reporter_id: integer().notNull(),
    user_id: integer().notNull(),
    message_id: integer().notNull().default(0),
    server_id: integer(),
    channel_id: integer(),
    reason: text().notNull(),
    evidence: text({ mode: "json" }).$type<Evidence>().notNull(),
    created_at: integer().notNull(),
    closed_at: integer(),
  },
  (table) => [
    uniqueIndex("reports_once").on(table.reporter_id, table.user_id, table.message_id),
    index("reports_server_id").on(table.server_id, table.id).where(sql`closed_at is null`),
    index("reports_open").on(table.id).where(sql`closed_at is null`),
    index("reports_closed_at").on(table.closed_at).where(sql`closed_at is not null`),
  ],
);
