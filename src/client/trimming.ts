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
  const ids = [...window.messages.keys()];
  const index = at === null ? ids.length : ids.findIndex((id) => id >= at);
  const middle = (index < 0 ? ids.length : index) - Math.floor(most / 2);
  const first = Math.min(Math.max(middle, 0), ids.length - most);
  for (const id of ids.slice(0, first)) {
    window.messages.delete(id);
    window.from = id + 1;
  }
  for (const id of ids.slice(first + most).reverse()) {
    window.messages.delete(id);
    window.to = id - 1;
  }
}

export function lookAt({ cache, upkeep }: Kept, channel_id: number, message_id: number | null): void {
  if (message_id === null || !cache.windows.has(channel_id)) upkeep.looks.delete(channel_id);
  else upkeep.looks.set(channel_id, message_id);
}
