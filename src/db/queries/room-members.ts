// Reads of who belongs to which server: one's servers, a server's members by pages, its bans.
// Sees present members of standing servers only. A page goes on after a key and never counts rows to skip.
// Must not be slower for a larger server: who is looked for by name is, among so many members at once.

import { and, asc, count, desc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Ban, BotMembership, Member } from "../../domain/community.ts";
import { folded } from "../../domain/folding.ts";
import { type Access, given, read } from "../engine/query.ts";
import { bans, member_roles, members, servers } from "../schema/community.ts";
import { users } from "../schema/people.ts";
import { type Hides, hidesFrom } from "./blocks.ts";
import { givenIds } from "./json-rows.ts";

export interface ServerSummary {
  id: number;
  name: string;
  image: string | null;
}

/** `after` is the last `user_id` of the page before, 0 to start. All filters must hold. */
export interface MembersQuery {
  server_id: number;
  /** Who asks; absent where nobody is to see it. */
  viewer_id?: number;
  after: number;
  limit: number;
  /** Not the default role: nobody is stored as its holder. */
  role_id?: number | undefined;
  user_ids?: readonly number[] | undefined;
}

/** Of the members looked at, whose ids are wanted; `next`: after whom to go on, null when nobody is left. */
export interface MemberIds {
  user_ids: number[];
  next: number | null;
}

/** `hides`: from whom, where the viewer is a bot. */
export type ListedMember = Member & { name: string; profile_pic: string | null; user_seq: number; hides: Hides };
export type ListedBan = Ban & { name: string };

/** Shared: most members have none, and rooms hold many members. */
const no_roles: number[] = [];

/** What a Member is selected by. Tables are named in it: Drizzle leaves them out where it sees one only. */
export const memberColumns = {
  user_id: members.user_id,
  nickname: members.nickname,
  role_ids: sql<number[]>`(
    select json_group_array(role_id) from (
      select role_id from member_roles
      where server_id = ${members}.server_id and user_id = ${members}.user_id order by role_id
    )
  )`.mapWith((ids: string): number[] => (ids === "[]" ? no_roles : JSON.parse(ids))),
  joined_at: members.joined_at,
  joined_seq: members.joined_seq,
  timed_out_until: members.timed_out_until,
  bot: sql<BotMembership | null>`case when ${members}.bot_owner_id is not null then
    json_object('owner_id', ${members}.bot_owner_id, 'rules', ${members}.rules) end`.mapWith(botOf),
  seq: members.seq,
};

/** Who its owner is there, the room knows. */
function botOf(json: string | null): BotMembership | null {
  return json === null ? null : { ...JSON.parse(json), owner: null };
}

const summaryColumns = { id: servers.id, name: servers.name, image: servers.image };
const banColumns = {
  user_id: bans.user_id,
  reason: bans.reason,
  banned_by: bans.banned_by,
  created_at: bans.created_at,
};

