// The logins table as the owner of an account sees it: their devices, when each was used last, and the end of one.
// Must not judge whether a login is good beyond its time: who asks by one that ended meanwhile changes nothing.

import { and, desc, eq, gt, sql } from "drizzle-orm";
import { mergeable } from "../engine/mergeable.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { doneAnew, sweeping, type Write } from "../engine/write.ts";
import { logins } from "../schema/people.ts";
import { type AskedBy, type AskedByValues, askedBy, guard, isStillLoggedIn } from "./guards.ts";
import { field, jsonRows } from "./json-rows.ts";

/** A login as its owner sees it. */
export interface Device {
  id: number;
  device: string | null;
  address: string | null;
  created_at: number;
  used_at: number;
}

/** A use is kept in steps, of which the first may begin before the login. */
export const used_at = sql<number>`max(${logins.created_at}, coalesce(${logins.used_at}, 0))`;

export function devicesOf({ reads }: Access) {
  const queries = deviceQueries(reads);
  const statements = deviceStatements(reads);
  return {
    /** The user's that are good at `now`, the one that was used last first. */
    async listOf(user_id: number, now: number): Promise<Device[]> {
      return read(queries.listOf.all({ user_id, now }));
    },
    /** Whether the user has more than so many, of whatever time. */
    async hasMoreThan(user_id: number, most: number): Promise<boolean> {
      return (await read(queries.beyond.get({ user_id, most }))) !== undefined;
    },
    /** Ends up to `limit` of those beyond so many, the ones that were used longest ago; comes to which. */
    endBeyond: (of: { user_id: number; most: number; limit: number }): Write<number[]> => ({
      job: [statements.endBeyond(of)],
      stored: ([ended]) => (ended?.rows ?? []).map(([id]) => Number(id)),
      find: doneAnew,
    }),
    /** Those of them that stand were used at this time. */
    noteUse(ids: readonly number[], used_at: number): Write<number> {
      const rows = jsonRows(ids.map((id) => ({ id, used_at })));
      return sweeping(statements.noteUse(rows));
    },
    /** Comes to false where the user has no such login. Stale where the log-in that asks has ended. */
    removeOf(user_id: number, id: number, by: AskedBy): Write<boolean> {
      return {
        job: [statements.guardAsked({ user_id, ...askedBy(by) }), statements.remove({ user_id, id })],
        stored: ([, removed]) => removed?.changes === 1,
        find: async () => ((await read(queries.byId.get({ id }))) ? null : true),
      };
    },
  };
}

function deviceQueries(reads: Access["reads"]) {
  return {
    listOf: reads
      .select({ id: logins.id, device: logins.device, address: logins.address, created_at: logins.created_at, used_at })
      .from(logins)
      .where(and(eq(logins.user_id, given("user_id")), gt(logins.expires_at, given("now"))))
      .orderBy(desc(used_at), desc(logins.id))
      .prepare(),
    byId: reads
      .select({ id: logins.id })
      .from(logins)
      .where(eq(logins.id, given("id")))
      .prepare(),
    beyond: reads
      .select({ id: logins.id })
      .from(logins)
      .where(eq(logins.user_id, given("user_id")))
      .limit(1)
      .offset(sql.placeholder("most"))
      .prepare(),
  };
}

function deviceStatements(reads: Access["reads"]) {
  const of_user = eq(logins.user_id, given("user_id"));
  const beyond = reads
    .select({ id: logins.id })
    .from(logins)
    .where(of_user)
    .orderBy(desc(used_at), desc(logins.id))
    .limit(sql.placeholder("limit"))
    .offset(sql.placeholder("most"));
  return {
    endBeyond: template<{ user_id: number; most: number; limit: number }>(
      reads.delete(logins).where(sql`${logins.id} in ${beyond}`).returning({ id: logins.id }),
    ),
    noteUse: mergeable(noteUse(reads).toSQL().sql),
    guardAsked: guard<{ user_id: number } & AskedByValues>(reads, isStillLoggedIn(given("user_id"))),
    remove: template<{ user_id: number; id: number }>(
      reads.delete(logins).where(and(eq(logins.id, given("id")), eq(logins.user_id, given("user_id")))),
    ),
  };
}

/** Of several rows for one login, the latest stands. */
function noteUse(reads: Access["reads"]) {
  const latest = sql`select ${field("id")} as id, max(${field("used_at")}) as used_at
    from json_each(${sql.placeholder("rows")}) group by 1`;
  return reads
    .update(logins)
    .set({ used_at: sql`latest.used_at` })
    .from(sql`(${latest}) as latest`)
    .where(sql`${logins.id} = latest.id and coalesce(${logins.used_at}, 0) < latest.used_at`);
}
