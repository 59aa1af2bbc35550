// Invites, and coming in by one.

import type { Invite, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { busy, failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import { DECISIONS, nobodys } from "../../commit/commit.ts";
import type { Reply } from "../../kernel/actor.ts";
import { serverView } from "../../server-view.ts";
import type { Requester } from "../../session/calls.ts";
import { asMember, asMemberWith, lockOf } from "../asker.ts";
import type { RoomCalls } from "../calls.ts";
import { makeChange } from "../change.ts";
import { beside, change, type RoomHandlers } from "../handler.ts";
import { arrivalOf } from "../members/arrival.ts";
import { deletedSince, madeBefore, noteHere } from "../nonces.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import { inviteView } from "../views.ts";

type Admitting = RoomCalls["admit"]["request"];

/** Random bytes of a code, of which its characters are made. */
const CODE_BYTES = 8;
const CODE_LENGTH = 10;

export const inviteHandlers: RoomHandlers<"join_server" | "add_invite" | "get_invites" | "delete_invite"> = {
  join_server: change(join),

  add_invite: beside(addInvite),

  get_invites: beside(async (room, _request, from, reply) => {
    const manager = await asMemberWith(room, from.id, "manage_server");
    if (!manager.ok) return reply(manager);
    const invites = await room.on.store.invites.listOf(room.id, room.on.clock());
    const manager_still = await asMemberWith(room, from.id, "manage_server");
    reply(manager_still.ok ? success({ invites: invites.map(inviteView) }) : manager_still);
  }),

  delete_invite: beside(async (room, { code }, from, reply) => {
    const invite = await room.on.store.invites.find(code);
    const member = await asMember(room, from.id);
    if (!member.ok) return reply(member);
    // To a member who may not list the invites, those of others don't exist.
    const theirs = invite?.creator_id === from.id || room.structure.may(member.value, "manage_server");
    if (invite?.server_id !== room.id || !theirs) return reply(notFound());
    const locked = lockOf(room);
    if (locked) return reply(locked);
    await room.on.commit(nobodys, {
      write: () => room.on.store.invites.remove(room.id, code),
      answer: () => reply(success({})),
    });
  }),
};

async function addInvite(
  room: Room,
  { max_uses, expires_in_s, nonce }: Request<"add_invite">,
  from: Requester,
  reply: Reply<ReplyBody<"add_invite">>,
): Promise<void> {
  const { store, clock, commit } = room.on;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const earlier = await madeBefore(room, from, "invite", nonce);
    const standing_invites = await countInvites(room, from.id);
    const standing = earlier === null ? null : await openInvite(room, earlier);
    const creator = await asMemberWith(room, from.id, "create_invites");
    const refused = creator.ok ? lockOf(room) : creator;
    if (!creator.ok || refused) return reply(refused ?? busy());
    if (earlier !== null) return reply(standing ? success({ invite: inviteView(standing) }) : deletedSince());
    const bounds = boundsFor(room, creator.value);
    const full = fullOf(standing_invites, bounds);
    if (full) return reply(full);
    const created_at = clock();
    const invite: Invite = {
      ...{ code: newCode(), server_id: room.id, creator_id: from.id, created_at, uses: 0 },
      expires_at: expires_in_s === undefined ? null : created_at + expires_in_s * 1000,
      max_uses: max_uses ?? null,
    };
    const note = noteHere(room, from, "invite", nonce, invite.code);
    const committed = await commit(nobodys, {
      write: () => store.invites.create(invite, bounds.in_all, note, bounds.own),
      answer: () => reply(success({ invite: inviteView(invite) })),
    });
    if (committed === "done") return;
    // Somebody was quicker, or the account has ended.
    if (!(await store.rooms.member(room.id, from.id))) return reply(notFound());
  }
  reply(busy());
}

/** Who manages the server may always make some, however many the members have made. */
function boundsFor({ structure }: Room, creator: Member): InviteCounts {
  const { invites_per_server, invites_kept_for_managers, invites_per_creator } = limits;
  if (structure.may(creator, "manage_server")) return { in_all: invites_per_server, own: invites_per_server };
  return { in_all: invites_per_server - invites_kept_for_managers, own: invites_per_creator };
}

interface InviteCounts {
  in_all: number;
  own: number;
}

/** Those that let somebody in. */
async function countInvites({ id, on: { store, clock } }: Room, creator_id: number): Promise<InviteCounts> {
  const [in_all, own] = await Promise.all([
    store.invites.countOf(id, clock()),
    store.invites.countBy(id, creator_id, clock()),
  ]);
  return { in_all, own };
}

function fullOf(standing: InviteCounts, bounds: InviteCounts): Outcome<never> | null {
  if (standing.in_all >= bounds.in_all) {
    return failure("limit_reached", "The server has too many invites.", { limit: "invites_per_server" });
  }
  if (standing.own < bounds.own) return null;
  return failure("limit_reached", "You have too many invites in this server.", { limit: "invites_per_creator" });
}

/** The invite, if it lets somebody into this server now. */
export async function openInvite(room: Room, code: string): Promise<Invite | null> {
  const invite = await room.on.store.invites.find(code);
  if (invite?.server_id !== room.id) return null;
  const expired = invite.expires_at !== null && invite.expires_at <= room.on.clock();
  const used_up = invite.max_uses !== null && invite.uses >= invite.max_uses;
  return expired || used_up ? null : invite;
}

async function join(
  room: Room,
  { invite_code }: Request<"join_server">,
  from: Requester,
  nextSeq: () => number,
): Promise<Outcome<Plan<ReplyBody<"join_server">>>> {
  const value = () => ({ server: serverView(room.structure.server) });
  if (await room.member(from.id)) return success({ rows: {}, value });
  if (room.deleted || !(await openInvite(room, invite_code))) return notFound();
  const arrival = await arrivalOf(room, { user_id: from.id, bot: null }, nextSeq);
  if (!arrival.ok) return arrival;
  const { rows, events } = arrival.value;
  return success({ rows, events, arrival: { invite_code }, value });
}

/** Whoever runs the installation has somebody come in, and wants `also` stored with it. */
export function admit(room: Room, { user_id, also }: Admitting, reply: Reply<null>): Promise<void> {
  return makeChange(
    room,
    async (nextSeq) => {
      if (room.deleted) return notFound();
      if (await room.member(user_id)) return success({ rows: {}, value: () => null });
      const arrival = await arrivalOf(room, { user_id, bot: null }, nextSeq);
      if (!arrival.ok) return arrival;
      const { rows, events } = arrival.value;
      return success({ rows, events, arrival: { invite_code: null }, also, value: () => null });
    },
    reply,
  );
}

/** URL-safe, and with 60 random bits not to be guessed. */
function newCode(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(CODE_BYTES)))
    .toString("base64url")
    .slice(0, CODE_LENGTH);
}
