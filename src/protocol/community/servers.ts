// Servers: the place itself, and how one comes in.

import { limits } from "../../domain/limits.ts";
import { defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { Description, Image, Invite, Joins, Nonce, Server, ServerName, ServerSummary } from "./entities.ts";

const Code = Type.String({ minLength: 1, maxLength: limits.invite_code_length, description: "invite code" });

export const getServers = defineMessage({
  type: "get_servers",
  dialect: "community",
  doc: "One's own servers, in the order of joining, and subscribes to them; with another's `user_id`, those both are in. Events of a server may come before the reply that lists it.",
  may: "anyone",
  request: Type.Object({ user_id: Type.Optional(Id) }),
  reply: Type.Object({ servers: Type.Array(ServerSummary) }),
  errors: [],
  cost: 5,
  subscribes: "server",
});

export const getServer = defineMessage({
  type: "get_server",
  dialect: "community",
  doc: "One server: by its id for members, whom that subscribes, or by an invite that still works for anyone.",
  may: "members, or a valid invite",
  request: Type.Object({ server_id: Type.Optional(Id), invite_code: Type.Optional(Code) }),
  reply: Type.Object({ server: Server }),
  errors: ["not_found"],
  cost: 2,
  room: ["server_id", "invite_code"],
  subscribes: "server",
});

export const addServer = defineMessage({
  type: "add_server",
  dialect: "community",
  doc: "Makes a server, owned by whoever asks, with a category `General`, a channel `general` in it, and the default role `everyone`. The same author and `nonce` again: the first server comes back as it is now, nothing is made; `conflict` when it was deleted since, or the author is no member any more.",
  may: "anyone, or administrators alone where that is set",
  request: Type.Object({
    name: ServerName,
    image: Type.Optional(Image),
    description: Type.Optional(Description),
    nonce: Type.Optional(Nonce),
  }),
  reply: Type.Object({ server: Server }),
  errors: ["forbidden", "limit_reached", "conflict"],
  cost: 20,
  tells: "All one's own sessions: `server_added`.",
  people_only: true,
});

export const updateServer = defineMessage({
  type: "update_server",
  dialect: "community",
  doc: "Changes a server's name, image or description, or pauses its joins: then nobody comes in, by an invite or as a new account, and no use of an invite is spent.",
  may: "`manage_server`",
  request: Type.Object({
    server_id: Id,
    changes: Type.Object({
      name: Type.Optional(ServerName),
      image: Type.Optional(nullable(Image)),
      description: Type.Optional(nullable(Description)),
      joins: Type.Optional(Joins),
    }),
  }),
  reply: Type.Object({ server: Server }),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["server_id"],
  tells: "Subscribers of the server: `server_updated`.",
});

export const deleteServer = defineMessage({
  type: "delete_server",
  dialect: "community",
  doc: "Deletes a server with all that is in it.",
  may: "the owner",
  request: Type.Object({ server_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 20,
  room: ["server_id"],
  tells: "All members: `server_deleted`.",
});

export const transferServer = defineMessage({
  type: "transfer_server",
  dialect: "community",
  doc: "Makes another member the owner.",
  may: "the owner",
  request: Type.Object({ server_id: Id, user_id: Id }),
  reply: Type.Object({ server: Server }),
  errors: ["not_found", "forbidden", "conflict"],
  cost: 5,
  room: ["server_id"],
  tells: "Subscribers of the server: `server_updated` with `owner_id`.",
  people_only: true,
});

export const joinServer = defineMessage({
  type: "join_server",
  dialect: "community",
  doc: "Joins by an invite; one use of it is spent. A role that denied one something, and gives no power, comes back with whoever comes back. While joins are paused it is `forbidden`. Where one is a member already nothing is spent and nobody is told, and the invite need not work any more.",
  may: "anyone with a valid invite who isn't banned",
  request: Type.Object({ invite_code: Code }),
  reply: Type.Object({ server: Server }),
  errors: ["not_found", "forbidden", "limit_reached"],
  cost: 10,
  room: ["invite_code"],
  tells: "All one's own sessions: `server_added`; subscribers of the server: `member_added`.",
  people_only: true,
});

export const leaveServer = defineMessage({
  type: "leave_server",
  dialect: "community",
  doc: "Leaves a server. What overwrites allow to the member alone ends, what they deny stays. The owner can't: they transfer or delete it.",
  may: "members but the owner",
  request: Type.Object({ server_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "conflict"],
  cost: 5,
  room: ["server_id"],
  tells: "All one's own sessions: `server_deleted`; subscribers of the server: `member_deleted`.",
});

export const addInvite = defineMessage({
  type: "add_invite",
  dialect: "community",
  doc: `Makes an invite; without \`max_uses\` it has no end of uses, without \`expires_in_s\` it doesn't expire. A member may have ${limits.invites_per_creator} that let somebody in; who manages the server, as many as the server may. An invite ends when who made it is kicked or banned. The same author, server and \`nonce\` again: the first invite comes back as it is now, nothing is made; \`conflict\` when it was deleted since, or lets nobody in any more.`,
  may: "`create_invites`",
  request: Type.Object({
    server_id: Id,
    max_uses: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.invite_uses })),
    expires_in_s: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.invite_age_s })),
    nonce: Type.Optional(Nonce),
  }),
  reply: Type.Object({ invite: Invite }),
  errors: ["not_found", "forbidden", "limit_reached", "conflict"],
  cost: 5,
  room: ["server_id"],
});

export const getInvites = defineMessage({
  type: "get_invites",
  dialect: "community",
  doc: "The server's invites that still work, newest first.",
  may: "`manage_server`",
  request: Type.Object({ server_id: Id }),
  reply: Type.Object({ invites: Type.Array(Invite) }),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["server_id"],
});

export const deleteInvite = defineMessage({
  type: "delete_invite",
  dialect: "community",
  doc: "Ends an invite. To a member who may not end it, it doesn't exist.",
  may: "its creator, or `manage_server`",
  request: Type.Object({ server_id: Id, code: Code }),
  reply: Type.Object({}),
  errors: ["not_found"],
  cost: 5,
  room: ["server_id"],
});

export const server_messages = [
  getServers,
  getServer,
  addServer,
  updateServer,
  deleteServer,
  transferServer,
  joinServer,
  leaveServer,
  addInvite,
  getInvites,
  deleteInvite,
] as const;
