// Writes of a server's structure and members, each call one job: done all or not at all.
// Any number of rows of one table is one statement. What ends becomes a tombstone with the seq of its end.
// Must not empty a large channel at once: that is done in slices, by purge.

import type { AuditEntry } from "../../domain/audit.ts";
import type { Ban, Category, Channel, Member, Server, ServerRole, ServerStructure } from "../../domain/community.ts";
import { nameKey } from "../../domain/names.ts";
import type { Job, Statement } from "../engine/driver.ts";
import { type Access, read } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { jsonRows } from "./json-rows.ts";
import { type MadeNote, notes } from "./made.ts";
import { putSweeps } from "./message-sweeps.ts";
import {
  endStatements,
  foundQueries,
  guardStatements,
  joinStatements,
  purgeStatement,
  putStatements,
  referStatement,
} from "./room-statements.ts";
import { type SelfSeq, selfBefore, selfSeqs } from "./self-topics.ts";

/** An upload, and whose it has to be. */
export interface OwnUpload {
  user_id: number;
  upload_id: number;
}

export interface Deleted {
  id: number;
  seq: number;
}

export interface LeftMember {
  user_id: number;
  seq: number;
  /** The roles that stay theirs, for when they come back. */
  role_ids?: readonly number[];
}

/** Whole values, each of which replaces what is stored of its id. */
export interface RoomChanges {
  /** Of each change its own, below the seqs of its rows: users are told under it what they gain and lose sight of. */
  sight_seq: number;
  /** The greatest seq of the server that the room has seen stored. */
  known_seq: number;
  note?: MadeNote;
  /** The picture that the server shows from now on, where it is an upload. */
  picture?: OwnUpload;
  server?: Server;
  roles?: ServerRole[];
  deleted_roles?: Deleted[];
  categories?: Category[];
  deleted_categories?: Deleted[];
  channels?: Channel[];
  /** Of these, the categories and channels whose overwrites stay as they are stored, and are not written again. */
  kept_overwrites?: ReadonlySet<number>;
  deleted_channels?: Deleted[];
  members?: Member[];
  left_members?: LeftMember[];
  bans?: Ban[];
  lifted_bans?: number[];
  /** Whose messages go, from which id on. */
  message_sweeps?: { user_id: number; from_id: number }[];
  /** Users whose invites end. */
  ended_invites?: number[];
  audit?: AuditEntry[];
  /** What others want stored with it. */
  also?: readonly Statement[];
  now: number;
}

/** A server and its first member. */
export interface Founding {
  structure: ServerStructure;
  owner: Member;
  /** Servers that the owner may be in. */
  at_most: number;
  /** The server's picture, where it is an upload of the owner's. */
  upload_id?: number | null;
  note: MadeNote;
}

export interface Joining {
  server_id: number;
  member: Member;
  /** With its new `num_members`. */
  server: Server;
  /** Null: whoever runs the installation has them come in. */
  invite_code: string | null;
  known_seq: number;
  /** Servers that the member may be in. */
  at_most: number;
  audit?: readonly AuditEntry[];
  /** What others want stored with it. */
  also?: readonly Statement[];
  now: number;
}

interface Ending {
  also?: readonly Statement[];
  seq: number;
  known_seq: number;
  now: number;
}

/** What came of a change: the numbers of those who came or went, each in their own topic. */
export interface SavedRoom {
  self: SelfSeq[];
}

export function roomChangesOf({ reads }: Access) {
  const worded = wordedFor(reads);
  const { purge } = worded;
  return {
    ...beginnings(worded),
    ...changesOfStanding(worded),
    /** Deletes up to `limit` messages of deleted channels; comes to how many. */
    purge: (limit: number): Write<number> => sweeping(purge({ limit })),
  };
}

type Worded = ReturnType<typeof wordedFor>;

function wordedFor(reads: Access["reads"]) {
  return {
    guards: guardStatements(reads),
    refer: referStatement(reads),
    puts: putStatements(reads),
    ends: endStatements(reads),
    joins: joinStatements(reads),
    found: foundQueries(reads),
    noted: notes(reads),
    sweeps: putSweeps(reads),
    purge: purgeStatement(reads),
    before: selfBefore(reads),
  };
}

