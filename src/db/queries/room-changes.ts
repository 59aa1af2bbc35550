// Writes of a server's structure and members, each call one job: done all or not at all.
// Any number of rows of one table is one statement. What ends becomes a tombstone with the seq of its end.
// Must not empty a large channel at once: that is done in slices, by purge.

import { and, eq, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { Ban, Category, Channel, Member, Server, ServerRole, ServerStructure } from "../../domain/community.ts";
import { nameKey } from "../../domain/names.ts";
import type { Job } from "../engine/driver.ts";
import { type Access, given, template } from "../engine/query.ts";
import {
  bans,
  categories,
  channels,
  invites,
  member_roles,
  members,
  messages,
  roles,
  servers,
  sight_seqs,
} from "../schema/community.ts";
import { isOpen } from "./invites.ts";
import { field, fieldOfRow, fieldsOfRows, givenIds, jsonRows, upsertRows } from "./json-rows.ts";

/** `self_seq` is of the member's own `self` topic; absent, it stays as it is. */
export type SavedMember = Member & { readonly self_seq?: number };
export type NewMember = Member & { readonly self_seq: number };

export interface Deleted {
  id: number;
  seq: number;
}

export interface LeftMember {
  user_id: number;
  seq: number;
  self_seq: number;
}

/** Whole values, each of which replaces what is stored of its id. */
export interface RoomChanges {
  /** At which seq it is told who gains and loses sight of what, below those of the rows; absent where nobody does. */
  sight_seq?: number;
  server?: Server;
  roles?: ServerRole[];
  deleted_roles?: Deleted[];
  categories?: Category[];
  deleted_categories?: Deleted[];
  channels?: Channel[];
  deleted_channels?: Deleted[];
  members?: SavedMember[];
  left_members?: LeftMember[];
  bans?: Ban[];
  lifted_bans?: number[];
  now: number;
}

export interface Joining {
  server_id: number;
  member: Member;
  self_seq: number;
  /** With its new `num_members`. */
  server: Server;
  invite_code: string;
  now: number;
}

type Rows = { rows: string };
type RowsOfServer = { server_id: number; rows: string };
type End = { server_id: number; seq: number; now: number };

export function roomChangesOf({ reads, write }: Access) {
  const puts = putStatements(reads);
  const ends = endStatements(reads);
  const joins = joinStatements(reads);
  const purge = purgeStatement(reads);

  function changes(server_id: number, of: RoomChanges): Job {
    const rows = (list: readonly unknown[]) => ({ server_id, rows: jsonRows(list) });
    const gone = (list: readonly Deleted[]) => ({ ...rows(list), now: of.now });
    const put_members = of.members && rows(of.members.map(memberRow));
    const left_members = of.left_members && { ...rows(of.left_members), now: of.now };
    return [
      of.sight_seq === undefined ? undefined : puts.sight({ server_id, seq: of.sight_seq }),
      of.server && puts.server({ rows: jsonRows([of.server]) }),
      of.roles && puts.roles(rows(of.roles)),
      of.deleted_roles && ends.roles(gone(of.deleted_roles)),
      of.categories && puts.categories(rows(of.categories)),
      of.deleted_categories && ends.categories(gone(of.deleted_categories)),
      of.channels && puts.channels(rows(of.channels)),
      of.deleted_channels && ends.channels(gone(of.deleted_channels)),
      put_members && puts.members(put_members),
      put_members && ends.memberRoles(put_members),
      put_members && puts.memberRoles(put_members),
      of.deleted_roles && ends.holders(rows(of.deleted_roles)),
      left_members && ends.members(left_members),
      left_members && ends.memberRoles(left_members),
      of.bans && puts.bans(rows(of.bans)),
      of.lifted_bans && ends.bans(rows(of.lifted_bans)),
    ].filter((statement) => statement !== undefined);
  }

  return {
    async create({ server, roles, categories, channels }: ServerStructure, owner: NewMember): Promise<void> {
      const structure = { server, roles: [...roles], categories: [...categories], channels: [...channels] };
      await write(
        changes(server.id, { ...structure, members: [owner], sight_seq: server.seq, now: server.created_at }),
      );
    },
    async save(server_id: number, of: RoomChanges): Promise<void> {
      await write(changes(server_id, of));
    },
    /** Spends one use of the invite and adds the member; `invite_gone`, and nothing is done, when it lets nobody in. */
    async join({ server_id, member, self_seq, server, invite_code, now }: Joining): Promise<"joined" | "invite_gone"> {
      const rows = { server_id, rows: jsonRows([memberRow({ ...member, self_seq })]) };
      const [spent] = await write([
        joins.spend({ code: invite_code, server_id, now }),
        joins.member(rows),
        joins.server({ rows: jsonRows([server]) }),
        joins.roles(rows),
      ]);
      return spent?.changes === 1 ? "joined" : "invite_gone";
    },
    /** Ends the server with all that is in it; its messages go later, by purge. */
    async remove(server_id: number, { seq, now }: { seq: number; now: number }): Promise<void> {
      await write(ends.all.map((statement) => statement({ server_id, seq, now })));
    },
    /** Deletes up to `limit` messages of deleted channels; returns how many. */
    async purge(limit: number): Promise<number> {
      const [purged] = await write([purge({ limit })]);
      return purged?.changes ?? 0;
    },
  };
}

function memberRow(member: SavedMember) {
  return { ...member, nickname_key: member.nickname === null ? null : nameKey(member.nickname) };
}

const ofServer = { server_id: sql`${sql.placeholder("server_id")}`, deleted_at: sql`null` };

/** A member without a new `self_seq` keeps the one that is there; who is there has not joined anew. */
const ofMember = {
  server_id: ofServer.server_id,
  left_at: sql`null`,
  joined_seq: sql`coalesce(
    (select joined_seq from members
      where server_id = ${ofServer.server_id} and user_id = ${field("user_id")} and left_at is null),
    ${field("seq")}
  )`,
  self_seq: sql`coalesce(
    ${field("self_seq")},
    (select self_seq from members where server_id = ${ofServer.server_id} and user_id = ${field("user_id")}),
    ${field("seq")}
  )`,
};

function putStatements(reads: Access["reads"]) {
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
    roles: template<RowsOfServer>(upsertRows(reads, roles, [roles.id], ofServer)),
    categories: template<RowsOfServer>(upsertRows(reads, categories, [categories.id], ofServer)),
    channels: template<RowsOfServer>(upsertRows(reads, channels, [channels.id], ofServer)),
    members: template<RowsOfServer>(upsertRows(reads, members, [members.server_id, members.user_id], ofMember)),
    memberRoles: template<RowsOfServer>(insertMemberRoles(reads, sql`true`)),
    bans: template<RowsOfServer>(upsertRows(reads, bans, [bans.server_id, bans.user_id], ofServer)),
  };
}

