// The invites table: the codes that let people into a server.
// One that lets nobody in any more stays until the next one is made there.
// Must not spend a use: that happens where the member is added, in the same job.

import { and, count, desc, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import type { Invite } from "../../domain/community.ts";
import type { InvitingServer } from "../../protocol/invites.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { invites, servers } from "../schema/community.ts";
import { guard, isMember } from "./guards.ts";
import { insertRows, jsonRows } from "./json-rows.ts";
import { type MadeNote, notes } from "./made.ts";

export type Invites = ReturnType<typeof invitesOf>;

export function invitesOf({ reads }: Access) {
  const noted = notes(reads);
  const queries = inviteQueries(reads);
  const statements = inviteStatements(reads);
  return {
    /**
     * Also removes the server's invites that let nobody in any more. Stale where it has `at_most` others, or the
     * creator `own_at_most`, the creator is no member any more, or the nonce was used.
     */
    create(invite: Invite, at_most: number, note: MadeNote, own_at_most = at_most): Write<"created"> {
      const { code, server_id, creator_id, created_at } = invite;
      return {
        job: [
          statements.removeEnded({ server_id, now: created_at }),
          statements.guard({ server_id, creator_id, at_most, own_at_most }),
          ...noted(note),
          statements.insert({ rows: jsonRows([invite]) }),
        ],
        stored: () => "created",
        find: async () => ((await read(queries.find.get({ code }))) ? "created" : null),
      };
    },
    /** Also one that has expired or is used up. */
    async find(code: string): Promise<Invite | null> {
      return (await read(queries.find.get({ code }))) ?? null;
    },
    /** The server that somebody new may come into by it, where its invites let people make accounts. */
    async admitsTo(code: string, now: number): Promise<number | null> {
      return (await read(queries.admitsTo.get({ code, now })))?.server_id ?? null;
    },
    /** The standing server that the invite lets somebody into at `now`, as strangers see it; null where it doesn't. */
    async invitingServer(code: string, now: number): Promise<InvitingServer | null> {
      return (await read(queries.server.get({ code, now }))) ?? null;
    },
    /** Those that let somebody in at `now`, newest first. */
    async listOf(server_id: number, now: number): Promise<Invite[]> {
      return read(queries.listOf.all({ server_id, now }));
    },
    /** How many of the server let somebody in at `now`; without it, the expired count too. */
    async countOf(server_id: number, now = 0): Promise<number> {
      return (await read(queries.countOf.get({ server_id, now })))?.invites ?? 0;
    },
    /** The same of those that this member made. */
    async countBy(server_id: number, creator_id: number, now: number): Promise<number> {
      return (await read(queries.countBy.get({ server_id, creator_id, now })))?.invites ?? 0;
    },
    /** Comes to true, also where the server has no such invite any more. */
    remove(server_id: number, code: string): Write<true> {
      return {
        job: [statements.remove({ server_id, code })],
        stored: () => true,
        find: async () => ((await read(queries.find.get({ code }))) ? null : true),
      };
    },
  };
}

/** Whether the invite lets somebody in at the time `now`. */
export function isOpen() {
  const in_time = or(isNull(invites.expires_at), gt(invites.expires_at, given("now")));
  const unspent = or(isNull(invites.max_uses), gt(invites.max_uses, invites.uses));
  return and(in_time, unspent);
}

/** The invite of this code lets somebody into a server that takes them. */
export function admitsToServer() {
  const standing = and(eq(servers.id, invites.server_id), isNull(servers.deleted_at), isNull(servers.locked_at));
  const takes = and(standing, sql`${servers.joins} = 'open'`);
  return and(eq(invites.code, given("code")), isOpen(), sql`exists (select 1 from ${servers} where ${takes})`);
}

function inviteQueries(reads: Access["reads"]) {
  const open = and(eq(invites.server_id, given("server_id")), isOpen());
  return {
    find: reads
      .select()
      .from(invites)
      .where(eq(invites.code, given("code")))
      .prepare(),
    admitsTo: reads.select({ server_id: invites.server_id }).from(invites).where(admitsToServer()).prepare(),
    server: reads
      .select({ id: servers.id, name: servers.name, image: servers.image, num_members: servers.num_members })
      .from(invites)
      .innerJoin(servers, and(eq(servers.id, invites.server_id), isNull(servers.deleted_at)))
      .where(and(eq(invites.code, given("code")), isOpen()))
      .prepare(),
    listOf: reads
      .select()
      .from(invites)
      .where(open)
      .orderBy(desc(invites.created_at), desc(sql`${invites}.rowid`))
      .prepare(),
    countOf: reads.select({ invites: count() }).from(invites).where(open).prepare(),
    countBy: reads
      .select({ invites: count() })
      .from(invites)
      .where(and(open, eq(invites.creator_id, given("creator_id"))))
      .prepare(),
  };
}

function inviteStatements(reads: Access["reads"]) {
  const ofServer = eq(invites.server_id, given("server_id"));
  const others = sql`(select count(*) from ${invites} where ${ofServer})`;
  const own = sql`(select count(*) from ${invites} where ${and(ofServer, eq(invites.creator_id, given("creator_id")))})`;
  return {
    guard: guard<{ server_id: number; creator_id: number; at_most: number; own_at_most: number }>(
      reads,
      sql`${isMember(given("server_id"), given("creator_id"))}
        and ${others} < ${given("at_most")} and ${own} < ${given("own_at_most")}`,
    ),
    insert: template<{ rows: string }>(insertRows(reads, invites)),
    remove: template<{ server_id: number; code: string }>(
      reads.delete(invites).where(and(ofServer, eq(invites.code, given("code")))),
    ),
    removeEnded: template<{ server_id: number; now: number }>(
      reads
        .delete(invites)
        .where(and(ofServer, or(lte(invites.expires_at, given("now")), lte(invites.max_uses, invites.uses)))),
    ),
  };
}
