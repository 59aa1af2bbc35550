// Messages that go because of their age, or with who wrote them: many in one transaction, each told as a deleted one is,
// in the channel's order. Nobody asks for it who could be refused.

import type { Buried } from "../../../db/queries/burials.ts";
import { limits } from "../../../domain/limits.ts";
import { busy, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Room } from "../room.ts";

/** Settles when it has been told. */
export function buryMessages(
  room: Room,
  { channel_id, message_ids }: { channel_id: number; message_ids: readonly number[] },
  reply: Reply<{ taken: number }>,
): Promise<void> {
  return room.gate.exclusively(async () => {
    if (room.hasEnded) return reply(busy());
    if (room.deleted || !room.structure.channel(channel_id)) return reply(success({ taken: message_ids.length }));
    const ids = message_ids.slice(0, atOnce(room, channel_id));
    await room.gate.whileChanging(() => commitBurial(room, channel_id, ids, reply));
  });
}

/** All who listen are told of each message, so the more there are, the fewer go at once. */
function atOnce(room: Room, channel_id: number): number {
  let listeners = 0;
  for (const [, { channels }] of room.subscribers.entries()) if (channels.has(channel_id)) listeners += 1;
  const told = Math.floor(limits.burial_deliveries / Math.max(listeners, 1));
  return Math.max(1, Math.min(limits.burial_slice, told));
}

function commitBurial(room: Room, channel_id: number, ids: readonly number[], reply: Reply<{ taken: number }>) {
  const { commit, store, clock, ids: numbers } = room.on;
  const feed = room.feed(channel_id);
  return commit<Buried[]>(room, {
    reserve: () => feed.reserve(),
    // The reservation stands at the first number, so that none of them counts as told before.
    write: (first) => store.messages.bury(numbered(ids, first, numbers.next), clock()),
    came: (buried) => buried.length > 0,
    apply: (buried) => {
      for (const { id } of buried) feed.change(id, null);
    },
    answer: () => reply(success({ taken: ids.length })),
    tell: (buried) => {
      const in_order = buried.toSorted((one, other) => one.seq - other.seq);
      for (const { id, seq } of in_order) room.tellChannel("message_deleted", channel_id, seq, { id, channel_id });
    },
  });
}

function numbered(ids: readonly number[], first: number, next: () => number): Buried[] {
  return ids.map((id, place) => ({ id, seq: place === 0 ? first : next() }));
}
