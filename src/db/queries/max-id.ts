// The greatest id and seq ever given, over all tables: where the id generator goes on after a start.
// Ids of chance are none of its: it would go on where hardly any are left. Each table is asked by an index, so it costs
// the same however full they are. Each start waits for it, so the text is put together here: Drizzle takes longer to
// word it than the database to answer.

import { getTableName, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { first_secret_id } from "../../domain/ids.ts";
import { type Access, read } from "../engine/query.ts";
import * as community from "../schema/community.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { notification_settings } from "../schema/notifications.ts";
import { operation_entries } from "../schema/operators.ts";
import { friendships, logins, settings, users } from "../schema/people.ts";
import { webhooks } from "../schema/programs.ts";
import { reports } from "../schema/reports.ts";
import { compacted_to } from "./settings.ts";

const { servers, roles, categories, channels, members, messages, read_states, uploads, audit_entries } = community;

const greatest: string[] = [
  ...[
    users,
    logins,
    servers,
    roles,
    categories,
    channels,
    messages,
    audit_entries,
    reports,
    webhooks,
    operation_entries,
    conversations,
  ].map((table) => greatestOf(table.id)),
  ...[users, friendships, servers, roles, categories, channels, members, read_states, conversations].map((table) =>
    greatestOf(table.seq),
  ),
  greatestOf(members.self_seq),
  greatestOf(conversations.channel_id),
  greatestOf(conversation_members.seq),
  greatestOf(notification_settings.seq),
  greatestOf(operation_entries.told_seq),
  // Those that were made before ids of uploads were of chance.
  `${greatestOf(uploads.id)} where id < ${first_secret_id}`,
  `${greatestOf(messages.seq)} where seq <> id`,
  // Kept by triggers, of what leaves no tombstone.
  ...["greatest_deleted_id", compacted_to].map(
    (key) => `select cast(value as integer) from ${getTableName(settings)} where key = '${key}'`,
  ),
];

function greatestOf({ name, table }: SQLiteColumn): string {
  return `select max(${name}) as id from ${getTableName(table)}`;
}

/** 0 in an empty database. */
export function maxIdOf({ reads }: Access): () => Promise<number> {
  const query = reads
    .select({ id: sql<number>`coalesce(max(id), 0)` })
    .from(sql.raw(`(${greatest.join(" union all ")})`))
    .prepare();
  return async () => (await read(query.get()))?.id ?? 0;
}
