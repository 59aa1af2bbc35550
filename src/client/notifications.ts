// What one wants to be told of while away, in the cache: one entry for each server, channel or conversation.

import type { NotificationSetting } from "../protocol/community/notifications.ts";
import type { Turn } from "./cache.ts";
import type { Request } from "./contract.ts";

type Target = Pick<NotificationSetting, "server_id" | "channel_id" | "conversation_id">;

function keyOf({ server_id, channel_id, conversation_id }: Target): string {
  if (server_id !== undefined) return `server:${server_id}`;
  return channel_id === undefined ? `conversation:${conversation_id}` : `channel:${channel_id}`;
}

export function putSetting(turn: Turn, setting: NotificationSetting): void {
  const { notification_settings } = turn.kept.cache;
  if (!notification_settings) return;
  notification_settings.set(keyOf(setting), setting);
  turn.changes.push({ kind: "notification_settings" });
}

/** What is absent stays as it is. */
export function changeSetting(turn: Turn, asked: Request<"update_notification_settings">): void {
  const { level, muted_until, ...target } = asked;
  const known = turn.kept.cache.notification_settings?.get(keyOf(target));
  const nothing = { level: null, muted_until: null };
  const until = muted_until === undefined ? (known?.muted_until ?? null) : new Date(muted_until).toISOString();
  putSetting(turn, { ...target, ...nothing, ...known, ...(level && { level }), muted_until: until });
}
