// Servers as whoever runs the installation sees them. What is counted is counted up to a bound, by indexes, and lies in
// the lane of searches: whoever waits for a page of messages isn't held up, and one server is counted at a time, so that
// whoever searches isn't either.

import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import { type Access, given, read } from "../engine/query.ts";
import { servers } from "../schema/community.ts";
import { users } from "../schema/people.ts";

export interface ServerOverview {
  id: number;
  name: string;
  owner_id: number;
  /** Null where the account is no more. */
  owner_name: string | null;
  members: number;
  created_at: number;
  locked_at: number | null;
  /** As far as they are counted. */
  messages: number;
  /** Of the files attached to as many. */
  bytes: number;
}

export function serverOverviewOf({ reads, searches }: Access) {
  const bound = sql.raw(String(limits.messages_counted));
  const messages = sql<number>`(select count(*) from (
    select 1 from channels cross join messages
      where channels.server_id = ${servers}.id and messages.channel_id = channels.id and messages.deleted_at is null
      limit ${bound}
  ))`;
  const bytes = sql<number>`(
    select coalesce(sum(attachment.value ->> 'bytes'), 0) from (
      select messages.attachments as attached from channels cross join messages
        where channels.server_id = ${servers}.id and messages.channel_id = channels.id and messages.deleted_at is null
        limit ${bound}
    ) join json_each(attached) as attachment
  )`;
  const standing = isNull(servers.deleted_at);
  const one = searches
    .select({
      ...{ id: servers.id, name: servers.name, owner_id: servers.owner_id, owner_name: users.name },
      ...{ members: servers.num_members, created_at: servers.created_at, locked_at: servers.locked_at },
      ...{ messages, bytes },
    })
    .from(servers)
    .leftJoin(users, and(eq(users.id, servers.owner_id), isNull(users.deleted_at)))
    .where(and(eq(servers.id, given("id")), standing))
    .prepare();
  const owner = reads
    .select({ owner_id: servers.owner_id })
    .from(servers)
    .where(and(eq(servers.id, given("id")), standing))
    .prepare();
  const page = reads
    .select({ id: servers.id })
    .from(servers)
    .where(and(gt(servers.id, given("after")), standing))
    .orderBy(asc(servers.id))
    .limit(sql.placeholder("limit"))
    .prepare();
  return {
    /** Whose the server is; null where there is none. */
    async ownerOf(id: number): Promise<number | null> {
      return (await read(owner.get({ id })))?.owner_id ?? null;
    },
    async overview(id: number): Promise<ServerOverview | null> {
      return (await read(one.get({ id }))) ?? null;
    },
    /** The ids of those after one, in their order. */
    async idsAfter(after: number, limit: number): Promise<number[]> {
      return (await read(page.all({ after, limit }))).map(({ id }) => id);
    },
  };
}
