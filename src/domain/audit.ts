// The audit log of a server, as plain values.

/** What can have been done. */
export const audit_types = [
  "server_updated",
  "category_added",
  "category_updated",
  "category_deleted",
  "channel_added",
  "channel_updated",
  "channel_deleted",
  "role_added",
  "role_changed",
  "role_deleted",
  "member_changed",
  "member_timed_out",
  "member_removed",
  "member_banned",
  "member_unbanned",
  "bot_added",
  "message_deleted",
  "messages_deleted",
  "message_pinned",
  "message_unpinned",
  "webhook_added",
  "webhook_updated",
  "webhook_deleted",
] as const;

export type AuditType = (typeof audit_types)[number];

export interface AuditEntry {
  readonly id: number;
  readonly server_id: number;
  readonly type: AuditType;
  readonly actor_id: number;
  /** The user, role, category, channel or server to which it was done. */
  readonly target_id: number;
  /** The category or channel that it tells of; null where it tells of none. */
  readonly place_id: number | null;
  readonly reason: string | null;
  readonly changes: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
  readonly created_at: number;
}
