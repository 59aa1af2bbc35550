// The statements that changes of a server are made of, worded once: guards, puts, ends, and those that find out later
// what was done.
// What ends becomes a tombstone with the seq of its end.

import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, template } from "../engine/query.ts";
import {
  audit_entries,
  bans,
  categories,
  channels,
  invites,
  member_roles,
  members,
  messages,
  roles,
  servers,
} from "../schema/community.ts";
import { sight_seqs } from "../schema/history.ts";
import { guard, isAlive, ownsUpload, serversOf } from "./guards.ts";
import { isOpen } from "./invites.ts";
import { field, fieldOfRow, fieldsOfRows, givenIds, insertRows, upsertRows } from "./json-rows.ts";
import { greatestSelfSeq, nextSelfSeq } from "./self-topics.ts";
import { greatestServerSeq } from "./server-seqs.ts";
import { refersTo } from "./uploads.ts";

type Rows = { rows: string };
type RowsOfServer = { server_id: number; rows: string };
/** A table of the structure. */
type Part = typeof roles | typeof categories | typeof channels;
type End = { server_id: number; seq: number; now: number };

export function guardStatements(reads: Access["reads"]) {
  const [server, user] = [given<number>("server_id"), given<number>("user_id")];
  const banned = sql`exists (select 1 from ${bans} where server_id = ${server} and user_id = ${user})`;
  const open = and(eq(invites.code, given("code")), eq(invites.server_id, server), isOpen());
  return {
    unchanged: guard<{ server_id: number; known_seq: number }>(
      reads,
      sql`${greatestServerSeq(server)} <= ${given("known_seq")}`,
    ),
    arrival: guard<{ user_id: number; at_most: number; server_id: number }>(
      reads,
      sql`${isAlive(user)} and ${serversOf(user)} < ${given("at_most")} and not ${banned}`,
    ),
    picture: guard<{ user_id: number; upload_id: number }>(reads, ownsUpload(user, given("upload_id"))),
    invite: guard<{ code: string; server_id: number; now: number }>(
      reads,
      sql`exists (select 1 from ${invites} where ${open})`,
    ),
  };
}

/** Keeps the picture that the server shows from now on: after the server is stored. */
export function referStatement(reads: Access["reads"]) {
  return template<{ server_id: number; upload_id: number }>(
    refersTo(reads, { upload_id: given("upload_id"), kind: "server", owner_id: given("server_id") }),
  );
}

export function foundQueries(reads: Access["reads"]) {
  const ofServer = eq(members.server_id, given("server_id"));
  const self = { user_id: members.user_id, seq: members.self_seq };
  return {
    sight: reads
      .select({ seq: sight_seqs.seq })
      .from(sight_seqs)
      .where(eq(sight_seqs.server_id, given("server_id")))
      .prepare(),
    self: reads
      .select({ ...self, joined_seq: members.joined_seq })
      .from(members)
      .where(and(ofServer, inArray(members.user_id, givenIds("ids"))))
      .prepare(),
    allSelf: reads
      .select(self)
      .from(members)
      .where(and(ofServer, eq(members.seq, given("seq"))))
      .prepare(),
    ended: reads
      .select({ id: servers.id })
      .from(servers)
      .where(and(eq(servers.id, given("server_id")), eq(servers.seq, given("seq")), isNotNull(servers.deleted_at)))
      .prepare(),
  };
}

/** What is put into a server stands there. */
const inServer = { server_id: given("server_id"), deleted_at: sql`null` };

/** A row that says nothing of overwrites keeps those that are stored. */
const inPlace = (table: typeof categories | typeof channels) => ({
  ...inServer,
  overwrites: sql`coalesce(${field("overwrites")}, (select overwrites from ${table} where id = ${field("id")}))`,
});

/** A present member keeps `joined_seq` and `self_seq`: they have not joined anew. */
const ofMember = {
  server_id: inServer.server_id,
  left_at: sql`null`,
  joined_seq: sql`coalesce(
    (select joined_seq from members
      where server_id = ${inServer.server_id} and user_id = ${field("user_id")} and left_at is null),
    ${field("seq")}
  )`,
  self_seq: sql`coalesce(
    (select self_seq from members where server_id = ${inServer.server_id} and user_id = ${field("user_id")}),
    ${field("seq")}
  )`,
};

/** A new member is told on their own topic, so it gets a new number. */
const ofNewMember = { ...ofMember, self_seq: nextSelfSeq(field("user_id"), field("seq")) };

export function putStatements(reads: Access["reads"]) {
  const sight = { server_id: given<number>("server_id"), seq: given<number>("seq") };
  return {
    // First, so that the triggers find it.
    sight: template<{ server_id: number; seq: number }>(
      reads
        .insert(sight_seqs)
        .values(sight)
        .onConflictDoUpdate({ target: sight_seqs.server_id, set: { seq: sql`excluded.seq` } }),
    ),
    server: template<Rows>(upsertRows(reads, servers, [servers.id], { deleted_at: sql`null` })),
    roles: template<RowsOfServer>(upsertRows(reads, roles, [roles.id], inServer)),
    categories: template<RowsOfServer>(upsertRows(reads, categories, [categories.id], inPlace(categories))),
    channels: template<RowsOfServer>(upsertRows(reads, channels, [channels.id], inPlace(channels))),
    members: template<RowsOfServer>(upsertRows(reads, members, [members.server_id, members.user_id], ofMember)),
    memberRoles: template<RowsOfServer>(insertMemberRoles(reads)),
    bans: template<RowsOfServer>(upsertRows(reads, bans, [bans.server_id, bans.user_id], inServer)),
    audit: template<Rows>(insertRows(reads, audit_entries)),
  };
}

