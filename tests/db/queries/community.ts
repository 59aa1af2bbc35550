// Values for the tests of servers and messages: whole ones, of which each test says only what matters to it.
// A server `n` has the default role n+1, the category n+2 and the channel n+3.

import type { ChatMessage, Member, ServerStructure } from "../../../src/domain/community.ts";
import { alice, type PeopledStore } from "../describe-store.ts";

export const orchard = 1_000;
export const meadow = 2_000;

export function structureOf(id: number, server: Partial<ServerStructure["server"]> = {}): ServerStructure {
  const seq = id + 5;
  return {
    server: {
      ...{ id, name: `server ${id}`, image: null, description: null, owner_id: alice, default_role_id: id + 1 },
      ...{ num_members: 1, created_at: 5_000, seq, ...server },
    },
    roles: [{ id: id + 1, name: "everyone", color: null, rules: 5, position: 0, seq }],
    categories: [{ id: id + 2, name: "Text", position: 0, overwrites: [], seq }],
    channels: [
      {
        ...{ id: id + 3, category_id: id + 2, name: "general", description: null, position: 0, seq },
        overwrites: [{ role_id: id + 1, allow: 1, deny: 2 }],
      },
    ],
  };
}

export function memberOf(user_id: number, member: Partial<Member> = {}): Member {
  return { user_id, nickname: null, role_ids: [], joined_at: 5_000, seq: 5_000, ...member };
}

/** Alice's server. */
export async function addServer(db: PeopledStore, id: number, server: Partial<ServerStructure["server"]> = {}) {
  const structure = structureOf(id, server);
  const owner = structure.server.owner_id;
  await db.store.rooms.create(structure, { ...memberOf(owner, { joined_at: id, seq: id + 4 }), self_seq: id + 4 });
  return structure;
}

export function addMember(db: PeopledStore, server_id: number, user_id: number, member: Partial<Member> = {}) {
  const added = { ...memberOf(user_id, member), self_seq: member.seq ?? 5_000 };
  return db.store.rooms.save(server_id, { members: [added], now: 5_000 });
}

/** In the first channel of `orchard`, by Alice, with its id as `seq`. */
export function messageOf(id: number, message: Partial<ChatMessage> = {}): ChatMessage {
  return {
    ...{ id, channel_id: orchard + 3, server_id: orchard, author_id: alice, content: `message ${id}`, seq: id },
    ...{ created_at: id, edited_at: null, reply_to: null, attachments: [], mentions: [], mentions_everyone: false },
    ...{ reactions: [], nonce: null },
    ...message,
  };
}

/** In the given order. */
export async function addMessages(db: PeopledStore, messages: ChatMessage[]): Promise<void> {
  await Promise.all(messages.map((message) => db.store.messages.add(message)));
}
