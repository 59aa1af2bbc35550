// The log of what was done by operations. An entry is stored by the job of the change that it tells of, so that neither
// is there without the other; here they are worded, read back, newest first, and taken away when they are old.
// Must not judge what an entry may hold: that is who has it written.

import { and, desc, eq, getTableColumns, gte, lt, or, type SQL, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { type OperationDetails, type OperationDoor, operation_entries } from "../schema/operators.ts";
import { logins, users } from "../schema/people.ts";
import { guard } from "./guards.ts";
import { nextSelfSeq } from "./self-topics.ts";

export interface OperationEntry {
  id: number;
  /** Noun and verb, as `user.suspend`. */
  type: string;
  door: OperationDoor;
  actor_id: number | null;
  /** Whom it concerned. */
  user_id: number | null;
  details: OperationDetails;
  created_at: number;
}

/** An entry to be stored; `tells` the user whom it concerns, on their own topic. */
export type NewEntry = OperationEntry & { tells: boolean };

/** By whose right an administrator acts, and on whom. */
export type ActingAdmin = { actor_id: number; login: number; now: number; user_id: number | null };

/** Those of ids below `before`, newest first; all conditions must hold. */
export interface OperationQuery {
  before: number;
  limit: number;
  type: string | null;
  /** Who did it, or whom it concerned. */
  user_id: number | null;
  /** Unix milliseconds. */
  since: number;
}

const { told_seq: _, ...entryColumns } = getTableColumns(operation_entries);

export type Operations = ReturnType<typeof operationsOf>;

export function operationsOf({ reads }: Access) {
  const insert = entryInsert(reads);
  const page = pageQuery(reads);
  const byId = reads
    .select({ id: operation_entries.id })
    .from(operation_entries)
    .where(eq(operation_entries.id, given("id")))
    .prepare();
  const old = sql`${operation_entries.id} in (
    select id from ${operation_entries} where ${lt(operation_entries.created_at, given("before"))} limit ${sql.placeholder("limit")}
  )`;
  const forget = template<{ before: number; limit: number }>(reads.delete(operation_entries).where(old));
  const entry = ({ details, tells, ...of }: NewEntry): Statement =>
    insert({ ...of, details: JSON.stringify(details), tells: tells ? 1 : 0 });
  return {
    /** The statement that stores it, for the end of the job of what it tells of. */
    entry,
    /**
     * For the head of the job: stale unless who acts is an administrator and logged in, and whom it concerns, or whose bot
     * it is, is none or the same.
     */
    mayAct: guard<ActingAdmin>(reads, mayAct()),
    /** Whether it is stored. */
    has: async (id: number): Promise<boolean> => (await read(byId.get({ id }))) !== undefined,
    page: (of: OperationQuery): Promise<OperationEntry[]> => read(page.all({ ...of })),
    /** Deletes up to `limit` entries made before; comes to how many. */
    forget: (of: { before: number; limit: number }): Write<number> => sweeping(forget(of)),
  };
}

function mayAct(): SQL {
  const { id, admin_since, deleted_at } = users;
  const [actor, concerned] = [given("actor_id"), given("user_id")];
  const is_admin = sql`exists (select 1 from ${users}
    where ${id} = ${actor} and ${admin_since} is not null and ${deleted_at} is null)`;
  const is_logged_in = sql`exists (select 1 from ${logins} where ${logins.id} = ${given("login")}
    and ${logins.user_id} = ${actor} and ${logins.expires_at} > ${given("now")})`;
  const person = sql`coalesce((select bot_owner_id from ${users} where ${id} = ${concerned}), ${concerned})`;
  const is_another = sql`exists (select 1 from ${users}
    where ${id} = ${person} and ${id} <> ${actor} and ${admin_since} is not null)`;
  return sql`${is_admin} and ${is_logged_in} and not ${is_another}`;
}

function entryInsert(reads: Access["reads"]) {
  const told = sql`iif(${given("tells")} = 1, ${nextSelfSeq(given("user_id"), given("id"))}, null)`;
  return template<Omit<NewEntry, "details" | "tells"> & { details: string; tells: number }>(
    reads.insert(operation_entries).values({
      id: given("id"),
      type: given("type"),
      door: given("door"),
      actor_id: given("actor_id"),
      user_id: given("user_id"),
      details: given("details"),
      created_at: given("created_at"),
      told_seq: told,
    }),
  );
}

function pageQuery(reads: Access["reads"]) {
  const { id, type, actor_id, user_id, created_at } = operation_entries;
  const unlessGiven = (name: string, condition: SQL | undefined) => or(sql`${given(name)} is null`, condition);
  return reads
    .select(entryColumns)
    .from(operation_entries)
    .where(
      and(
        lt(id, given("before")),
        gte(created_at, given("since")),
        unlessGiven("type", eq(type, given("type"))),
        unlessGiven("user_id", or(eq(actor_id, given("user_id")), eq(user_id, given("user_id")))),
      ),
    )
    .orderBy(desc(id))
    .limit(sql.placeholder("limit"))
    .prepare();
}
