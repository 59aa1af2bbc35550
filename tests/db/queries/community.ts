// Values for the tests of servers and messages: whole ones, of which each test says only what matters to it.
// A server `n` has the default role n+1, the category n+2 and the channel n+3.

import type { Founding, RoomChanges } from "../../../src/db/queries/rooms.ts";
import type { ChatMessage, Member, ServerStructure } from "../../../src/domain/community.ts";
import { alice, bob, carol, type PeopledStore } from "../describe-store.ts";

export const orchard = 1_000;
export const meadow = 2_000;

export function structureOf(id: number, server: Partial<ServerStructure["server"]> = {}): ServerStructure {
  const seq = id + 5;
  return {
    server: {
      ...{
        id,
        name: `server ${id}`,
        image: null,
        description: null,
        owner_id: alice,
        default_role_id: id + 1,
        locked_at: null,
        joins: "open" as const,
      },
      ...{ num_members: 1, created_at: 5_000, seq, ...server },
    },
    roles: [{ id: id + 1, name: "everyone", color: null, rules: 5, position: 0, seq }],
    categories: [{ id: id + 2, name: "Text", position: 0, overwrites: [], seq }],
    channels: [
      {
        ...{ id: id + 3, category_id: id + 2, name: "general", description: null, position: 0, seq },
        overwrites: [{ role_id: id + 1, allow: 1, deny: 2 }],
        slow_mode_s: 0,
      },
    ],
  };
}

export function memberOf(user_id: number, member: Partial<Member> = {}): Member {
  const standing = { nickname: null, role_ids: [], joined_at: 5_000, timed_out_until: null, bot: null };
  const { seq = 5_000 } = member;
  return { user_id, ...standing, joined_seq: seq, seq, ...member };
}

/** More than any test has of anything. */
export const PLENTY = 1_000;

/** What a room that has seen everything says of it. */
export const known_seq = Number.MAX_SAFE_INTEGER;

/** Alice's server. */
export async function addServer(db: PeopledStore, id: number, server: Partial<ServerStructure["server"]> = {}) {
  const founding = foundingOf(id, server);
  await db.store.rooms.create(founding);
  return founding.structure;
}

export function foundingOf(id: number, server: Partial<ServerStructure["server"]> = {}): Founding {
  const structure = structureOf(id, server);
  const { owner_id, seq } = structure.server;
  return { structure, owner: memberOf(owner_id, { joined_at: id, seq }), at_most: PLENTY, note: null };
}

/** A save by a room that has seen everything; its sight is told at the time of the change. */
export function save(db: PeopledStore, server_id: number, changes: Partial<RoomChanges> & { now: number }) {
  return db.store.rooms.save(server_id, changesOf(changes));
}

export function changesOf(changes: Partial<RoomChanges> & { now: number }): RoomChanges {
  return { sight_seq: changes.now, known_seq, ...changes };
}

export function addMember(db: PeopledStore, server_id: number, user_id: number, member: Partial<Member> = {}) {
  return save(db, server_id, { members: [memberOf(user_id, member)], now: 5_000 });
}

/** The id of the second channel of `addOrchard`. */
export const orchard_den = 5;

/** Alice's server with Bob and Carol in it, and a second channel. */
export async function addOrchard(db: PeopledStore): Promise<ServerStructure> {
  const structure = await addServer(db, orchard);
  const [general] = structure.channels;
  if (!general) throw new Error("the orchard has no channel");
  const den = { ...general, id: orchard_den, name: "den" };
  await save(db, orchard, { channels: [den], members: [memberOf(bob), memberOf(carol)], now: 5_000 });
  return { ...structure, channels: [den, general] };
}

/** In the first channel of `orchard`, by Alice, with its id as `seq`. */
export function messageOf(id: number, message: Partial<ChatMessage> = {}): ChatMessage {
  return {
    ...{ id, channel_id: orchard + 3, server_id: orchard, author_id: alice, content: `message ${id}`, seq: id },
    ...{ created_at: id, edited_at: null, reply_to: null, attachments: [], mentions: [], mentions_everyone: false },
    ...{
      mention_roles: [],
      mentions_here: false,
      reply_mention: null,
      reactions: [],
      nonce: null,
      pin_order: null,
      author: null,
    },
    ...message,
  };
}

/** In the given order; each must come in. */
export async function addMessages(db: PeopledStore, messages: ChatMessage[]): Promise<void> {
  const all = await Promise.all(messages.map((message) => db.store.messages.add(message)));
  const missing = messages.filter((_, place) => all[place]?.added !== true);
  if (missing.length > 0) throw new Error(`not added: ${missing.map(({ id }) => id)}`);
}
