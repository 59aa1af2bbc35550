// What one wants to be told of, by server, channel and conversation, as one chose it. What is muted is neither marked nor
// counted in the pages.

import type { NotificationSetting } from "../../protocol/community/notifications.ts";
import { client, read } from "./cache.ts";

export type Target =
  | { server_id: number; channel_id?: undefined; conversation_id?: undefined }
  | { channel_id: number; server_id?: undefined; conversation_id?: undefined }
  | { conversation_id: number; server_id?: undefined; channel_id?: undefined };
export type Level = NonNullable<NotificationSetting["level"]>;

function keyOf({ server_id, channel_id, conversation_id }: Target): string {
  if (server_id !== undefined) return `server:${server_id}`;
  return channel_id === undefined ? `conversation:${conversation_id}` : `channel:${channel_id}`;
}

export const settingOf = (target: Target) =>
  read("notification_settings")?.notification_settings?.get(keyOf(target)) ?? null;

/** Until when, Unix milliseconds; null where it isn't. */
export function mutedUntil(target: Target): number | null {
  const until = Date.parse(settingOf(target)?.muted_until ?? "");
  return until > Date.now() ? until : null;
}

export const isMuted = (target: Target) => mutedUntil(target) !== null;

/** What is longer than this counts as having no end. */
export const ENDLESS_MS = 50 * 365 * 24 * 60 * 60 * 1_000;

/** For so many milliseconds; 0 ends it. */
export async function mute(target: Target, duration_ms: number): Promise<void> {
  const muted_until = new Date(duration_ms === 0 ? 0 : Date.now() + duration_ms).toISOString();
  await client.value?.ask("update_notification_settings", { ...target, muted_until });
}

export async function chooseLevel(target: Target, level: Level): Promise<void> {
  await client.value?.ask("update_notification_settings", { ...target, level });
}
