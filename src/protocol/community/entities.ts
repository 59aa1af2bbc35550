// Shapes of the community dialect that stand in more than one message or event.

import type { Static } from "typebox";
import { joins } from "../../domain/community.ts";
import { conversation_kinds, dms_settings } from "../../domain/conversations.ts";
import { limits } from "../../domain/limits.ts";
import { rule_names } from "../../domain/permissions.ts";
import { BotMark } from "../entities.ts";
import { Id, nullable, Time } from "../message.ts";
import { Type } from "../schema.ts";
import { KEEPABLE, text, title, word } from "../text.ts";

export const Image = Type.String({ maxLength: limits.image_url_length, pattern: KEEPABLE, description: "image URL" });
export const ServerName = title(limits.server_name_length);
export const Description = text(limits.description_length);
export const ThingName = title(limits.thing_name_length);
export const Reason = text(limits.reason_length);
export const Color = Type.String({ pattern: "^#[0-9a-fA-F]{6}$", description: "color as #rrggbb" });
export const Emoji = Type.String({ minLength: 1, maxLength: limits.emoji_length });
/** By it what is asked for again is known: it is made once. */
export const Nonce = word(limits.nonce_length);
export const Nickname = title(limits.name_max_length);
export const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "seq" });
/** A place in an ordered list: 0 is the start, an id the entry after which to go on. */
export const Anchor = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "anchor" });
export const Amount = Type.Integer({ minimum: 1, maximum: limits.page_length });

export const RuleName = Type.Enum([...rule_names], { description: "rule" });
export const RuleNames = Type.Array(RuleName, { maxItems: rule_names.length });

export const Overwrite = Type.Union([
  Type.Object({ role_id: Id, allow: RuleNames, deny: RuleNames }),
  Type.Object({ user_id: Id, allow: RuleNames, deny: RuleNames }),
]);
export type Overwrite = Static<typeof Overwrite>;
export const Overwrites = Type.Array(Overwrite, { maxItems: limits.overwrites });

export const SeenStatus = Type.Enum(["online", "idle", "dnd", "offline"], { description: "status" });

/** A user as others see them; strangers get the first four fields only. */
export const User = Type.Object({
  id: Id,
  name: Type.String(),
  profile_pic: nullable(Type.String()),
  bot: BotMark,
  bio: Type.Optional(nullable(Type.String())),
  status: Type.Optional(SeenStatus),
  custom_status: Type.Optional(nullable(Type.String())),
  playing: Type.Optional(nullable(Type.String())),
  created_date: Type.Optional(Time),
});
export type User = Static<typeof User>;

export const Dms = Type.Enum([...dms_settings], { description: "from whom one takes a first message" });

/** A user as `update_user` shows them to themselves: `status` is the one they chose. */
export const OwnUser = Type.Object({
  id: Id,
  name: Type.String(),
  profile_pic: nullable(Type.String()),
  bio: nullable(Type.String()),
  status: Type.Enum(["online", "idle", "dnd", "invisible"]),
  custom_status: nullable(Type.String()),
  dms: Dms,
  playing: nullable(Type.String()),
  created_date: Time,
  bot: BotMark,
});
export type OwnUser = Static<typeof OwnUser>;

export const ServerSummary = Type.Object({ id: Id, name: Type.String(), image: nullable(Type.String()) });
/** Paused, no invite lets anybody in. */
export const Joins = Type.Enum([...joins], { description: "joins" });
export const Server = Type.Object({
  id: Id,
  name: Type.String(),
  image: nullable(Type.String()),
  description: nullable(Type.String()),
  num_members: Type.Integer(),
  created_date: Time,
  owner_id: Id,
  locked: Type.Boolean(),
  joins: Joins,
});
export type Server = Static<typeof Server>;

export const Category = Type.Object({
  id: Id,
  name: Type.String(),
  position: Type.Integer(),
  overwrites: Type.Array(Overwrite),
});
export type Category = Static<typeof Category>;