/** Which member has which role. */
const rolesOfRows = sql`select member.value ->> 'user_id' as user_id, role.value as role_id
  from json_each(${sql.placeholder("rows")}) as member, json_each(member.value, '$.role_ids') as role`;

function insertMemberRoles(reads: Access["reads"]) {
  // With a condition: SQLite would take the `on conflict` that follows for that of a join.
  return reads
    .insert(member_roles)
    .select(sql`select ${inServer.server_id}, user_id, role_id from (${rolesOfRows}) where true`)
    .onConflictDoNothing();
}

export function endStatements(reads: Access["reads"]) {
  const now = given<number>("now");
  const tombstone = { deleted_at: now, seq: given<number>("seq") };
  const gone = (table: Part) => and(inArray(table.id, fieldsOfRows("id")), eq(table.server_id, given("server_id")));
  const left = and(eq(members.server_id, given("server_id")), inArray(members.user_id, fieldsOfRows("user_id")));
  const bury = (table: Part) =>
    template<RowsOfServer & { now: number }>(
      reads
        .update(table)
        .set({ deleted_at: now, seq: fieldOfRow("seq", table.id) })
        .where(gone(table)),
    );
  const buryAll = (table: Part) =>
    template<End>(
      reads
        .update(table)
        .set(tombstone)
        .where(and(eq(table.server_id, given("server_id")), isNull(table.deleted_at))),
    );
  return {
    roles: bury(roles),
    categories: bury(categories),
    channels: bury(channels),
    holders: template<RowsOfServer>(
      reads.delete(member_roles).where(inArray(member_roles.role_id, fieldsOfRows("id"))),
    ),
    members: template<RowsOfServer & { now: number }>(
      reads
        .update(members)
        .set({
          left_at: now,
          seq: fieldOfRow("seq", members.user_id),
          self_seq: nextSelfSeq(sql`${members}.user_id`, fieldOfRow("seq", members.user_id)),
        })
        .where(left)
        .returning(self_returned),
    ),
    /** All but those that the rows name. */
    memberRoles: template<RowsOfServer>(
      reads
        .delete(member_roles)
        .where(
          and(
            eq(member_roles.server_id, given("server_id")),
            inArray(member_roles.user_id, fieldsOfRows("user_id")),
            sql`(${member_roles.user_id}, ${member_roles.role_id}) not in (${rolesOfRows})`,
          ),
        ),
    ),
    bans: template<RowsOfServer>(
      reads.delete(bans).where(and(eq(bans.server_id, given("server_id")), inArray(bans.user_id, givenIds("rows")))),
    ),
    /** Those that these users made. */
    invites: template<RowsOfServer>(
      reads
        .delete(invites)
        .where(and(eq(invites.server_id, given("server_id")), inArray(invites.creator_id, givenIds("rows")))),
    ),
    all: endAllStatements(reads, buryAll, tombstone),
  };
}

/** Ends all of a server. The last two give back how far the members' own topics went, and then who they were. */
function endAllStatements(
  reads: Access["reads"],
  buryAll: (table: Part) => (of: End) => Statement,
  tombstone: { deleted_at: SQL; seq: SQL },
): ((of: End) => Statement)[] {
  const ofServer = eq(members.server_id, given("server_id"));
  const now = given<number>("now");
  return [
    template<End>(
      reads
        .update(servers)
        .set(tombstone)
        .where(eq(servers.id, given("server_id"))),
    ),
    buryAll(roles),
    buryAll(categories),
    buryAll(channels),
    template<End>(reads.delete(member_roles).where(eq(member_roles.server_id, given("server_id")))),
    template<End>(reads.delete(invites).where(eq(invites.server_id, given("server_id")))),
    template<End>(reads.delete(bans).where(eq(bans.server_id, given("server_id")))),
    template<End>(
      reads
        .select({ user_id: members.user_id, seq: greatestSelfSeq(sql`${members}.user_id`) })
        .from(members)
        .where(and(ofServer, isNull(members.left_at))),
    ),
    template<End>(
      reads
        .update(members)
        .set({ left_at: now, seq: tombstone.seq, self_seq: nextSelfSeq(sql`${members}.user_id`, tombstone.seq) })
        .where(and(ofServer, isNull(members.left_at)))
        .returning(self_returned),
    ),
  ];
}

const self_returned = { user_id: members.user_id, seq: members.self_seq };

export function joinStatements(reads: Access["reads"]) {
  return {
    spend: template<{ code: string }>(
      reads
        .update(invites)
        .set({ uses: sql`${invites.uses} + 1` })
        .where(eq(invites.code, given("code"))),
    ),
    member: template<RowsOfServer>(
      upsertRows(reads, members, [members.server_id, members.user_id], ofNewMember).returning(self_returned),
    ),
  };
}

export function purgeStatement(reads: Access["reads"]) {
  // The latest deleted first: those before them are empty, all but always.
  const doomed = reads
    .select({ id: messages.id })
    .from(channels)
    .crossJoin(messages)
    .where(and(isNotNull(channels.deleted_at), eq(messages.channel_id, channels.id)))
    .orderBy(sql`${channels.deleted_at} desc`)
    .limit(sql.placeholder("limit"));
  return template<{ limit: number }>(reads.delete(messages).where(inArray(messages.id, doomed)));
}
