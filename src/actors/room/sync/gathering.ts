// The first step of a room's part in `sync`: what has to be read is read in the background, in pieces, and no more of it
// than an answer has room for; what a server's answer is made of is put together in slices of the event loop's time.
// What comes of it holds as long as no change has come between; that is for the second step to see.

import { monotonic } from "../../../clock.ts";
import type { ChangedMessage } from "../../../db/queries/messages.ts";
import type { Channel, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import { viewerOf } from "../../viewer.ts";
import { asKnownViewer } from "../asker.ts";
import type { Gathered, GatheredChannel, Gathering } from "../calls.ts";
import { takeInLater } from "../change.ts";
import { profilesBy } from "../members/profiles.ts";
import type { Room } from "../room.ts";
import { channelOf } from "../topics.ts";
import { couldView, followsOther } from "./former-sight.ts";
import { serverChanges } from "./server-changes.ts";

/** Of a server that isn't there. */
export const NOTHING: Gathered = { for_member: false, changes: -1, server: null, channels: {}, bytes: 0 };

/** Reads what the topics' answers are made of, when no change is under way. */
export async function gatherChanges(room: Room, request: Gathering, reply: Reply<Gathered>): Promise<void> {
  const changes = await room.gate.calm();
  reply(success(await gather(room, request, changes, takeInLater)));
}

/** The same, one topic after another, until nobody waits for it any more. */
export async function gather(
  room: Room,
  { from, heard, bytes, again, within_ms }: Gathering,
  changes: number,
  takeInNow: (room: Room) => Promise<void>,
): Promise<Gathered> {
  const until_ms = monotonic() + within_ms;
  const member = await room.member(from.id);
  const channel_ids = Object.keys(heard).flatMap((topic) => channelOf(topic) ?? []);
  if (member) await room.findSeqs(channel_ids.filter((id) => asKnownViewer(room, from.id, id).ok));
  const channels: Record<number, GatheredChannel> = {};
  let server: Gathered["server"] = null;
  let used = 0;
  for (const [topic, since] of member ? Object.entries(heard) : []) {
    if (monotonic() > until_ms) break;
    const channel_id = channelOf(topic);
    if (channel_id === null) {
      if (room.seq > since && member) server = await gatherServer(room, member, since, bytes - used, takeInNow);
      used += server?.bytes ?? 0;
      continue;
    }
    const told = room.toldIn(channel_id);
    // Of what one may not read nothing is read: how much there is must not show.
    const viewer = told > since ? asKnownViewer(room, from.id, channel_id, "read_history") : null;
    if (!viewer?.ok) continue;
    if (again) await room.feed(channel_id).log(room);
    const { member: reader, channel } = viewer.value;
    const found = await gatherChannel(room, reader, channel, since, bytes - used);
    channels[channel_id] = { told, messages: found.messages };
    used += found.bytes;
  }
  return { for_member: member !== null, changes, server, channels, bytes: used };
}

const too_many = { events: "too_many", bytes: 0 } as const;

async function gatherServer(
  room: Room,
  member: Member,
  since: number,
  bytes: number,
  takeInNow: (room: Room) => Promise<void>,
): Promise<Gathered["server"]> {
  const { store, slices, actors } = room.on;
  if (bytes < 0 || followsOther(member, since)) return too_many;
  const limit = limits.sync_changes + 1;
  const asked = { server_id: room.id, user_id: member.user_id, since, limit };
  const history = await store.rooms.changedSince(asked, slices.turn);
  // What of a change somebody was told before they were cut off, nobody knows.
  if (history === "too_much" || history.cut_off) return too_many;
  // Members whose accounts have just ended are stored as such, and yet to be told of: that is a change, and what was
  // gathered before it is gathered anew.
  if (history.members.some(({ seq }) => seq > room.seq)) await takeInNow(room);
  const { joined_seq, ended, members } = history;
  const lists = [members, ended.roles, ended.categories, ended.channels];
  // What they saw before they came anew is another copy.
  const is_another = joined_seq === null || since < joined_seq;
  if (is_another || lists.some(({ length }) => length > limits.sync_changes)) return too_many;
  const came = members.filter(({ left, was_there }) => !left && !was_there);
  const viewer = viewerOf(member.user_id, came);
  const look = { user_ids: came.map(({ user_id }) => user_id), viewer, watch_with: null };
  const looked = came.length === 0 ? null : await actors.request("presence", "look", look);
  const nobody = { seen: [], profiles: [], left_out: [], told: [], moving: [] };
  const profileOf = profilesBy(looked?.ok ? looked.value : nobody);
  const copy = { now: room.structure, member, since, history, seq: room.seq, profileOf };
  return (await serverChanges(copy, bytes, slices.turn)) ?? too_many;
}

async function gatherChannel(
  room: Room,
  member: Member,
  channel: Channel,
  since: number,
  bytes: number,
): Promise<{ messages: GatheredChannel["messages"]; bytes: number }> {
  const nothing = { messages: "too_many", bytes: 0 } as const;
  const found = await readChanges(room, channel.id, since, bytes);
  if (!found) return nothing;
  const tells_of_ended = found.messages.some(({ id, deleted }) => deleted && id <= since);
  return tells_of_ended && !(await viewedThen(room, member, channel, since)) ? nothing : found;
}

/** So many at a time, and none where there are too many; null for more than may be told, or has room. */
async function readChanges(room: Room, channel_id: number, since: number, bytes: number) {
  const { messages } = room.on.store;
  const found: ChangedMessage[] = [];
  let used = 0;
  for (let after = since; used <= bytes; ) {
    const slice = await messages.changedSince({ channel_id, since: after, limit: limits.sync_slice });
    found.push(...slice);
    used += Buffer.byteLength(JSON.stringify(slice));
    const last = slice.at(-1);
    if (slice.length < limits.sync_slice || !last) return { messages: found, bytes: used };
    const is_first = after === since;
    if (
      is_first &&
      (await messages.countChanged({ channel_id, since, limit: limits.sync_changes + 1 })) > limits.sync_changes
    )
      return null;
    after = last.seq;
  }
  return null;
}

/** Whether the member could view the channel at `since`: if not, they have no copy of what has ended in it. */
async function viewedThen(room: Room, member: Member, channel: Channel, since: number): Promise<boolean> {
  if (followsOther(member, since)) return false;
  const { id: channel_id, category_id } = channel;
  const of = { server_id: room.id, user_id: member.user_id, since, channel_id, category_id };
  const history = await room.on.store.rooms.channelChangedSince(of);
  return history !== "too_much" && couldView(room.structure, member, since, channel, history);
}