export function roomMembersOf({ reads, searches }: Access) {
  const own = membershipQueries(reads);
  const bansOf = banQueries(reads);
  const page = pageQueries({ reads, searches });
  return {
    /** The servers the user is in, in the order of joining. */
    async listOf(user_id: number): Promise<ServerSummary[]> {
      return read(own.listOf.all({ user_id }));
    },
    /** The servers both users are in, in the order in which the first one joined. */
    async mutual(user_id: number, other_id: number): Promise<ServerSummary[]> {
      return read(own.mutual.all({ user_id, other_id }));
    },
    async ownedBy(user_id: number): Promise<number[]> {
      return (await read(own.ownedBy.all({ user_id }))).map(({ id }) => id);
    },
    /** How many servers the user is in. */
    async countOf(user_id: number): Promise<number> {
      return (await read(own.countOf.get({ user_id })))?.servers ?? 0;
    },
    async member(server_id: number, user_id: number): Promise<Member | null> {
      return (await read(own.member.get({ server_id, user_id }))) ?? null;
    },
    /** The bots of this user in the server. */
    async botsOf(server_id: number, owner_id: number): Promise<Member[]> {
      return read(own.bots.all({ server_id, owner_id }));
    },
    /** The roles that stayed with who isn't a member any more. */
    async formerRoles(server_id: number, user_id: number): Promise<number[]> {
      return (await read(own.formerRoles.all({ server_id, user_id }))).map(({ role_id }) => role_id);
    },
    /** The timeout that stayed with who isn't a member any more. */
    async formerTimeout(server_id: number, user_id: number): Promise<number | null> {
      return (await read(own.formerTimeout.get({ server_id, user_id })))?.timed_out_until ?? null;
    },
    /** In the order of `user_id`. */
    async members(query: MembersQuery): Promise<ListedMember[]> {
      return read(page.listed(filtersOf(query)).all(valuesOf(query)));
    },
    /** Among `limit` members, those in whose name or nickname it is, without regard to case or accents. */
    async named(query: MembersQuery, name: string): Promise<MemberIds> {
      const wanted = folded(name);
      const rows = await read(page.keys(filtersOf(query)).all(valuesOf(query)));
      const isNamed = (key: string | null) => key !== null && folded(key).includes(wanted);
      const found = rows.filter(({ name_key, nickname_key }) => isNamed(name_key) || isNamed(nickname_key));
      const next = rows.length < query.limit ? null : (rows.at(-1)?.user_id ?? null);
      return { user_ids: found.map(({ user_id }) => user_id), next };
    },
    /** Of `limit` members, all. */
    async ids(query: MembersQuery): Promise<MemberIds> {
      const user_ids = (await read(page.ids(filtersOf(query)).get(valuesOf(query))))?.user_ids ?? [];
      return { user_ids, next: user_ids.length < query.limit ? null : (user_ids.at(-1) ?? null) };
    },
    /** Of all who are in the server. */
    async memberIds(server_id: number): Promise<number[]> {
      return (await read(own.memberIds.all({ server_id }))).map(({ user_id }) => user_id);
    },
    async ban(server_id: number, user_id: number): Promise<Ban | null> {
      return (await read(bansOf.one.get({ server_id, user_id }))) ?? null;
    },
    /** Newest first, those older than `before`; users' ids order those of one time. */
    async bans(server_id: number, before: Pick<Ban, "created_at" | "user_id">, limit: number): Promise<ListedBan[]> {
      return read(bansOf.page.all({ server_id, ...before, limit }));
    },
    async banCount(server_id: number): Promise<number> {
      return (await read(bansOf.count.get({ server_id })))?.bans ?? 0;
    },
  };
}

function membershipQueries(reads: Access["reads"]) {
  const other = alias(members, "other");
  const ofUser = and(eq(members.user_id, given("user_id")), isNull(members.left_at));
  const standing = and(eq(servers.id, members.server_id), isNull(servers.deleted_at));
  const otherToo = and(
    eq(other.server_id, members.server_id),
    eq(other.user_id, given("other_id")),
    isNull(other.left_at),
  );
  const order = [asc(members.joined_at), asc(members.server_id)] as const;
  const mine = () => reads.select(summaryColumns).from(members).innerJoin(servers, standing);
  return {
    listOf: mine()
      .where(ofUser)
      .orderBy(...order)
      .prepare(),
    mutual: mine()
      .innerJoin(other, otherToo)
      .where(ofUser)
      .orderBy(...order)
      .prepare(),
    ownedBy: reads
      .select({ id: servers.id })
      .from(servers)
      .where(and(eq(servers.owner_id, given("user_id")), isNull(servers.deleted_at), isNull(servers.locked_at)))
      .orderBy(servers.id)
      .prepare(),
    countOf: reads.select({ servers: count() }).from(members).where(ofUser).prepare(),
    memberIds: reads
      .select({ user_id: members.user_id })
      .from(members)
      .where(and(eq(members.server_id, given("server_id")), isNull(members.left_at)))
      .orderBy(members.user_id)
      .prepare(),
    bots: reads
      .select(memberColumns)
      .from(members)
      .where(
        and(
          eq(members.bot_owner_id, given("owner_id")),
          eq(members.server_id, given("server_id")),
          isNull(members.left_at),
        ),
      )
      .orderBy(members.user_id)
      .prepare(),
    formerRoles: reads
      .select({ role_id: member_roles.role_id })
      .from(member_roles)
      .where(and(eq(member_roles.server_id, given("server_id")), eq(member_roles.user_id, given("user_id"))))
      .orderBy(member_roles.role_id)
      .prepare(),
    formerTimeout: reads
      .select({ timed_out_until: members.timed_out_until })
      .from(members)
      .where(and(eq(members.server_id, given("server_id")), eq(members.user_id, given("user_id"))))
      .prepare(),
    member: reads
      .select(memberColumns)
      .from(members)
      .where(and(eq(members.server_id, given("server_id")), ofUser))
      .prepare(),
  };
}

