// How what a room holds looks on the wire.

import type { AuditEntry } from "../../domain/audit.ts";
import type {
  Attachment,
  Ban,
  BotMembership,
  Category,
  Channel,
  ChatMessage,
  Invite,
  Member,
  Reaction,
  ServerRole,
} from "../../domain/community.ts";
import { namesOf, type Overwrite } from "../../domain/permissions.ts";
import type { SeenStatus } from "../../domain/presence.ts";
import type { MessageAuthor, Webhook } from "../../domain/webhooks/webhook.ts";
import type { ReplyBody } from "../../protocol/catalogue.ts";
import type * as wire from "../../protocol/community/entities.ts";
import type { Webhook as WebhookView } from "../../protocol/community/webhooks.ts";
import type { ViewingRoles } from "./structure/viewing-roles.ts";

const iso = (at_ms: number) => new Date(at_ms).toISOString();

export function roleView({ id, name, color, rules, position }: ServerRole): wire.Role {
  return { id, name, color, rules: namesOf(rules), position };
}

function overwriteView(overwrite: Overwrite): wire.Overwrite {
  const rules = { allow: namesOf(overwrite.allow), deny: namesOf(overwrite.deny) };
  return "role_id" in overwrite ? { role_id: overwrite.role_id, ...rules } : { user_id: overwrite.user_id, ...rules };
}

/** What the view of a place takes of the structure that it is in: a structure, or what one was at one moment. */
export interface Surroundings {
  readonly server: { readonly id: number };
  readonly viewing: ViewingRoles;
}

/** Without those for roles that are gone. */
export function overwriteViews({ viewing }: Surroundings, overwrites: readonly Overwrite[]): wire.Overwrite[] {
  return viewing.withoutGone(overwrites).map(overwriteView);
}

export function categoryView(now: Surroundings, { id, name, position, overwrites }: Category): wire.Category {
  return { id, name, position, overwrites: overwriteViews(now, overwrites) };
}

/** A channel that stands there as it is given. */
export function channelView(now: Surroundings, channel: Channel): wire.Channel {
  const { id, category_id, name, description, position, overwrites, slow_mode_s } = channel;
  const roles = now.viewing.of(id).map(roleSummary);
  return {
    ...{ id, server_id: now.server.id, category_id, name, description, position, roles },
    overwrites: overwriteViews(now, overwrites),
    slow_mode_s,
  };
}

export function roleSummary({ id, name, color }: ServerRole): wire.Channel["roles"][number] {
  return { id, name, color };
}

/** What a member's entry shows of the user behind it. */
export interface MemberProfile {
  name: string;
  profile_pic: string | null;
  status: SeenStatus;
}

export function memberView(member: Member, profile: MemberProfile): wire.Member {
  const { user_id, nickname, role_ids, joined_at } = member;
  const { name, profile_pic, status } = profile;
  const timed_out_until = member.timed_out_until === null ? null : iso(member.timed_out_until);
  const joined_date = iso(joined_at);
  const view = { user_id, name, nickname, profile_pic, roles: [...role_ids], status, joined_date, timed_out_until };
  return member.bot ? { ...view, ...botView(member.bot) } : view;
}

function botView({ rules }: BotMembership): Pick<wire.Member, "bot" | "rules"> {
  return { bot: true, ...(rules !== null && { rules: namesOf(rules) }) };
}

export function inviteView(invite: Invite): wire.Invite {
  const { code, server_id, creator_id, created_at, expires_at, max_uses, uses } = invite;
  const expires_date = expires_at === null ? null : iso(expires_at);
  return { code, server_id, creator_id, created_date: iso(created_at), expires_date, max_uses, uses };
}

export function banView({ user_id, name, reason, banned_by, created_at }: Ban & { name: string }): wire.Ban {
  return { user_id, name, reason, banned_by, created_date: iso(created_at) };
}

export function auditView(entry: AuditEntry): ReplyBody<"get_audit_log">["entries"][number] {
  const { id, type, actor_id, target_id, reason, changes, created_at } = entry;
  return { id, type, actor_id, target_id, reason, changes, created_date: iso(created_at) };
}

/** A message as `viewer` sees it; for everybody, without `me`, when null. */
export function messageView(message: ChatMessage, viewer: number | null): wire.Message {
  const { id, channel_id, server_id, author_id, content, reply_to, nonce } = message;
  const view: wire.Message = {
    id,
    channel_id,
    server_id,
    author_id,
    content,
    created_date: iso(message.created_at),
    edited_date: message.edited_at === null ? null : iso(message.edited_at),
    reply_to,
    attachments: message.attachments.length === 0 ? [] : message.attachments.map(attachmentView),
    mentions: [...message.mentions],
    mention_roles: [...message.mention_roles],
    mentions_all: message.mentions_everyone ? "everyone" : message.mentions_here ? "here" : null,
    reactions: message.reactions.length === 0 ? [] : reactionViews(message.reactions, viewer),
    pinned: message.pin_order !== null,
  };
  if (message.author) view.author = authorView(message.author);
  // What a program calls its sending is between it and the server.
  else if (nonce !== null) view.nonce = nonce;
  return view;
}

function attachmentView({ id, url, name, type, width, height, bytes }: Attachment): wire.Attachment {
  return { id, url, name, type, width, height, bytes };
}

function authorView({ name, profile_pic, webhook }: MessageAuthor): NonNullable<wire.Message["author"]> {
  return { name, profile_pic, webhook };
}

/** With its address where that was just made. */
export function webhookView(webhook: Webhook, url?: string): WebhookView {
  const { id, channel_id, creator_id, name, profile_pic, mentions, created_at } = webhook;
  const view = { id, channel_id, creator_id, name, profile_pic, mentions, created_date: iso(created_at) };
  return url === undefined ? view : { ...view, url };
}

function reactionViews(reactions: readonly Reaction[], viewer: number | null): wire.Message["reactions"] {
  return reactions.map(({ emoji, user_ids }) => ({
    emoji,
    count: user_ids.length,
    ...(viewer !== null && { me: user_ids.includes(viewer) }),
  }));
}
