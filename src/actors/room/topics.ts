// `subscribe` and `unsubscribe`, as far as a room's topics go: its server and its channels.

import type { ServerSummary } from "../../db/queries/rooms.ts";
import { encodeEvent } from "../../protocol/community/events.ts";
import { notFound, type Outcome, success } from "../../protocol/outcome.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Reply } from "../kernel/actor.ts";
import type { Requester } from "../session/calls.ts";
import { asKnownViewer, asMember } from "./asker.ts";
import { changedFields, isEmpty } from "./changed-fields.ts";
import type { Room } from "./room.ts";

/** All or none; `not_found` when one of them isn't the asker's to view. */
export async function subscribeToTopics(
  room: Room,
  from: Requester,
  topics: string[],
  reply: Reply<{ topics: Record<string, { seq: number }> }>,
): Promise<void> {
  const channel_ids = topics.map(channelOf).filter((id) => id !== null);
  await asMember(room, from.id);
  const viewer = viewsAll(room, from.id, channel_ids);
  if (!viewer.ok) return reply(viewer);
  await room.findSeqs(channel_ids);
  const viewer_still = viewsAll(room, from.id, channel_ids);
  if (!viewer_still.ok) return reply(viewer_still);
  const answer: Record<string, { seq: number }> = {};
  for (const topic of topics) {
    const channel_id = channelOf(topic);
    subscribeTo(room, from, channel_id);
    answer[topic] = { seq: channel_id === null ? room.seq : room.toldIn(channel_id) };
  }
  reply(success({ topics: answer }));
}

/** To a channel, or to the server itself where that is null. */
export function subscribeTo(room: Room, { session, id }: Requester, channel_id: number | null): void {
  if (channel_id === null) room.subscribers.toServer(session, id, room.seq);
  else room.subscribers.toChannel(session, id, channel_id, room.toldIn(channel_id));
}

export function unsubscribeFromTopics(room: Room, session: SessionId, topics: string[]): void {
  for (const topic of topics) {
    const channel_id = channelOf(topic);
    if (channel_id === null) room.subscribers.fromServer(session);
    else room.subscribers.fromChannel(session, channel_id);
  }
}

/**
 * Subscribes a member to the server, of which their session has just been told as in `listed`; what has changed since
 * that was read, it is told in the same turn. A user who is no member any more hears of it on their own topic.
 */
export async function followServer(room: Room, from: Requester, listed: ServerSummary): Promise<void> {
  await room.member(from.id);
  // What is told here takes a number: a change under way has a lower one, and is told first.
  await room.gate.calm();
  if (!room.knownMember(from.id)) return;
  subscribeTo(room, from, null);
  const { id, name, image } = room.structure.server;
  const changed = changedFields(listed, { id, name, image });
  if (isEmpty(changed)) return;
  // Not the `seq` of the change: the session may have been told of that one before it was answered with an older list.
  const frame = encodeEvent("server_updated", `server:${id}`, room.passSeq(), { ...changed, server_id: id });
  room.on.gateway.send(from.session, frame);
}

/** Whether the user, as memory knows them, is a member who can view all of the channels. */
function viewsAll(room: Room, user_id: number, channel_ids: readonly number[]): Outcome<unknown> {
  if (!room.knownMember(user_id)) return notFound();
  return channel_ids.map((id) => asKnownViewer(room, user_id, id)).find(({ ok }) => !ok) ?? success(null);
}

/** The channel of a `channel:<id>` topic; null for the server's own. */
export function channelOf(topic: string): number | null {
  return topic.startsWith("channel:") ? Number(topic.slice("channel:".length)) : null;
}