/** The statements of a change. Where members leave, the last two give back how far their own topics went, and who. */
function changes(
  { puts, ends, before, sweeps }: Worded,
  server_id: number,
  of: Omit<RoomChanges, "known_seq" | "also">,
): Job {
  const rows = (list: readonly unknown[]) => ({ server_id, rows: jsonRows(list) });
  const gone = (list: readonly Deleted[]) => ({ ...rows(list), now: of.now });
  const places = (list: readonly (Category | Channel)[]) => {
    const kept = of.kept_overwrites;
    return rows(list.map(({ overwrites, ...place }) => (kept?.has(place.id) ? place : { ...place, overwrites })));
  };
  const put_members = of.members && rows(of.members.map(memberRow));
  const left_members = of.left_members && { ...rows(of.left_members), now: of.now };
  return [
    puts.sight({ server_id, seq: of.sight_seq }),
    of.server && puts.server({ rows: jsonRows([of.server]) }),
    of.roles && puts.roles(rows(of.roles)),
    of.deleted_roles && ends.roles(gone(of.deleted_roles)),
    of.categories && puts.categories(places(of.categories)),
    of.deleted_categories && ends.categories(gone(of.deleted_categories)),
    of.channels && puts.channels(places(of.channels)),
    of.deleted_channels && ends.channels(gone(of.deleted_channels)),
    put_members && puts.members(put_members),
    put_members && ends.memberRoles(put_members),
    put_members && puts.memberRoles(put_members),
    of.deleted_roles && ends.holders(rows(of.deleted_roles)),
    left_members && ends.memberRoles(left_members),
    of.bans && puts.bans(rows(of.bans)),
    of.message_sweeps && sweeps(rows(of.message_sweeps)),
    of.lifted_bans && ends.bans(rows(of.lifted_bans)),
    of.ended_invites && ends.invites(rows(of.ended_invites)),
    of.audit && of.audit.length > 0 && puts.audit({ rows: jsonRows(of.audit) }),
    of.left_members && before(of.left_members.map(({ user_id }) => user_id)),
    left_members && ends.members(left_members),
  ].filter((statement) => statement !== undefined && statement !== false);
}

/** How a server begins, and how somebody comes into it. */
function beginnings(on: Worded) {
  return {
    /** Stale where the owner's account has ended or is in `at_most` servers, the picture is gone, or the nonce used. */
    create({ structure, owner, at_most, upload_id = null, note }: Founding): Write<SavedRoom> {
      const { server, roles, categories, channels } = structure;
      const server_id = server.id;
      const { user_id } = owner;
      const rows = { server, roles: [...roles], categories: [...categories], channels: [...channels] };
      const member = { server_id, rows: jsonRows([memberRow(owner)]) };
      return {
        job: [
          on.guards.arrival({ user_id, at_most, server_id }),
          ...showing(on, { user_id, upload_id }),
          ...on.noted(note),
          ...changes(on, server_id, { ...rows, sight_seq: server.seq, now: server.created_at }),
          ...referring(on, server_id, upload_id),
          on.before([user_id]),
          on.joins.member(member),
        ],
        stored: (results) => ({ self: selfSeqs(results.at(-2), results.at(-1)) }),
        find: () => selfOf(on, server_id, [user_id], owner.seq),
      };
    },
    /**
     * Spends one use of the invite, where it takes one, and adds the member. Stale where the invite, a ban or a limit lets
     * nobody in.
     */
    join({
      server_id,
      member,
      server,
      invite_code: code,
      known_seq,
      at_most,
      now,
      audit = [],
      also = [],
    }: Joining): Write<SavedRoom> {
      const { user_id } = member;
      const rows = { server_id, rows: jsonRows([memberRow(member)]) };
      return {
        job: [
          on.guards.unchanged({ server_id, known_seq }),
          on.guards.arrival({ user_id, at_most, server_id }),
          ...(code === null ? [] : [on.guards.invite({ code, server_id, now }), on.joins.spend({ code })]),
          ...also,
          ...(audit.length > 0 ? [on.puts.audit({ rows: jsonRows(audit) })] : []),
          on.ends.memberRoles(rows),
          on.puts.memberRoles(rows),
          on.puts.server({ rows: jsonRows([server]) }),
          on.before([user_id]),
          on.joins.member(rows),
        ],
        stored: (results) => ({ self: selfSeqs(results.at(-2), results.at(-1)) }),
        find: () => selfOf(on, server_id, [user_id], member.seq),
      };
    },
  };
}

