// What a user's `self` topic is made of, as far as its seq goes: friendships, memberships, how far they have read.

import { type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { members, read_states } from "./community-schema.ts";
import { type Access, given, read } from "./query.ts";
import { friendships } from "./schema.ts";

export function selfTopicsOf({ reads }: Access) {
  const user = given<number>("user_id");
  const greatestOf = (seq: SQLiteColumn, owner: SQLiteColumn): SQL =>
    sql`select max(${seq}) as seq from ${seq.table} where ${owner} = ${user}`;
  const greatest = [
    greatestOf(friendships.seq, friendships.user_id),
    greatestOf(members.self_seq, members.user_id),
    greatestOf(read_states.seq, read_states.user_id),
  ];
  const query = reads
    .select({ seq: sql<number>`coalesce(max(seq), 0)` })
    .from(sql`(${sql.join(greatest, sql` union all `)})`)
    .prepare();
  return {
    /** The greatest seq of the user's `self` topic, that of what ended included; 0 when nothing ever happened. */
    async lastSelfSeq(user_id: number): Promise<number> {
      return (await read(query.get({ user_id })))?.seq ?? 0;
    },
  };
}
