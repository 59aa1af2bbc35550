// Pins: messages that are kept at hand in their channel, a bounded number of them.

import type { ChatMessage } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { withinContentLength } from "../../../domain/message-text.ts";
import type { Rule } from "../../../domain/permissions.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import { asKnownViewer, asViewer } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { beside, type RoomHandlers } from "../handler.ts";
import { type MessageChange, messageChange, type Viewed } from "../messages/message-change.ts";
import type { Room } from "../room.ts";
import { subscribeTo } from "../topics.ts";
import { messageView } from "../views.ts";

type PinHandlers = RoomHandlers<"pin_message" | "unpin_message" | "get_pins">;

/** `rules`: what it takes to pin, or to take from the pins. */
export function pinHandlersWith(rules: readonly Rule[]): PinHandlers {
  return {
    pin_message: messageChange(rules, async (room, _request, viewed, from) => {
      const { message } = viewed;
      if (message.pin_order !== null) return success({ value: { message: messageView(message, from.id) } });
      if ((await room.on.store.messages.pinCount(message.channel_id)) >= limits.pins_per_channel) {
        const reason = `A channel has at most ${limits.pins_per_channel} pins.`;
        return failure("limit_reached", reason, { limit: "pins_per_channel" });
      }
      return success(pinning(room, viewed, from, room.on.ids.next()));
    }),

    unpin_message: messageChange(rules, (room, _request, viewed, from): Outcome<MessageChange<PinReply>> => {
      const { message } = viewed;
      if (message.pin_order === null) return success({ value: { message: messageView(message, from.id) } });
      return success(pinning(room, viewed, from, null));
    }),

    get_pins: beside(readPins),
  };
}

/** The message is answered whole, so who pins must be able to read it. */
export const pinHandlers = pinHandlersWith(["read_history", "manage_messages"]);

type PinReply = ReplyBody<"pin_message">;

function pinning(room: Room, { message }: Viewed, from: Requester, pin_order: number | null): MessageChange<PinReply> {
  const { id, channel_id } = message;
  const after: ChatMessage = { ...message, pin_order };
  const pinned = pin_order !== null;
  return {
    value: { message: messageView(after, from.id) },
    change: {
      after,
      write: (seq) => room.on.store.messages.pin({ id, user_id: from.id, pin_order, seq }),
      ...(room.on.nature.is_server && { audit: pinEntry(room, from, message, pinned) }),
      tell: (seq) => room.tellChannel("message_changed", channel_id, seq, { id, channel_id, pinned }),
    },
  };
}

function pinEntry(room: Room, from: Requester, { id, channel_id, author_id }: ChatMessage, pinned: boolean) {
  const noted = { place_id: channel_id, [pinned ? "after" : "before"]: { message_id: id } };
  return entryOf(room, from, pinned ? "message_pinned" : "message_unpinned", author_id, noted);
}

async function readPins(
  room: Room,
  { channel_id, anchor = 0 }: Request<"get_pins">,
  from: Requester,
  reply: Reply<ReplyBody<"get_pins">>,
): Promise<void> {
  const viewer = await asViewer(room, from.id, channel_id, "read_history");
  if (!viewer.ok) return reply(viewer);
  await room.channelSeq(channel_id);
  const before = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
  const query = { channel_id, before, limit: limits.pins_per_channel };
  await room.gate.read(
    () => room.on.store.messages.pins(query),
    (found) => {
      const viewer_still = asKnownViewer(room, from.id, channel_id, "read_history");
      if (!viewer_still.ok) return reply(viewer_still);
      subscribeTo(room, from, channel_id);
      const shown = withinContentLength(found);
      const next_anchor = shown.length < found.length ? (shown.at(-1)?.pin_order ?? null) : null;
      const messages = shown.map((message) => messageView(message, from.id));
      reply(success({ messages, next_anchor, seq: room.toldIn(channel_id) }));
    },
  );
}
