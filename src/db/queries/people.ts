// What who runs the server sees of an account: what it holds, how it stands, and where it is logged in.
// Must not hand out password hashes or the places of log-ins.

import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { members, servers, uploads } from "../schema/community.ts";
import { logins, users } from "../schema/people.ts";

/** An account with what it holds; times in Unix milliseconds. */
export interface PersonRow {
  id: number;
  name: string;
  email: string | null;
  created_at: number;
  last_online: number;
  /** In how many it is. */
  servers: number;
  upload_bytes: number;
  admin_since: number | null;
  suspended_at: number | null;
  suspended_until: number | null;
  suspended_reason: string | null;
}

export interface OwnedServer {
  id: number;
  name: string;
  num_members: number;
}

export interface PersonLogin {
  id: number;
  created_at: number;
  expires_at: number;
}

export type People = ReturnType<typeof peopleOf>;

export function peopleOf({ reads }: Access) {
  const queries = peopleQueries(reads);
  return {
    /** Null for somebody who isn't there, or no more. */
    async byId(id: number): Promise<PersonRow | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    owned: (user_id: number): Promise<OwnedServer[]> => read(queries.owned.all({ user_id })),
    /** Those that are good at `now`, oldest first. */
    logins: (user_id: number, now: number): Promise<PersonLogin[]> => read(queries.logins.all({ user_id, now })),
  };
}

/** What a PersonRow is selected by. */
const personColumns = {
  id: users.id,
  name: users.name,
  email: users.email,
  created_at: users.created_at,
  last_online: users.last_online,
  servers: countOf(sql`from ${members} where ${members.user_id} = ${users.id} and ${members.left_at} is null`),
  upload_bytes: sql<number>`(select coalesce(sum(bytes), 0) from ${uploads} where ${uploads.user_id} = ${users.id})`,
  admin_since: users.admin_since,
  suspended_at: users.suspended_at,
  suspended_until: users.suspended_until,
  suspended_reason: users.suspended_reason,
};

function countOf(source: SQL): SQL<number> {
  return sql<number>`(select count(*) ${source})`;
}

function peopleQueries(reads: Access["reads"]) {
  const { id, name, num_members } = servers;
  return {
    byId: reads
      .select(personColumns)
      .from(users)
      .where(and(eq(users.id, given("id")), isNull(users.deleted_at)))
      .prepare(),
    owned: reads
      .select({ id, name, num_members })
      .from(servers)
      .where(and(eq(servers.owner_id, given("user_id")), isNull(servers.deleted_at)))
      .orderBy(asc(id))
      .prepare(),
    logins: reads
      .select({ id: logins.id, created_at: logins.created_at, expires_at: logins.expires_at })
      .from(logins)
      .where(and(eq(logins.user_id, given("user_id")), sql`${logins.expires_at} > ${given("now")}`))
      .orderBy(asc(logins.id))
      .prepare(),
  };
}