export const RoleSummary = Type.Object({ id: Id, name: Type.String(), color: nullable(Type.String()) });
export const Channel = Type.Object({
  id: Id,
  server_id: Id,
  category_id: nullable(Id),
  name: Type.String(),
  description: nullable(Type.String()),
  position: Type.Integer(),
  roles: Type.Array(RoleSummary),
  overwrites: Type.Array(Overwrite),
  slow_mode_s: Type.Integer(),
});
export type Channel = Static<typeof Channel>;

export const Role = Type.Object({
  id: Id,
  name: Type.String(),
  color: nullable(Type.String()),
  rules: Type.Array(RuleName),
  position: Type.Integer(),
});
export type Role = Static<typeof Role>;

/** Of a bot, `rules` are those that were chosen for it in place of the default role's. */
export const Member = Type.Object({
  user_id: Id,
  name: Type.String(),
  nickname: nullable(Type.String()),
  profile_pic: nullable(Type.String()),
  roles: Type.Array(Id),
  status: SeenStatus,
  joined_date: Time,
  timed_out_until: nullable(Time),
  bot: BotMark,
  rules: Type.Optional(RuleNames),
});
export type Member = Static<typeof Member>;

export const Invite = Type.Object({
  code: Type.String(),
  server_id: Id,
  creator_id: Id,
  created_date: Time,
  expires_date: nullable(Time),
  max_uses: nullable(Type.Integer()),
  uses: Type.Integer(),
});
export type Invite = Static<typeof Invite>;

export const Ban = Type.Object({
  user_id: Id,
  name: Type.String(),
  reason: nullable(Type.String()),
  banned_by: Id,
  created_date: Time,
});
export type Ban = Static<typeof Ban>;

/** `width` and `height` are null where it is no image. */
export const Attachment = Type.Object({
  id: Id,
  url: Type.String(),
  name: Type.String(),
  type: Type.String(),
  width: nullable(Type.Integer()),
  height: nullable(Type.Integer()),
  bytes: Type.Integer(),
});
export type Attachment = Static<typeof Attachment>;

/** `me` is there in replies, not in events, which one frame serves for all. */
export const Reaction = Type.Object({
  emoji: Type.String(),
  count: Type.Integer(),
  me: Type.Optional(Type.Boolean()),
});

/** Everybody, or whoever was there when it was written. */
export const MentionsAll = nullable(Type.Enum(["everyone", "here"]));

/** Of a message that no member wrote: `author_id` is that of a webhook. */
export const MessageAuthor = Type.Object({
  name: Type.String(),
  profile_pic: nullable(Type.String()),
  webhook: Type.Literal(true),
});

export const Message = Type.Object({
  id: Id,
  channel_id: Id,
  /** Null in a conversation, which then has its own field. */
  server_id: nullable(Id),
  conversation_id: Type.Optional(Id),
  author_id: Id,
  content: Type.String(),
  created_date: Time,
  edited_date: nullable(Time),
  reply_to: nullable(Id),
  attachments: Type.Array(Attachment),
  mentions: Type.Array(Id),
  mention_roles: Type.Array(Id),
  mentions_all: MentionsAll,
  reactions: Type.Array(Reaction),
  pinned: Type.Boolean(),
  nonce: Type.Optional(Type.String()),
  author: Type.Optional(MessageAuthor),
});
export type Message = Static<typeof Message>;

export const ConversationMember = Type.Object({
  user_id: Id,
  name: Type.String(),
  profile_pic: nullable(Type.String()),
  bot: BotMark,
});

/** As its receiver has it: `state` is `request` while it came from a stranger and they haven't accepted it. */
export const Conversation = Type.Object({
  id: Id,
  kind: Type.Enum([...conversation_kinds]),
  channel_id: Id,
  name: nullable(Type.String()),
  image: nullable(Type.String()),
  owner_id: nullable(Id),
  members: Type.Array(ConversationMember),
  created_date: Time,
  last_message_id: nullable(Id),
  state: Type.Enum(["request", "open"]),
});
export type Conversation = Static<typeof Conversation>;

export const FriendEntry = Type.Object({
  user_id: Id,
  name: Type.String(),
  state: Type.Enum(["friend", "incoming", "outgoing", "blocked"]),
  since: Time,
});
export type FriendEntry = Static<typeof FriendEntry>;
