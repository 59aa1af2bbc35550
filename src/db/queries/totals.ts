// What the server holds in all, for who runs it. It goes through whole indexes, in the lane of what may take long.
// Must not be asked for in the course of any request but theirs.

import { gte, isNull, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { messages, uploads } from "../schema/community.ts";
import { users } from "../schema/people.ts";

export interface Totals {
  users: number;
  messages_since: number;
  upload_bytes: number;
}

/** `first_id` is the least that a message can have which counts. */
export function totalsOf({ searches }: Access): (first_id: number) => Promise<Totals> {
  const count = sql<number>`count(*)`;
  const people = searches.select({ count }).from(users).where(isNull(users.deleted_at)).prepare();
  const said = searches
    .select({ count })
    .from(messages)
    .where(gte(messages.id, given("first_id")))
    .prepare();
  const bytes = searches
    .select({ count: sql<number>`coalesce(sum(${uploads.bytes}), 0)` })
    .from(uploads)
    .prepare();
  return async (first_id) => {
    const [of_people, of_messages, of_uploads] = await Promise.all([
      read(people.get()),
      read(said.get({ first_id })),
      read(bytes.get()),
    ]);
    return {
      users: of_people?.count ?? 0,
      messages_since: of_messages?.count ?? 0,
      upload_bytes: of_uploads?.count ?? 0,
    };
  };
}
