// Reading messages: pages, single ones, searches; and what others and one's other sessions hear of the reader.

import { monotonic } from "../../../clock.ts";
import type { ChatMessage } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { encodeTypingStarted } from "../../../protocol/community/events.ts";
import { busy, crowded, failure, type Outcome, success } from "../../../protocol/outcome.ts";
import { DECISIONS, nobodys } from "../../commit/commit.ts";
import type { Reply } from "../../kernel/actor.ts";
import { partyOf, stillAsked } from "../../parties.ts";
import type { Requester } from "../../session/calls.ts";
import { asKnownViewer, asMember, asViewer, lockOf } from "../asker.ts";
import { beside, now, type RoomHandlers } from "../handler.ts";
import { liveIn } from "../messages/compose.ts";
import { viewedMessage } from "../messages/message-change.ts";
import { readPage } from "../messages/pages.ts";
import type { Room } from "../room.ts";
import { catchUp } from "../self-news.ts";
import { subscribeTo } from "../topics.ts";
import { messageView } from "../views.ts";

type ReadingType = "get_message_chunk" | "get_message" | "search_messages" | "typing" | "mark_read";

export const readingInRoomHandlers: RoomHandlers<ReadingType> = {
  get_message_chunk: beside(readChunk),

  get_message: beside(readMessage),

  search_messages: beside(searchInTurn),

  mark_read: beside(markRead),

  typing: now((room, { channel_id }, _asker, from) => {
    const viewer = asKnownViewer(room, from.id, channel_id, "send_messages");
    return viewer.ok ? (lockOf(room) ?? success({})) : viewer;
  }, tellTyping),
};

function tellTyping(room: Room, { channel_id }: Request<"typing">, from: Requester): void {
  const key = `${from.id} ${channel_id}`;
  const now_ms = room.on.monotonic();
  const told_ms = room.typing.get(key);
  if (told_ms !== undefined && now_ms - told_ms < limits.typing_interval_ms) return;
  room.typing.set(key, now_ms);
  const look = { user_ids: [from.id], viewer: null, watch_with: null };
  room.on.actors.ask("presence", "look", look, (looked) => {
    // Who looks offline types unseen.
    const is_seen = looked.ok && looked.value.seen.length > 0;
    if (!is_seen) return;
    const isMeanwhileOver = () => room.typing.get(key) !== now_ms;
    void tellTypingToUnblocked(room, channel_id, from.id, isMeanwhileOver).catch(() => {});
  });
}

/** Those whom the typist has blocked see them offline, and so hear nothing. */
async function tellTypingToUnblocked(
  room: Room,
  channel_id: number,
  user_id: number,
  isMeanwhileOver: () => boolean,
): Promise<void> {
  const blocked = new Set(await room.on.store.friendships.blockedBy(user_id));
  if (isMeanwhileOver()) return;
  const frame = encodeTypingStarted(channel_id, user_id);
  if (blocked.size === 0) return room.on.gateway.publish(`channel:${channel_id}`, frame);
  for (const [session, { user_id: listener, channels }] of room.subscribers.entries()) {
    if (channels.has(channel_id) && !blocked.has(listener)) room.on.gateway.send(session, frame);
  }
}

async function readChunk(
  room: Room,
  { channel_id, amount, anchor, direction }: Request<"get_message_chunk">,
  from: Requester,
  reply: Reply<ReplyBody<"get_message_chunk">>,
): Promise<void> {
  const viewer = await asViewer(room, from.id, channel_id, "read_history");
  if (!viewer.ok) return reply(viewer);
  await room.channelSeq(channel_id);
  await readPage(room, { channel_id, limit: amount, anchor, direction }, ({ messages, has_more }) => {
    const viewer_still = asKnownViewer(room, from.id, channel_id, "read_history");
    if (!viewer_still.ok) return reply(viewer_still);
    subscribeTo(room, from, channel_id);
    const views = messages.map((message) => messageView(message, from.id));
    reply(success({ messages: views, has_more, seq: room.toldIn(channel_id) }));
  });
}

async function readMessage(
  room: Room,
  { message_id }: Request<"get_message">,
  from: Requester,
  reply: Reply<ReplyBody<"get_message">>,
): Promise<void> {
  const viewed = await viewedMessage(room, from.id, message_id, "read_history");
  reply(viewed.ok ? success({ message: messageView(viewed.value.message, from.id) }) : viewed);
}

/** A search may take long: each user has one at a time, and all together so many. */
function searchInTurn(
  room: Room,
  request: Request<"search_messages">,
  from: Requester,
  reply: Reply<ReplyBody<"search_messages">>,
): Promise<void> {
  const { pools, gateway } = room.on;
  return pools.searches.run(
    partyOf(from.id, from.address),
    () => search(room, request, from, reply),
    () => reply(crowded()),
    stillAsked(gateway, from),
  );
}

async function search(
  room: Room,
  { query, channel_id, author_id, amount, anchor }: Request<"search_messages">,
  from: Requester,
  reply: Reply<ReplyBody<"search_messages">>,
): Promise<void> {
  const channels = await searchedChannels(room, from.id, channel_id);
  if (!channels.ok) return reply(channels);
  const asked = { server_id: room.id, channel_ids: channels.value, query, author_id, before: anchor, amount };
  const found = await room.on.store.messages.search(asked);
  // Somebody may have lost sight of a channel while the database was looking.
  const isReadable = ({ channel_id }: ChatMessage) => asKnownViewer(room, from.id, channel_id, "read_history").ok;
  const messages = found.messages.filter(isReadable).map((message) => messageView(message, from.id));
  reply(success({ messages, next_anchor: found.next_anchor }));
}

/** The channels whose history the asker may read: all of the server, or the one. */
async function searchedChannels(room: Room, user_id: number, channel_id?: number): Promise<Outcome<number[]>> {
  if (channel_id !== undefined) {
    const viewer = await asViewer(room, user_id, channel_id, "read_history");
    return viewer.ok ? success([channel_id]) : viewer;
  }
  const member = await asMember(room, user_id);
  if (!member.ok) return member;
  const viewable = [...room.structure.visibleTo(member.value)];
  return success(viewable.filter((id) => asKnownViewer(room, user_id, id, "read_history").ok));
}

async function markRead(
  room: Room,
  { channel_id, message_id }: Request<"mark_read">,
  from: Requester,
  reply: Reply<ReplyBody<"mark_read">>,
): Promise<void> {
  const begun_ms = monotonic();
  for (let left = DECISIONS; left > 0; left -= 1) {
    const viewer = await asViewer(room, from.id, channel_id);
    if (!viewer.ok) return reply(viewer);
    if (!(await liveIn(room, channel_id, message_id))) {
      return reply(failure("bad_request", "There is no such message in this channel.", { path: "data.message_id" }));
    }
    const mark = { user_id: from.id, channel_id, last_read_id: message_id, seq: room.on.ids.next() };
    const committed = await room.on.commit(nobodys, {
      write: () => room.on.store.readStates.mark(mark),
      unsure: () => catchUp(room.on.actors, [from.id]),
      answer: () => reply(success({})),
      tell({ self }) {
        // A session that was answered long ago that nobody knows hears of it as the others do.
        const is_late = monotonic() - begun_ms > limits.request_deadline_ms / 2;
        const read = { channel_id, last_read_id: message_id, but_not: is_late ? null : from.session };
        if (self) room.on.actors.tell("presence", "read_state_changed", { ...self, ...read });
      },
    });
    if (committed === "done") return;
    // Whatever came between is under way; what it changes is known when it is through.
    await room.gate.calm();
  }
  reply(busy());
}
