// The pins that are kept of channels: whole once they are loaded, the one pinned last first, as the server lists them.

import type { Message } from "../protocol/community/entities.ts";
import type { EventData } from "../protocol/community/events.ts";
import { reachSeq, type Turn, wantLoad } from "./cache.ts";
import type { ReplyBody, Request } from "./contract.ts";
import { changedMessage } from "./windows.ts";

/** Long ones come in several answers. */
export function loadPins(
  turn: Turn,
  asked: Request<"get_pins">,
  { messages, next_anchor, seq }: ReplyBody<"get_pins">,
) {
  const { pins } = turn.kept.cache;
  const { channel_id, anchor = 0 } = asked;
  const before = anchor === 0 ? [] : [...(pins.get(channel_id)?.values() ?? [])];
  pins.set(channel_id, new Map([...before, ...messages].map((message) => [message.id, message])));
  if (next_anchor !== null) wantLoad(turn, { type: "get_pins", parameters: { channel_id, anchor: next_anchor } });
  reachSeq(turn, `channel:${channel_id}`, seq);
  turn.changes.push({ kind: "pins", channel_id });
}

/** What is pinned now stands first, and is asked for; what is pinned no more is dropped. */
export function changePin(turn: Turn, data: EventData<"message_changed">): void {
  const { id, channel_id, pinned } = data;
  const pins = turn.kept.cache.pins.get(channel_id);
  const known = pins?.get(id);
  if (!pins || (!known && !pinned)) return;
  if (pinned === false) return dropPin(turn, channel_id, id);
  if (known) pins.set(id, changedMessage(known, data, turn.kept.user_id));
  else wantLoad(turn, { type: "get_pins", parameters: { channel_id } });
  turn.changes.push({ kind: "pins", channel_id });
}

export function dropPin(turn: Turn, channel_id: number, id: Message["id"]): void {
  if (turn.kept.cache.pins.get(channel_id)?.delete(id)) turn.changes.push({ kind: "pins", channel_id });
}
