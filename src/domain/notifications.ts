// What one wants to be told of while away: by server, channel and conversation, each with a level of its own. Pure values.

export const notification_levels = ["all", "mentions", "none"] as const;
export type NotificationLevel = (typeof notification_levels)[number];

export const notification_kinds = ["server", "channel", "conversation"] as const;
export type NotificationKind = (typeof notification_kinds)[number];

/** `level` is null where none was chosen. Nothing is told before `muted_until`, Unix milliseconds. */
export interface NotificationSetting {
  readonly kind: NotificationKind;
  readonly target_id: number;
  readonly level: NotificationLevel | null;
  readonly muted_until: number | null;
}

/** Where none was chosen; a channel goes by its server. */
export const default_levels: Readonly<Record<NotificationKind, NotificationLevel>> = {
  server: "mentions",
  channel: "mentions",
  conversation: "all",
};
