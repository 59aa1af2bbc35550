// The servers people talk in: their structure, members, roles and bans, as rooms load and save them.
// What is deleted stays as a tombstone with the seq of its end, which no read here sees.
// Must not judge who may do what, nor give out a seq of a server's topic: both are the room's.

import { and, eq, gt, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Category, Channel, Server, ServerRole, ServerStructure } from "../../domain/community.ts";
import { type Access, given, read } from "../engine/query.ts";
import { categories, channels, members, roles, servers } from "../schema/community.ts";
import { heirsOf } from "./heirs.ts";
import { givenIds } from "./json-rows.ts";
import { roomChangesOf } from "./room-changes.ts";
import { roomHistoryOf } from "./room-history.ts";
import { roomMembersOf } from "./room-members.ts";
import { fieldsOf, parsed } from "./rooms-json.ts";
import { serverOverviewOf } from "./server-overview.ts";
import { greatestServerSeq } from "./server-seqs.ts";

export type { Founding, OwnUpload, RoomChanges, SavedRoom } from "./room-changes.ts";
export type { ChangedMember, RoomHistory } from "./room-history.ts";
export type { ListedMember, MembersQuery, ServerSummary } from "./room-members.ts";

/** A server as it is at one moment. */
export interface LoadedServer extends ServerStructure {
  /** The greatest seq of the server's topic at that moment, as in `lastSeq`. */
  last_seq: number;
}

export interface EndedPlaces {
  categories: Category[];
  channels: Channel[];
}

export type RoomPart = "server" | "channel" | "category" | "role";

export type Rooms = ReturnType<typeof roomsOf>;

export function roomsOf(access: Access) {
  const queries = structureQueries(access.reads);
  return {
    ...roomMembersOf(access),
    ...roomChangesOf(access),
    ...roomHistoryOf(access),
    ...serverOverviewOf(access),
    ...heirsOf(access),
    /**
     * Each list in the order of its ids; null for a server that does not exist, or no longer. One statement, so that
     * nobody writes between what it brings and how far that goes.
     */
    async load(server_id: number): Promise<LoadedServer | null> {
      return (await read(queries.load.get({ server_id }))) ?? null;
    },
    /**
     * Those of these categories and channels of the server that are deleted, as they were; and the deleted categories
     * that the channels were in, without which nobody could tell who saw them.
     */
    async endedPlaces(server_id: number, ids: readonly number[]): Promise<EndedPlaces> {
      const among = (of: readonly number[]) => ({ server_id, ids: JSON.stringify(of) });
      const of_channels = await read(queries.ended.channels.all(among(ids)));
      const around = of_channels.flatMap(({ category_id }) => category_id ?? []);
      const of_categories = await read(queries.ended.categories.all(among([...ids, ...around])));
      return { categories: of_categories, channels: of_channels };
    },
    /** The greatest seq of the server's topic, that of what was deleted included; 0 for an unknown server. */
    async lastSeq(server_id: number): Promise<number> {
      return (await read(queries.lastSeq.get({ server_id })))?.seq ?? 0;
    },
    /** Those who left after `since`, in the order of their seqs: by the end of an account, unknown to the room. */
    async departedSince(server_id: number, since: number): Promise<{ user_id: number; seq: number }[]> {
      return read(queries.departed.all({ server_id, since }));
    },
    /** The server that a standing channel, category or role is in; a standing server is its own. */
    async serverOf(kind: RoomPart, id: number): Promise<number | null> {
      return (await read(queries.serverOf[kind].get({ id })))?.server_id ?? null;
    },
    /** The same for many at once; those that lead nowhere are left out. */
    async serversOf(kind: "server" | "channel", ids: readonly number[]): Promise<{ id: number; server_id: number }[]> {
      return read(queries.serversOf[kind].all({ ids: JSON.stringify(ids) }));
    },
  };
}

const serverColumns = {
  id: servers.id,
  name: servers.name,
  image: servers.image,
  description: servers.description,
  owner_id: servers.owner_id,
  default_role_id: servers.default_role_id,
  num_members: servers.num_members,
  created_at: servers.created_at,
  seq: servers.seq,
  locked_at: servers.locked_at,
  joins: servers.joins,
};

function structureQueries(reads: Access["reads"]) {
  const thisServer = eq(servers.id, given("server_id"));
  return {
    load: reads
      .select({
        server: sql<Server>`json_object(${fieldsOf(Object.keys(serverColumns))})`.mapWith(parsed<Server>),
        roles: partsOf<ServerRole>(roles, ["id", "name", "color", "rules", "position", "seq"]),
        categories: partsOf<Category>(categories, ["id", "name", "position", "overwrites", "seq"]),
        channels: partsOf<Channel>(channels, [
          ...["id", "category_id", "name", "description", "position", "overwrites", "slow_mode_s", "seq"],
        ]),
        last_seq: greatestServerSeq(given("server_id")),
      })
      .from(servers)
      .where(and(thisServer, isNull(servers.deleted_at)))
      .prepare(),
    ended: { categories: endedOf(reads, categories), channels: endedOf(reads, channels) },
    lastSeq: reads
      .select({ seq: sql<number>`seq` })
      .from(sql`(select ${greatestServerSeq(given("server_id"))} as seq)`)
      .prepare(),
    departed: reads
      .select({ user_id: members.user_id, seq: members.seq })
      .from(members)
      .where(
        and(eq(members.server_id, given("server_id")), gt(members.seq, given("since")), isNotNull(members.left_at)),
      )
      .orderBy(members.seq)
      .prepare(),
    serversOf: {
      server: reads
        .select({ id: servers.id, server_id: servers.id })
        .from(servers)
        .where(and(inArray(servers.id, givenIds("ids")), isNull(servers.deleted_at)))
        .prepare(),
      channel: reads
        .select({ id: channels.id, server_id: channels.server_id })
        .from(channels)
        .where(and(inArray(channels.id, givenIds("ids")), isNull(channels.deleted_at)))
        .prepare(),
    },
    serverOf: {
      server: reads
        .select({ server_id: servers.id })
        .from(servers)
        .where(and(eq(servers.id, given("id")), isNull(servers.deleted_at)))
        .prepare(),
      channel: placeOf(reads, channels),
      category: placeOf(reads, categories),
      role: placeOf(reads, roles),
    },
  };
}

/** The server's standing rows of a table, as one JSON text. */
function partsOf<Part>(table: SQLiteTable, fields: string[]) {
  const rows = sql`select * from ${table} where server_id = ${servers}.id and deleted_at is null order by id`;
  return sql<Part[]>`(select json_group_array(json_object(${fieldsOf(fields)})) from (${rows}))`.mapWith(
    parsed<Part[]>,
  );
}

function endedOf<Table extends typeof categories | typeof channels>(reads: Access["reads"], table: Table) {
  const among = and(eq(table.server_id, given("server_id")), inArray(table.id, givenIds("ids")));
  return reads
    .select()
    .from(table as typeof channels)
    .where(and(among, isNotNull(table.deleted_at)))
    .prepare();
}

function placeOf(reads: Access["reads"], table: typeof channels | typeof categories | typeof roles) {
  return reads
    .select({ server_id: table.server_id })
    .from(table)
    .where(and(eq(table.id, given("id")), isNull(table.deleted_at)))
    .prepare();
}
