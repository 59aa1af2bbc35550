// Slow mode: how long somebody has to wait in a channel until they may write again. Memory knows who wrote lately; of
// whom it doesn't know, the channel is asked once. Where there is no slow mode nothing is asked or kept.

import type { Channel, Member } from "../../../domain/community.ts";
import { firstIdAt } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import { failure, type Outcome } from "../../../protocol/outcome.ts";
import type { Room } from "../room.ts";

/** The refusal of who wrote too lately; null where they may write. */
export async function slowedDown(room: Room, member: Member, channel: Channel): Promise<Outcome<never> | null> {
  if (room.structure.mayIn(member, channel, "manage_messages")) return null;
  const wrote_ms = await lastWrote(room, member, channel);
  const retry_after_ms = Math.ceil(wrote_ms + channel.slow_mode_s * 1000 - room.on.monotonic());
  if (retry_after_ms <= 0) return null;
  return failure("rate_limited", "This channel is slow: wait before you write again.", {
    retry_after_ms,
    limit: "slow_mode_s",
  });
}

/** The member writes now. What is returned is called where nothing came of it. */
export function wroteNow(room: Room, member: Member, channel: Channel): () => void {
  const key = keyOf(member, channel);
  const before = room.wrote.get(key);
  const now = room.on.monotonic();
  room.wrote.set(key, now);
  return () => {
    if (room.wrote.get(key) !== now) return;
    if (before === undefined) room.wrote.delete(key);
    else room.wrote.set(key, before);
  };
}

const keyOf = ({ user_id }: Member, { id }: Channel) => `${user_id} ${id}`;

async function lastWrote(room: Room, member: Member, channel: Channel): Promise<number> {
  const key = keyOf(member, channel);
  const known = room.wrote.get(key);
  if (known !== undefined) return known;
  const { clock, monotonic, store } = room.on;
  const [now_ms, began_ms] = [clock(), monotonic()];
  const after = firstIdAt(now_ms - channel.slow_mode_s * 1000);
  const of = { channel_id: channel.id, author_id: member.user_id, after, looked_at: limits.slow_mode_looked_at };
  const last_ms = await store.messages.lastBy(of);
  // A clock that was set back makes nobody wait for longer than the channel says.
  const age_ms = last_ms === null ? Number.POSITIVE_INFINITY : Math.max(now_ms - last_ms, 0);
  const wrote_ms = began_ms - age_ms;
  if (last_ms !== null) room.wrote.set(key, wrote_ms);
  return wrote_ms;
}
