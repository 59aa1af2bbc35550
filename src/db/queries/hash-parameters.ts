// What the stored password hashes begin with, found by an index: as many looks as there are of them.
// Must not hand out a hash.

import { sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { hash_parameters, users } from "../schema/people.ts";

/** The parameters of all password hashes that are stored, in their order. */
export function hashParametersOf({ reads }: Access): () => Promise<string[]> {
  const query = reads
    .select({ next: sql<string | null>`min(${hash_parameters})` })
    .from(users)
    .where(sql`${hash_parameters} > ${given("after")}`)
    .prepare();
  return async () => {
    const found: string[] = [];
    for (;;) {
      const after = found.at(-1) ?? "";
      const next = (await read(query.get({ after })))?.next ?? "";
      if (next <= after) return found;
      found.push(next);
    }
  };
}
