// The channel of each server that one was in last, on this device.

import { signal } from "@preact/signals";
import { channelsOf } from "./cache.ts";
import { readOfTab, writeOfTab } from "./kept.ts";

const KEY = "orchard.channels";

function stored(): Record<string, number> {
  try {
    return JSON.parse(readOfTab(KEY) ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}

const last = signal<ReadonlyMap<number, number>>(
  new Map(Object.entries(stored()).map(([server_id, channel_id]) => [Number(server_id), channel_id])),
);

/** That one, while it is there, or else the first. */
export function lastChannelOf(server_id: number): number | null {
  const channels = channelsOf(server_id);
  const known = last.value.get(server_id);
  if (!channels) return null;
  if (known !== undefined && channels.has(known)) return known;
  return channels.keys().next().value ?? null;
}

export function noteChannel(server_id: number, channel_id: number): void {
  if (last.peek().get(server_id) === channel_id) return;
  last.value = new Map(last.peek()).set(server_id, channel_id);
  writeOfTab(KEY, JSON.stringify(Object.fromEntries(last.value)));
}
