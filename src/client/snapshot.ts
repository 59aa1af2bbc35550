// What is kept, as a text that can be stored, and back. It is of one version of the library: of another, or spoilt, it
// is as if there were none.

import { END, type Kept, nothingKept, nothingToKeepUp } from "./cache.ts";
import type { OutboxEntry } from "./outbox.ts";

const VERSION = 1;

export interface Snapshot {
  /** Null before the first connection. */
  kept: Kept | null;
  outbox: OutboxEntry[];
}

export function writeSnapshot(snapshot: Snapshot): string {
  return JSON.stringify({ version: VERSION, ...snapshot }, (_, value) => {
    if (value instanceof Map) return { $map: [...value] };
    return value instanceof Set ? { $set: [...value] } : value;
  });
}

export function readSnapshot(text: string): Snapshot | null {
  try {
    const { version, ...snapshot } = JSON.parse(text, (_, value) => {
      if (Array.isArray(value?.$map)) return new Map(value.$map);
      return Array.isArray(value?.$set) ? new Set(value.$set) : value;
    });
    return version === VERSION ? completed(snapshot) : null;
  } catch {
    return null;
  }
}

/** With what earlier builds of this version left out. */
function completed({ kept, outbox }: Snapshot): Snapshot {
  if (!kept) return { kept, outbox };
  const cache = { ...nothingKept(0, "").cache, ...kept.cache };
  for (const window of cache.windows.values()) {
    window.to ??= END;
    for (const message of window.messages.values()) {
      message.pinned ??= false;
      message.mention_roles ??= [];
      message.mentions_all ??= null;
    }
  }
  return { kept: { ...kept, cache, upkeep: { ...nothingToKeepUp(), ...kept.upkeep } }, outbox };
}
