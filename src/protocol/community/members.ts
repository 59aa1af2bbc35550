// Roles and members: who belongs, what they may, who was sent away.

import { limits } from "../../domain/limits.ts";
import { defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { TIME } from "../text.ts";
import {
  Amount,
  Anchor,
  Ban,
  Color,
  Member,
  Nickname,
  Nonce,
  Reason,
  Role,
  RuleNames,
  Seq,
  ThingName,
} from "./entities.ts";

/** As times come in replies; the milliseconds may be left out. */
const GivenTime = Type.String({ pattern: TIME, description: "time" });

const Position = Type.Integer({ minimum: 1, maximum: limits.position });

export const getServerRoles = defineMessage({
  type: "get_server_roles",
  dialect: "community",
  doc: "The server's roles, top first: by position from high to low, and of one position by id; with `user_id`, those of that member. The default role, which everybody has, comes last, at position 0.",
  may: "members",
  request: Type.Object({ server_id: Id, user_id: Type.Optional(Id) }),
  reply: Type.Object({ roles: Type.Array(Role), seq: Seq }),
  errors: ["not_found"],
  cost: 2,
  room: ["server_id"],
  subscribes: "server",
});

export const addRole = defineMessage({
  type: "add_role",
  dialect: "community",
  doc: "Adds a role. Several may have one `position`, and rank alike; without it the role comes below all but the default role, and those in its way move up by one. The same author, server and `nonce` again: the first role comes back as it is now, nothing is added; `conflict` when it was deleted since.",
  may: "`admin`, below their own rank, with rules they have themselves",
  request: Type.Object({
    server_id: Id,
    name: ThingName,
    color: Type.Optional(Color),
    rules: Type.Optional(RuleNames),
    position: Type.Optional(Position),
    nonce: Type.Optional(Nonce),
  }),
  reply: Type.Object({ role: Role }),
  errors: ["not_found", "forbidden", "limit_reached", "conflict"],
  cost: 5,
  room: ["server_id"],
  tells: "Subscribers of the server: `role_changed` for each that moves up, then `role_added`.",
});

export const updateRole = defineMessage({
  type: "update_role",
  dialect: "community",
  doc: "Changes a role. The default role keeps its position.",
  may: "`admin`, for roles below their own rank, with rules they have themselves",
  request: Type.Object({
    role_id: Id,
    changes: Type.Object({
      name: Type.Optional(ThingName),
      color: Type.Optional(nullable(Color)),
      rules: Type.Optional(RuleNames),
      position: Type.Optional(Position),
    }),
  }),
  reply: Type.Object({ role: Role }),
  errors: ["not_found", "forbidden", "conflict"],
  cost: 8,
  room: ["role_id"],
  tells: "Subscribers of the server: `role_changed`; whoever gains or loses channels is told.",
});

export const deleteRole = defineMessage({
  type: "delete_role",
  dialect: "community",
  doc: "Takes a role from every member and out of all overwrites, and deletes it. The default role can't be deleted.",
  may: "`admin`, for roles below their own rank",
  request: Type.Object({ role_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden", "conflict"],
  cost: 20,
  room: ["role_id"],
  tells:
    "Subscribers of the server: `role_deleted`, which stands for the members' loss of it, and before it `category_updated` and `channel_updated` where it was in overwrites; whoever gains or loses channels is told.",
});

export const getServerMembers = defineMessage({
  type: "get_server_members",
  dialect: "community",
  doc: "A page of members by `user_id`, those after `anchor`; `anchor: 0` starts, `next_anchor: null` ends. `name` matches anywhere in name or nickname, without regard to case or accents. With `name` or `online` a page may come short of its amount, or empty, though there are more.",
  may: "members",
  request: Type.Object({
    server_id: Id,
    amount: Amount,
    anchor: Anchor,
    filter: Type.Optional(
      Type.Object({
        name: Type.Optional(Type.String({ minLength: 1, maxLength: limits.name_query_length })),
        role_id: Type.Optional(Id),
        friends: Type.Optional(Type.Boolean()),
        online: Type.Optional(Type.Boolean()),
      }),
    ),
  }),
  reply: Type.Object({ members: Type.Array(Member), next_anchor: nullable(Anchor), seq: Seq }),
  errors: ["not_found"],
  cost: 8,
  room: ["server_id"],
  subscribes: "server_and_users",
});

export const updateMember = defineMessage({
  type: "update_member",
  dialect: "community",
  doc: "Gives and takes roles (`roles` is the whole list, without the default role), sets a nickname, or times somebody out: until `timed_out_until` they may not send, edit, react or type, nor make or change webhooks, and theirs and their bots' say nothing, though they read on, also when they leave and come back; a time that is over, or null, lets them again. Nobody silences the owner, whoever that becomes. The reason is kept in the audit log. Nobody gives a role with a rule that they lack, or takes a role from themselves without which they may do somewhere what they may not with it.",
  may: "`manage_members`, for who ranks below and roles below their own rank; for a timeout `kick_members`, for who ranks below; anyone their own nickname, and to drop a role of their own that keeps them from nothing",
  request: Type.Object({
    server_id: Id,
    user_id: Id,
    changes: Type.Object({
      roles: Type.Optional(Type.Array(Id, { maxItems: limits.roles_per_server })),
      nickname: Type.Optional(nullable(Nickname)),
      timed_out_until: Type.Optional(nullable(GivenTime)),
    }),
    reason: Type.Optional(Reason),
  }),
  reply: Type.Object({ member: Member }),
  errors: ["not_found", "forbidden"],
  cost: 8,
  room: ["server_id"],
  tells: "Subscribers of the server: `member_changed`; the member, of channels gained or lost.",
});

export const removeMember = defineMessage({
  type: "remove_member",
  dialect: "community",
  doc: "Sends a member away; they may come back by an invite. Invites that they made end, and so does what overwrites allow to them alone; what their roles denied them they are denied when they come back. The reason is kept in the audit log.",
  may: "`kick_members`, for who ranks below",
  request: Type.Object({ server_id: Id, user_id: Id, reason: Type.Optional(Reason) }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["server_id"],
  tells: "The member's sessions: `server_deleted`; subscribers of the server: `member_deleted`.",
});

export const banMember = defineMessage({
  type: "ban_member",
  dialect: "community",
  doc: "Sends a user away, member or not, and keeps them out. Invites that they made end, and so does what overwrites allow to them alone. With `delete_messages_s`, what they wrote in the server in so many seconds before goes too, in all its channels, after the reply and bit by bit. Again, it takes the new reason.",
  may: "`ban_members`, for who ranks below",
  request: Type.Object({
    server_id: Id,
    user_id: Id,
    reason: Type.Optional(Reason),
    delete_messages_s: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.ban_deletes_s })),
  }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden", "limit_reached"],
  cost: 5,
  room: ["server_id"],
  tells:
    "The member's sessions: `server_deleted`; subscribers of the server: `member_deleted`; of channels: `message_deleted` for each that goes.",
});

export const unbanMember = defineMessage({
  type: "unban_member",
  dialect: "community",
  doc: "Lets a banned user in again; they need an invite. The reason is kept in the audit log.",
  may: "`ban_members`",
  request: Type.Object({ server_id: Id, user_id: Id, reason: Type.Optional(Reason) }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["server_id"],
});

/** When the last ban of the page was made, and of whom. */
const BAN_ANCHOR = "^[0-9]{1,15}-[0-9]{1,15}$";

export const getBans = defineMessage({
  type: "get_bans",
  dialect: "community",
  doc: `Who is banned, newest first, ${limits.bans_page} at a time. Where \`next_anchor\` is not null there are older ones, which the same request with it as \`anchor\` brings.`,
  may: "`ban_members`",
  request: Type.Object({
    server_id: Id,
    anchor: Type.Optional(Type.String({ pattern: BAN_ANCHOR, description: "page of bans" })),
  }),
  reply: Type.Object({ bans: Type.Array(Ban), next_anchor: nullable(Type.String()) }),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["server_id"],
});

export const member_messages = [
  getServerRoles,
  addRole,
  updateRole,
  deleteRole,
  getServerMembers,
  updateMember,
  removeMember,
  banMember,
  unbanMember,
  getBans,
] as const;
