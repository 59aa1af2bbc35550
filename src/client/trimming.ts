// How much of a channel is kept: so many messages, those around what the program looks at. What is dropped moves the
// window's ends, so that it still has all between them.

import type { Kept, MessageWindow, Turn } from "./cache.ts";

/** Of these windows no more than `most` messages stay: those that the turn brought messages into. */
export function trimWindows({ kept: { cache, upkeep }, changes, page }: Turn, most: number): void {
  for (const change of changes) {
    const window = change.kind === "messages" ? cache.windows.get(change.channel_id) : undefined;
    if (change.kind !== "messages" || !window || window.messages.size <= most) continue;
    // What was just asked for is looked at before all.
    const at = page?.channel_id === change.channel_id ? page.at : (upkeep.looks.get(change.channel_id) ?? null);
    trim(window, most, at);
  }
}

/** Drops what is farthest from the message `at`, null being the newest. */
function trim(window: MessageWindow, most: number, at: number | null): void {
  const surplus = window.messages.size - most;
  const oldest = at === null ? surplus : Math.min(Math.max(indexOf(window, at) - Math.floor(most / 2), 0), surplus);
  let left = oldest;
  for (const id of window.messages.keys()) {
    if (left === 0) break;
    left -= 1;
    window.messages.delete(id);
    window.from = id + 1;
  }
  if (oldest === surplus) return;
  for (const id of [...window.messages.keys()].slice(most).reverse()) {
    window.messages.delete(id);
    window.to = id - 1;
  }
}

/** How many messages are before it. */
function indexOf({ messages }: MessageWindow, at: number): number {
  let index = 0;
  for (const id of messages.keys()) {
    if (id >= at) break;
    index += 1;
  }
  return index;
}

export function lookAt({ upkeep }: Kept, channel_id: number, message_id: number | null): void {
  if (message_id === null) upkeep.looks.delete(channel_id);
  else upkeep.looks.set(channel_id, message_id);
}
