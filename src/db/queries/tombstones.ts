// What is kept of things that ended, for clients that were away: found and deleted by age, a slice at a time.
// The latest of a topic stays, so that the greatest seq of its rows is always that of its last event.
// Must not scan what is not a tombstone: each table has an index of its tombstones alone.

import { type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { timeOfId } from "../../domain/ids.ts";
import { type Access, read, template } from "../engine/query.ts";
import { doneAnew, sweeping, type Write } from "../engine/write.ts";
import { categories, channels, members, messages, roles } from "../schema/community.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { member_roles_history, membership_history, structure_history } from "../schema/history.ts";
import { friendships } from "../schema/people.ts";

/** A part of the tombstones, to be gone through from `after` on, by seq. */
export interface Slice {
  after: number;
  before: number;
  limit: number;
}

export interface FoundSlice {
  rows: number[];
  /** From where to go on; null at the end. */
  next: number | null;
}

export const tombstone_kinds = [
  "messages",
  "roles",
  "categories",
  "channels",
  "members",
  "friendships",
  "conversation_members",
] as const;
export type TombstoneKind = (typeof tombstone_kinds)[number];

const histories = {
  structure: structure_history,
  member_roles: member_roles_history,
  memberships: membership_history,
} as const;

interface Kind {
  table: SQLiteTable;
  isTombstone: SQL;
  /** That something later of the same topic is there, and nothing that still hangs on it; `old` is the row. */
  isDispensable: SQL;
}

const laterOf = (table: SQLiteTable, topic: string, seq = "seq") =>
  sql`exists (select 1 from ${table} as later
    where later.${sql.raw(topic)} = old.${sql.raw(topic)} and later.${sql.raw(seq)} > old.${sql.raw(seq)})`;
const is_deleted = sql`deleted_at is not null`;

const kinds: Record<TombstoneKind, Kind> = {
  messages: { table: messages, isTombstone: is_deleted, isDispensable: laterOf(messages, "channel_id") },
  roles: { table: roles, isTombstone: is_deleted, isDispensable: laterOf(roles, "server_id") },
  categories: { table: categories, isTombstone: is_deleted, isDispensable: laterOf(categories, "server_id") },
  channels: {
    table: channels,
    isTombstone: is_deleted,
    // Its messages and read marks are found by it, when they are purged.
    isDispensable: sql`${laterOf(channels, "server_id")}
      and not exists (select 1 from messages where channel_id = old.id)
      and not exists (select 1 from read_states where channel_id = old.id)`,
  },
  members: {
    table: members,
    isTombstone: sql`left_at is not null`,
    // The roles that come back with somebody are found by it, when their account ends.
    // So is a timeout, as long as it lasts.
    isDispensable: sql`not exists (select 1 from member_roles where server_id = old.server_id and user_id = old.user_id)
      and (timed_out_until is null or timed_out_until < ${sql.placeholder("before_ms")})
      and self_seq < ${sql.placeholder("before")}
      and ${laterOf(members, "server_id")} and ${laterOf(members, "user_id", "self_seq")}`,
  },
  friendships: {
    table: friendships,
    isTombstone: sql`state = 'none'`,
    isDispensable: laterOf(friendships, "user_id"),
  },
  conversation_members: {
    table: conversation_members,
    isTombstone: sql`left_at is not null`,
    // Of two, who has no account any more is shown all the same, and keeps the other from writing into the void.
    isDispensable: sql`${laterOf(conversation_members, "user_id")}
      and exists (select 1 from ${conversations} where id = old.conversation_id and kind = 'group')`,
  },
};

export type Tombstones = ReturnType<typeof tombstonesOf>;

export function tombstonesOf({ reads }: Access) {
  const find = Object.fromEntries(tombstone_kinds.map((name) => [name, prepareFind(reads, kinds[name])])) as Record<
    TombstoneKind,
    ReturnType<typeof prepareFind>
  >;
  const remove = Object.fromEntries(
    tombstone_kinds.map((name) => [name, removeStatement(reads, kinds[name])]),
  ) as Record<TombstoneKind, ReturnType<typeof removeStatement>>;
  const oldest = prepareOldest(reads);
  const forget = Object.values(histories).map((table) => forgetStatement(reads, table));
  return {
    /** The least seq of any; null when there are none. */
    async oldest(): Promise<number | null> {
      return (await read(oldest.get()))?.seq ?? null;
    },
    /** Those of a slice that can go, and from where to go on. */
    async slice(kind: TombstoneKind, { after, before, limit }: Slice): Promise<FoundSlice> {
      const found = await read(find[kind].all({ after, before, before_ms: timeOfId(before), limit }));
      const rows = found.filter(({ is_dispensable }) => is_dispensable).map(({ row }) => row);
      const last = found.length < limit ? undefined : found.at(-1);
      return { rows, next: last?.seq ?? null };
    },
    /** Deletes these rows, as far as they are still tombstones from before; comes to how many. */
    remove(kind: TombstoneKind, { rows, before }: { rows: readonly number[]; before: number }): Write<number> {
      return sweeping(remove[kind]({ rows: JSON.stringify(rows), before }));
    },
    /** Deletes up to `limit` of each kind of what stood before; comes to how many. */
    forgetFormer({ before, limit }: Omit<Slice, "after">): Write<number> {
      return {
        job: forget.map((statement) => statement({ before, limit })),
        stored: (results) => results.reduce((sum, { changes }) => sum + changes, 0),
        find: doneAnew,
      };
    },
  };
}

function prepareFind(reads: Access["reads"], { table, isTombstone, isDispensable }: Kind) {
  const [after, before] = [sql.placeholder("after"), sql.placeholder("before")];
  return reads
    .select({
      row: sql<number>`old.rowid`.as("row"),
      seq: sql<number>`old.seq`.as("seq"),
      is_dispensable: sql<boolean>`${isDispensable}`.mapWith(Boolean).as("is_dispensable"),
    })
    .from(sql`${table} as old where ${isTombstone} and seq > ${after} and seq < ${before} order by seq`)
    .limit(sql.placeholder("limit"))
    .prepare();
}

/** One that came to life again meanwhile stays. */
function removeStatement(reads: Access["reads"], { table, isTombstone }: Kind) {
  return template<{ rows: string; before: number }>(
    reads.delete(table).where(
      sql`rowid in (select value from json_each(${sql.placeholder("rows")}))
          and ${isTombstone} and seq < ${sql.placeholder("before")}`,
    ),
  );
}

function forgetStatement(reads: Access["reads"], table: (typeof histories)[keyof typeof histories]) {
  const old = sql`select rowid from ${table} where until_seq < ${sql.placeholder("before")}
    limit ${sql.placeholder("limit")}`;
  return template<{ before: number; limit: number }>(reads.delete(table).where(sql`rowid in (${old})`));
}

function prepareOldest(reads: Access["reads"]) {
  const of_kinds = tombstone_kinds.map((name) => {
    const { table, isTombstone } = kinds[name];
    return sql`select min(seq) as seq from ${table} where ${isTombstone}`;
  });
  const of_histories = Object.values(histories).map((table) => sql`select min(until_seq) as seq from ${table}`);
  return reads
    .select({ seq: sql<number | null>`min(seq)` })
    .from(sql`(${sql.join([...of_kinds, ...of_histories], sql` union all `)})`)
    .prepare();
}