interface Filters {
  by_role: boolean;
  by_ids: boolean;
}

const filtersOf = ({ role_id, user_ids }: MembersQuery): Filters => ({
  by_role: role_id !== undefined,
  by_ids: user_ids !== undefined,
});

const valuesOf = ({ viewer_id, user_ids = [], ...query }: MembersQuery) => ({
  ...query,
  viewer_id: viewer_id ?? null,
  user_ids: JSON.stringify(user_ids),
});

const listed_columns = {
  ...memberColumns,
  name: users.name,
  profile_pic: users.profile_pic,
  user_seq: users.seq,
  hides: hidesFrom(sql`${members}.user_id`, given("viewer_id")),
};
const key_columns = { user_id: members.user_id, name_key: users.name_key, nickname_key: members.nickname_key };

function pageQueries({ reads, searches }: Pick<Access, "reads" | "searches">) {
  return {
    listed: wordedOnce((filters) => prepareListed(reads, filters)),
    // What goes through all members of a server mustn't hold up reads of a few rows.
    keys: wordedOnce((filters) => prepareKeys(searches, filters).prepare()),
    ids: wordedOnce((filters) => prepareIds(searches, filters)),
  };
}

/** The query for each combination of filters, worded when it is first asked for. */
function wordedOnce<Query>(word: (filters: Filters) => Query): (filters: Filters) => Query {
  const prepared = new Map<string, Query>();
  return (filters) => {
    const key = JSON.stringify(filters);
    const query = prepared.get(key) ?? word(filters);
    prepared.set(key, query);
    return query;
  };
}

function prepareListed(reads: Access["reads"], filters: Filters) {
  const { condition, leader } = pageOf(filters);
  const select = reads.select(listed_columns);
  const source = filters.by_role ? select.from(member_roles).crossJoin(members).crossJoin(users) : null;
  const rows = (source ?? select.from(members).crossJoin(users)).where(condition).orderBy(asc(leader));
  return rows.limit(sql.placeholder("limit")).prepare();
}

function prepareKeys(reads: Access["reads"], filters: Filters) {
  const { condition, leader } = pageOf(filters);
  const select = reads.select(key_columns);
  const source = filters.by_role ? select.from(member_roles).crossJoin(members).crossJoin(users) : null;
  const rows = (source ?? select.from(members).crossJoin(users)).where(condition).orderBy(asc(leader));
  return rows.limit(sql.placeholder("limit"));
}

function prepareIds(reads: Access["reads"], filters: Filters) {
  const keys = prepareKeys(reads, filters);
  const user_ids = sql`json_group_array(user_id)`.mapWith((ids: string): number[] => JSON.parse(ids));
  return reads.select({ user_ids }).from(sql`(${keys})`).prepare();
}

/** Who is on a page, and by whose id they are in order. */
function pageOf({ by_role, by_ids }: Filters) {
  // Of a role the holders lead, as few as they may be; SQLite keeps the order in which a cross join names its tables.
  const [leader, place] = by_role
    ? [member_roles.user_id, eq(member_roles.role_id, given("role_id"))]
    : [members.user_id, eq(members.server_id, given("server_id"))];
  const conditions = [
    place,
    gt(leader, given("after")),
    ...(by_role ? [eq(members.server_id, given("server_id")), eq(members.user_id, member_roles.user_id)] : []),
    isNull(members.left_at),
    eq(users.id, members.user_id),
    ...(by_ids ? [inArray(leader, givenIds("user_ids"))] : []),
  ];
  return { condition: and(...conditions), leader };
}

function banQueries(reads: Access["reads"]) {
  const ofServer = eq(bans.server_id, given("server_id"));
  return {
    one: reads
      .select(banColumns)
      .from(bans)
      .where(and(ofServer, eq(bans.user_id, given("user_id"))))
      .prepare(),
    page: reads
      .select({ ...banColumns, name: users.name })
      .from(bans)
      .innerJoin(users, eq(users.id, bans.user_id))
      .where(
        and(
          ofServer,
          sql`(${bans.created_at}, ${bans.user_id}) < (${sql.placeholder("created_at")}, ${sql.placeholder("user_id")})`,
        ),
      )
      .orderBy(desc(bans.created_at), desc(bans.user_id))
      .limit(sql.placeholder("limit"))
      .prepare(),
    count: reads.select({ bans: count() }).from(bans).where(ofServer).prepare(),
  };
}
