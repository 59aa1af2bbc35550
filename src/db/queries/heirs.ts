// Who a server goes to when its owner is gone: a person whose account has not ended, nor is suspended then.

import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { member_roles, members } from "../schema/community.ts";
import { users } from "../schema/people.ts";
import { givenIds } from "./json-rows.ts";
import { mayLogIn } from "./standing.ts";

export function heirsOf({ reads }: Access) {
  const longest = reads
    .select({ user_id: members.user_id })
    .from(members)
    .innerJoin(users, and(eq(users.id, members.user_id), isNull(users.deleted_at), mayLogIn("now")))
    .where(
      and(
        eq(members.server_id, given("server_id")),
        isNull(members.left_at),
        isNull(members.bot_owner_id),
        ne(members.user_id, given("without")),
        sql`(${given("are_all")} or exists (
          select 1 from ${member_roles} as held
          where held.server_id = ${members}.server_id and held.user_id = ${members}.user_id
            and held.role_id in ${givenIds("role_ids")}
        ))`,
      ),
    )
    .orderBy(members.joined_at, members.user_id)
    .limit(1)
    .prepare();
  return {
    /**
     * Who has been in the server longest of those who have one of the roles, or of all where that is null; null where
     * nobody has.
     */
    async longestServing(
      server_id: number,
      { without, role_ids, now }: { without: number; role_ids: readonly number[] | null; now: number },
    ): Promise<number | null> {
      const values = { server_id, without, now, role_ids: JSON.stringify(role_ids ?? []), are_all: role_ids ? 0 : 1 };
      return (await read(longest.get(values)))?.user_id ?? null;
    },
  };
}
