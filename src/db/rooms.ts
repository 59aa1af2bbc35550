// The servers people talk in: their structure, members, roles and bans, as rooms load and save them.
// What is deleted stays as a tombstone with the seq of its end, which no read here sees.
// Must not judge who may do what, nor give out a seq: both are the room's.

import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Category, Channel, Server, ServerRole, ServerStructure } from "../domain/community.ts";
import { categories, channels, members, roles, servers } from "./community-schema.ts";
import { type Access, given, read } from "./query.ts";
import { roomChangesOf } from "./room-changes.ts";
import { roomMembersOf } from "./room-members.ts";

export type { Deleted, Joining, LeftMember, NewMember, RoomChanges, SavedMember } from "./room-changes.ts";
export type { ListedBan, ListedMember, MembersQuery, ServerSummary } from "./room-members.ts";

export type RoomPart = "server" | "channel" | "category" | "role";

export type Rooms = ReturnType<typeof roomsOf>;

export function roomsOf(access: Access) {
  const queries = structureQueries(access.reads);
  return {
    ...roomMembersOf(access),
    ...roomChangesOf(access),
    /** Each list in the order of its ids; null for a server that does not exist, or no longer. */
    async load(server_id: number): Promise<ServerStructure | null> {
      return (await read(queries.load.get({ server_id }))) ?? null;
    },
    /** The greatest seq of the server's topic, that of what was deleted included; 0 for an unknown server. */
    async lastSeq(server_id: number): Promise<number> {
      return (await read(queries.lastSeq.get({ server_id })))?.seq ?? 0;
    },
    /** The server that a standing channel, category or role is in; a standing server is its own. */
    async serverOf(kind: RoomPart, id: number): Promise<number | null> {
      return (await read(queries.serverOf[kind].get({ id })))?.server_id ?? null;
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
};

function structureQueries(reads: Access["reads"]) {
  const thisServer = eq(servers.id, given("server_id"));
  const parts = [roles, categories, channels, members];
  const seqs = parts.map((part) => sql`coalesce((select max(seq) from ${part} where server_id = ${servers}.id), 0)`);
  return {
    load: reads
      .select({
        server: sql<Server>`json_object(${fieldsOf(Object.keys(serverColumns))})`.mapWith(parsed<Server>),
        roles: partsOf<ServerRole>(roles, ["id", "name", "color", "rules", "position", "seq"]),
        categories: partsOf<Category>(categories, ["id", "name", "position", "overwrites", "seq"]),
        channels: partsOf<Channel>(channels, [
          ...["id", "category_id", "name", "description", "position", "overwrites", "seq"],
        ]),
      })
      .from(servers)
      .where(and(thisServer, isNull(servers.deleted_at)))
      .prepare(),
    lastSeq: reads
      .select({ seq: sql<number>`max(${servers.seq}, ${sql.join(seqs, sql`, `)})` })
      .from(servers)
      .where(thisServer)
      .prepare(),
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

function fieldsOf(fields: string[]): SQL {
  return sql.raw(fields.map((name) => `'${name}', ${name === "overwrites" ? "json(overwrites)" : name}`).join(", "));
}

function parsed<Value>(json: string): Value {
  return JSON.parse(json);
}

function placeOf(reads: Access["reads"], table: typeof channels | typeof categories | typeof roles) {
  return reads
    .select({ server_id: table.server_id })
    .from(table)
    .where(and(eq(table.id, given("id")), isNull(table.deleted_at)))
    .prepare();
}