/** What changes or ends one that stands. */
function changesOfStanding(on: Worded) {
  return {
    /** Stale where something is stored that the room has not seen, the picture is gone, or the nonce used. */
    save(server_id: number, { known_seq, note = null, picture, also = [], ...of }: RoomChanges): Write<SavedRoom> {
      const left = (of.left_members ?? []).map(({ user_id }) => user_id);
      const shown = picture ? showing(on, picture) : [];
      return {
        job: [
          on.guards.unchanged({ server_id, known_seq }),
          ...shown,
          ...on.noted(note),
          ...also,
          ...changes(on, server_id, of),
          // Nobody leaves as a picture is changed: what is read of the results' end is not this.
          ...(picture ? referring(on, server_id, picture.upload_id) : []),
        ],
        stored: (results) => ({ self: left.length === 0 ? [] : selfSeqs(results.at(-2), results.at(-1)) }),
        find: async () => ((await sightOf(on, server_id)) === of.sight_seq ? selfOf(on, server_id, left) : null),
      };
    },
    /** Ends the server with all that is in it; its messages go later, by purge. Stale as `save` is. */
    remove(server_id: number, { seq, known_seq, now, also = [] }: Ending): Write<SavedRoom> {
      return {
        job: [
          on.guards.unchanged({ server_id, known_seq }),
          ...also,
          ...on.ends.all.map((statement) => statement({ server_id, seq, now })),
        ],
        stored: (results) => ({ self: selfSeqs(results.at(-2), results.at(-1)) }),
        async find() {
          const ended = await read(on.found.ended.get({ server_id, seq }));
          return ended ? { self: unknownBefore(await read(on.found.allSelf.all({ server_id, seq }))) } : null;
        },
      };
    },
  };
}

function showing({ guards }: Worded, { user_id, upload_id }: { user_id: number; upload_id: number | null }): Job {
  return upload_id === null ? [] : [guards.picture({ user_id, upload_id })];
}

function referring({ refer }: Worded, server_id: number, upload_id: number | null): Job {
  return upload_id === null ? [] : [refer({ server_id, upload_id })];
}

async function sightOf({ found }: Worded, server_id: number): Promise<number | null> {
  return (await read(found.sight.get({ server_id })))?.seq ?? null;
}

/**
 * Where these users stand in their own topics; null unless each has joined at `joined_seq`, where that is given. Not at
 * the `seq` of their row: the end of their account has given it another, where it came before this look.
 */
async function selfOf(
  { found }: Worded,
  server_id: number,
  user_ids: readonly number[],
  joined_seq?: number,
): Promise<SavedRoom | null> {
  const rows = user_ids.length === 0 ? [] : await read(found.self.all({ server_id, ids: JSON.stringify(user_ids) }));
  const are_all =
    rows.length === user_ids.length && rows.every((row) => joined_seq === undefined || row.joined_seq === joined_seq);
  return are_all ? { self: unknownBefore(rows) } : null;
}

/** What is found later doesn't say how far the topic went before it. */
function unknownBefore(rows: readonly { user_id: number; seq: number }[]): SelfSeq[] {
  return rows.map(({ user_id, seq }) => ({ user_id, seq, after: null }));
}

function memberRow({ bot, ...member }: Member) {
  const of_bot = bot && { bot_owner_id: bot.owner_id, rules: bot.rules };
  return { ...member, ...of_bot, nickname_key: member.nickname === null ? null : nameKey(member.nickname) };
}
