// Accounts that are to come into servers from their first day on: noted by the job that makes the account, forgotten by
// the one that makes it a member, or where it turns out that it can't be one.

import { and, asc, eq, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { account_arrivals as arrivals } from "../schema/people.ts";
import { insertRows, jsonRows } from "./json-rows.ts";

export type Arrival = { user_id: number; server_id: number };

export function accountArrivalsOf({ reads }: Access) {
  const next = reads
    .select()
    .from(arrivals)
    .where(sql`(${arrivals.user_id}, ${arrivals.server_id}) > (${given("user_id")}, ${given("server_id")})`)
    .orderBy(asc(arrivals.user_id), asc(arrivals.server_id))
    .limit(sql.placeholder("limit"))
    .prepare();
  const forget = template<Arrival>(
    reads
      .delete(arrivals)
      .where(and(eq(arrivals.user_id, given("user_id")), eq(arrivals.server_id, given("server_id")))),
  );
  return {
    /** Those after this one, in their order. */
    arrivalsAfter: (after: Arrival, limit: number): Promise<Arrival[]> => read(next.all({ ...after, limit })),
    /** For the job that makes it a member. */
    arriving: (arrival: Arrival): Statement => forget(arrival),
    arrived: (arrival: Arrival): Write<number> => sweeping(forget(arrival)),
  };
}

/** Words the note, for the job that makes the account; nothing where it is to come into none. */
export function arrivalNotes(reads: Access["reads"]): (user_id: number, server_ids: readonly number[]) => Statement[] {
  const insert = template<{ rows: string }>(insertRows(reads, arrivals));
  return (user_id, server_ids) =>
    server_ids.length === 0
      ? []
      : [insert({ rows: jsonRows(server_ids.map((server_id) => ({ user_id, server_id }))) })];
}
