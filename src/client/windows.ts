// The windows of messages: which pages fit onto what is kept of a channel, and what an event does to a message.

import type { Message } from "../protocol/community/entities.ts";
import type { EventData } from "../protocol/community/events.ts";
import { END, type MessageWindow } from "./cache.ts";
import type { ReplyBody, Request } from "./contract.ts";

/** The ids between which a page has all messages, both included. */
function reachOf({ anchor, direction }: Request<"get_message_chunk">, page: ReplyBody<"get_message_chunk">) {
  const { messages, has_more } = page;
  const [first, last] = [messages[0]?.id ?? END, messages.at(-1)?.id ?? 0];
  if (direction && anchor === 0) return { from: has_more ? first : 0, to: END };
  if (direction) return { from: anchor + 1, to: has_more ? last : END };
  if (anchor === 0) return { from: 0, to: has_more ? last : END };
  return { from: has_more ? first : 0, to: anchor - 1 };
}

/**
 * The window with the page in it. Where there would be a gap the newest page begins anew, and so does one with the
 * message that the program looks at; for another the window stays as it was: null if there was none.
 */
export function withPage(
  window: MessageWindow | null,
  asked: Request<"get_message_chunk">,
  page: ReplyBody<"get_message_chunk">,
  looked_at: number | null = null,
): MessageWindow | null {
  const { from, to } = reachOf(asked, page);
  const meets = window && to >= window.from - 1 && from <= window.to + 1;
  const is_looked_at = looked_at !== null && from <= looked_at && looked_at <= to;
  if (!meets && to < END && !is_looked_at) return window;
  const before = meets ? window : null;
  const kept = [...(before?.messages.values() ?? [])].filter(({ id }) => id < from || id > to);
  const messages = inOrder([...kept, ...page.messages]);
  const server_id = page.messages[0]?.server_id ?? window?.server_id ?? null;
  const newest = Math.max(window?.newest ?? 0, page.messages.at(-1)?.id ?? 0);
  const reach = { from: Math.min(from, before?.from ?? END), to: Math.max(to, before?.to ?? 0) };
  return { ...reach, newest, server_id, messages };
}

const inOrder = (messages: Message[]) =>
  new Map(messages.sort((one, other) => one.id - other.id).map((message) => [message.id, message]));

/** Adds the message, or takes it over one that is there; what is beyond the window is passed over. */
export function putMessage(window: MessageWindow, message: Message): void {
  if (message.id < window.from || message.id > window.to) return;
  const in_order = message.id > window.newest || window.messages.has(message.id);
  window.messages.set(message.id, message);
  if (!in_order) window.messages = inOrder([...window.messages.values()]);
  window.newest = Math.max(window.newest, message.id);
  window.server_id = message.server_id;
}

/** Events are the same for all: which reactions are one's own follows from who reacted. */
export function changedMessage(known: Message, data: EventData<"message_changed">, user_id: number): Message {
  const { reaction, reactions, ...changes } = data;
  if (!reactions) return { ...known, ...changes };
  const own = new Set(known.reactions.filter(({ me }) => me).map(({ emoji }) => emoji));
  if (reaction?.user_id === user_id) own[reaction.added ? "add" : "delete"](reaction.emoji);
  const seen = reactions.map(({ emoji, count, me }) => ({ emoji, count, me: me ?? own.has(emoji) }));
  return { ...known, ...changes, reactions: seen };
}
