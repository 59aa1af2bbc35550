// The greatest id and seq ever given, over all tables: where the id generator goes on after a start.
// Ids of chance are none of its: it would go on where hardly any are left. Each table is asked by an index, so it costs
// the same however full they are.

import { type SQL, sql } from "drizzle-orm";
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

const greatest: SQL[] = [
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
  sql`${greatestOf(uploads.id)} where ${uploads.id} < ${sql.raw(String(first_secret_id))}`,
  sql`${greatestOf(messages.seq)} where ${messages.seq} <> ${messages.id}`,
  // Kept by triggers, of what leaves no tombstone.
  sql`select cast(${settings.value} as integer) from ${settings} where ${settings.key} = 'greatest_deleted_id'`,
  sql`select cast(${settings.value} as integer) from ${settings} where ${settings.key} = ${sql.raw(`'${compacted_to}'`)}`,
];

function greatestOf(column: SQLiteColumn): SQL {
  return sql`select max(${column}) as id from ${column.table}`;
}

/** 0 in an empty database. */
export function maxIdOf({ reads }: Access): () => Promise<number> {
  const query = reads
    .select({ id: sql<number>`coalesce(max(id), 0)` })
    .from(sql`(${sql.join(greatest, sql` union all `)})`)
    .prepare();
  return async () => (await read(query.get()))?.id ?? 0;
}