function insertMemberRoles(reads: Access["reads"], condition: ReturnType<typeof sql>) {
  return reads
    .insert(member_roles)
    .select(
      sql`select ${ofServer.server_id}, member.value ->> 'user_id', role.value
        from json_each(${sql.placeholder("rows")}) as member, json_each(member.value, '$.role_ids') as role
        where ${condition}`,
    )
    .onConflictDoNothing();
}

function endStatements(reads: Access["reads"]) {
  const now = given<number>("now");
  const tombstone = { deleted_at: now, seq: given<number>("seq") };
  const gone = (table: typeof roles | typeof categories | typeof channels) =>
    and(inArray(table.id, fieldsOfRows("id")), eq(table.server_id, given("server_id")));
  const left = and(eq(members.server_id, given("server_id")), inArray(members.user_id, fieldsOfRows("user_id")));
  const bury = (table: typeof roles | typeof categories | typeof channels) =>
    template<RowsOfServer & { now: number }>(
      reads
        .update(table)
        .set({ deleted_at: now, seq: fieldOfRow("seq", table.id) })
        .where(gone(table)),
    );
  const buryAll = (table: typeof roles | typeof categories | typeof channels) =>
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
          self_seq: fieldOfRow("self_seq", members.user_id),
        })
        .where(left),
    ),
    memberRoles: template<RowsOfServer>(
      reads
        .delete(member_roles)
        .where(
          and(eq(member_roles.server_id, given("server_id")), inArray(member_roles.user_id, fieldsOfRows("user_id"))),
        ),
    ),
    bans: template<RowsOfServer>(
      reads.delete(bans).where(and(eq(bans.server_id, given("server_id")), inArray(bans.user_id, givenIds("rows")))),
    ),
    all: [
      template<End>(
        reads
          .update(servers)
          .set(tombstone)
          .where(eq(servers.id, given("server_id"))),
      ),
      buryAll(roles),
      buryAll(categories),
      buryAll(channels),
      template<End>(
        reads
          .update(members)
          .set({ left_at: now, seq: tombstone.seq, self_seq: tombstone.seq })
          .where(and(eq(members.server_id, given("server_id")), isNull(members.left_at))),
      ),
      template<End>(reads.delete(member_roles).where(eq(member_roles.server_id, given("server_id")))),
      template<End>(reads.delete(invites).where(eq(invites.server_id, given("server_id")))),
      template<End>(reads.delete(bans).where(eq(bans.server_id, given("server_id")))),
    ],
  };
}

/** In this order: each but the first is done only where the one before it changed its one row. */
function joinStatements(reads: Access["reads"]) {
  const afterOne = sql`changes() = 1`;
  return {
    spend: template<{ code: string; server_id: number; now: number }>(
      reads
        .update(invites)
        .set({ uses: sql`${invites.uses} + 1` })
        .where(and(eq(invites.code, given("code")), eq(invites.server_id, given("server_id")), isOpen())),
    ),
    member: template<RowsOfServer>(
      upsertRows(reads, members, [members.server_id, members.user_id], ofMember, afterOne),
    ),
    server: template<Rows>(upsertRows(reads, servers, [servers.id], { deleted_at: sql`null` }, afterOne)),
    roles: template<RowsOfServer>(insertMemberRoles(reads, afterOne)),
  };
}

function purgeStatement(reads: Access["reads"]) {
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
