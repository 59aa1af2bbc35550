// Messages of one channel that go together: in one commit, and each is told in its own place in the channel's order. It
// must be alone among changes.

import type { AuditEntry } from "../../../domain/audit.ts";
import type { Reservation } from "../../delivery/reservations.ts";
import type { Room } from "../room.ts";

export interface Removal {
  channel_id: number;
  /** By their ids; at least one. */
  ids: readonly number[];
  audit: AuditEntry;
}

/** Settles when all is told: over as many turns as that takes, since each is told to all who listen to the channel. */
export async function removeTogether(room: Room, removal: Removal): Promise<void> {
  const reservations: Reservation[] = [];
  try {
    await room.gate.whileChanging(async () => {
      const removed = await removeAll(room, removal, reservations);
      await tellEach(room, removal, reservations, removed);
    });
  } finally {
    for (const reservation of reservations) reservation.release();
  }
}

/** Settles when it is the first one's turn to be told, with those that were removed; the others' wait for theirs. */
async function removeAll(
  room: Room,
  { channel_id, ids, audit }: Removal,
  reservations: Reservation[],
): Promise<ReadonlySet<number>> {
  const { store, clock } = room.on;
  const feed = room.feed(channel_id);
  let removed: ReadonlySet<number> = new Set();
  await room.on.commit(room, {
    reserve() {
      for (const _ of ids) reservations.push(feed.reserve());
      return reservations[0] as Reservation;
    },
    write() {
      const rows = ids.map((id, at) => ({ id, seq: (reservations[at] as Reservation).seq }));
      return store.audit.noting(store.messages.bury(rows, clock()), audit);
    },
    answer(stored) {
      removed = new Set(stored.map(({ id }) => id));
    },
    tell(_, seq) {
      const [id] = ids;
      if (id !== undefined && removed.has(id)) tellRemoved(room, { id, channel_id, seq });
    },
  });
  return removed;
}

async function tellEach(
  room: Room,
  { channel_id, ids }: Removal,
  reservations: readonly Reservation[],
  removed: ReadonlySet<number>,
): Promise<void> {
  try {
    for (const [at, id] of ids.entries()) {
      const reservation = reservations[at] as Reservation;
      if (at === 0) continue;
      await room.on.slices.turn();
      if (removed.has(id)) await reservation.tell(() => tellRemoved(room, { id, channel_id, seq: reservation.seq }));
      else reservation.release();
    }
  } catch (error) {
    // Others were told a part of it.
    room.end();
    throw error;
  }
}

function tellRemoved(room: Room, { id, channel_id, seq }: { id: number; channel_id: number; seq: number }): void {
  room.feed(channel_id).change(id, null);
  room.tellChannel("message_deleted", channel_id, seq, { id, channel_id });
}
