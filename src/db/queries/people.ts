// What who runs the server sees of an account: what it holds, and how it stands.
// Must not hand out password hashes.

import { and, asc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { members, servers, upload_usage } from "../schema/community.ts";
import { users } from "../schema/people.ts";

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
  /** Whose bot it is; null for a person. */
  bot_owner_id: number | null;
}

export interface OwnedServer {
  id: number;
  name: string;
  num_members: number;
}

/** Those of ids above `after`, in their order; null takes all. `email` in lower case. */
export interface PeopleQuery {
  after: number;
  limit: number;
  now: number;
  status: "active" | "suspended" | "admin" | null;
  /** What the key of the name holds, or the e-mail. */
  name: string | null;
  email: string | null;
}

export type People = ReturnType<typeof peopleOf>;

export function peopleOf({ reads, searches }: Access) {
  const queries = peopleQueries(reads);
  const list = listQuery(searches);
  return {
    /** Null for somebody who isn't there, or no more. */
    async byId(id: number): Promise<PersonRow | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    list: ({ ...of }: PeopleQuery): Promise<PersonRow[]> => read(list.all(of)),
    owned: (user_id: number): Promise<OwnedServer[]> => read(queries.owned.all({ user_id })),
  };
}

/** With its table: Drizzle leaves that out where it knows of one table alone. */
const user_id = sql.raw("users.id");

/** What a PersonRow is selected by. */
const personColumns = {
  id: users.id,
  name: users.name,
  email: users.email,
  created_at: users.created_at,
  last_online: users.last_online,
  servers: countOf(sql`from ${members} where user_id = ${user_id} and left_at is null`),
  upload_bytes: sql<number>`coalesce((select bytes from ${upload_usage} where user_id = ${user_id}), 0)`,
  admin_since: users.admin_since,
  suspended_at: users.suspended_at,
  suspended_until: users.suspended_until,
  suspended_reason: users.suspended_reason,
  bot_owner_id: users.bot_owner_id,
};

/** It may look at every account there is, in the lane of what may take long. */
function listQuery(searches: Access["searches"]) {
  const [status, name, email] = [given("status"), given("name"), given("email")];
  const suspended = sql`${users.suspended_at} is not null
    and (${users.suspended_until} is null or ${users.suspended_until} > ${given("now")})`;
  const stands = sql`case ${status} when 'suspended' then ${suspended} when 'active' then not (${suspended})
    when 'admin' then ${users.admin_since} is not null else 1 end`;
  const matches = sql`(${name} is null or instr(${users.name_key}, ${name}) > 0
    or instr(lower(${users.email}), ${email}) > 0)`;
  return searches
    .select(personColumns)
    .from(users)
    .where(and(gt(users.id, given("after")), isNull(users.deleted_at), stands, matches))
    .orderBy(asc(users.id))
    .limit(sql.placeholder("limit"))
    .prepare();
}

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
  };
}
