// How far a server's topic goes, as expressions. What others than its room write into it takes a number above all that
// is stored. By the same number a room's write makes sure that nothing was written since the room looked.

import { type SQL, sql } from "drizzle-orm";
import { categories, channels, members, roles, servers } from "../schema/community.ts";

const parts = [roles, categories, channels, members];

/** The greatest seq that anything of the server has, what is deleted included; 0 for an unknown one. */
export function greatestServerSeq(server: SQL): SQL<number> {
  // With a name of their own: `server` may be a column of one of these tables, in the statement around.
  const seqs = [
    sql`coalesce((select topic.seq from ${servers} as topic where topic.id = ${server}), 0)`,
    ...parts.map(
      (part) => sql`coalesce((select max(topic.seq) from ${part} as topic where topic.server_id = ${server}), 0)`,
    ),
  ];
  return sql<number>`max(${sql.join(seqs, sql`, `)})`;
}

/** `seq`, or one more than the greatest where that is not less. */
export function nextServerSeq(server: SQL, seq: SQL): SQL<number> {
  return sql<number>`max(${seq}, 1 + ${greatestServerSeq(server)})`;
}
