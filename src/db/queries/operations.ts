// The log of what was done by operations. An entry is stored by the job of the change that it tells of, so that neither
// is there without the other; here they are worded, read back, newest first, and taken away when they are old.
// Must not judge what an entry may hold: that is who has it written.

import { and, desc, eq, gte, lt, or, type SQL, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { type OperationDetails, type OperationDoor, operation_entries } from "../schema/operators.ts";

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

export type Operations = ReturnType<typeof operationsOf>;

export function operationsOf({ reads }: Access) {
  const insert = entryInsert(reads);
  const page = pageQuery(reads);
  const byId = reads
    .select()
    .from(operation_entries)
    .where(eq(operation_entries.id, given("id")))
    .prepare();
  const old = sql`${operation_entries.id} in (
    select id from ${operation_entries} where ${lt(operation_entries.created_at, given("before"))} limit ${sql.placeholder("limit")}
  )`;
  const forget = template<{ before: number; limit: number }>(reads.delete(operation_entries).where(old));
  const entry = ({ details, ...of }: OperationEntry): Statement => insert({ ...of, details: JSON.stringify(details) });
  return {
    /** The statement that stores it, for the end of the job of what it tells of. */
    entry,
    /** The entry alone, where nothing of the database changes with it. */
    note(noted: OperationEntry): Write<true> {
      return {
        job: [entry(noted)],
        stored: () => true,
        find: async () => ((await read(byId.get({ id: noted.id }))) ? true : null),
      };
    },
    page: (of: OperationQuery): Promise<OperationEntry[]> => read(page.all({ ...of })),
    /** Deletes up to `limit` entries made before; comes to how many. */
    forget: (of: { before: number; limit: number }): Write<number> => sweeping(forget(of)),
  };
}

function entryInsert(reads: Access["reads"]) {
  return template<Omit<OperationEntry, "details"> & { details: string }>(
    reads.insert(operation_entries).values({
      id: given("id"),
      type: given("type"),
      door: given("door"),
      actor_id: given("actor_id"),
      user_id: given("user_id"),
      details: given("details"),
      created_at: given("created_at"),
    }),
  );
}

function pageQuery(reads: Access["reads"]) {
  const { id, type, actor_id, user_id, created_at } = operation_entries;
  const unlessGiven = (name: string, condition: SQL | undefined) => or(sql`${given(name)} is null`, condition);
  return reads
    .select()
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
