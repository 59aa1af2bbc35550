// Categories and channels.

import { limits } from "../../domain/limits.ts";
import { costByCount, defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { Category, Channel, Description, Nonce, Overwrites, Seq, ThingName } from "./entities.ts";

const Position = Type.Integer({ minimum: 0, maximum: limits.position });
const OnlyRoles = Type.Array(Id, { maxItems: limits.overwrites, description: "role ids: only these may view" });
const managers = "`manage_channels`";

export const getServerChannels = defineMessage({
  type: "get_server_channels",
  dialect: "community",
  doc: "What the asker may view, in display order: by position, and of one position by id. Channels outside any category come first, under `id: null`, if there are any. A category is left out when neither its overwrites leave the asker `view_channel` nor those of a channel in it.",
  may: "members",
  request: Type.Object({ server_id: Id }),
  reply: Type.Object({
    categories: Type.Array(
      Type.Object({
        id: nullable(Id),
        name: nullable(Type.String()),
        position: Type.Integer(),
        channels: Type.Array(Type.Object({ id: Id, name: Type.String(), position: Type.Integer() })),
      }),
    ),
    seq: Seq,
  }),
  errors: ["not_found"],
  cost: 3,
  room: ["server_id"],
  subscribes: "server",
});

export const getServerChannel = defineMessage({
  type: "get_server_channel",
  dialect: "community",
  doc: "One channel. `roles` are those by which alone one can view it, top first; they follow from the roles and overwrites, and whoever has loaded both the server and the channel gets `channel_updated` with `roles` when they do.",
  may: "viewers",
  request: Type.Object({ channel_id: Id }),
  reply: Type.Object({ channel: Channel, seq: Seq }),
  errors: ["not_found"],
  cost: 2,
  room: ["channel_id"],
  subscribes: "channel",
});

/** Each is judged, stored, and kept in two logs. */
const by_overwrites = { base: 5, items: 5, what: "overwrites" };

const AddCategory = Type.Object({
  server_id: Id,
  name: ThingName,
  overwrites: Type.Optional(Overwrites),
  nonce: Type.Optional(Nonce),
});

export const addCategory = defineMessage({
  type: "add_category",
  dialect: "community",
  doc: "Adds a category after the others. Overwrites name roles of the server and members; nobody sets by them what they lack, or for a role or member that ranks as high as they do. The same author, server and `nonce` again: the first category comes back as it is now, nothing is added; `conflict` when it was deleted since.",
  may: managers,
  request: AddCategory,
  reply: Type.Object({ category: Category }),
  errors: ["not_found", "forbidden", "limit_reached", "conflict"],
  cost: costByCount(AddCategory, by_overwrites, ({ overwrites = [] }) => overwrites.length),
  room: ["server_id"],
  tells: "Subscribers of the server who may view it: `category_added`.",
});

const UpdateCategory = Type.Object({
  category_id: Id,
  changes: Type.Object({
    name: Type.Optional(ThingName),
    position: Type.Optional(Position),
    overwrites: Type.Optional(Overwrites),
  }),
});

export const updateCategory = defineMessage({
  type: "update_category",
  dialect: "community",
  doc: "Changes a category. `overwrites` replaces the list; what stood in it may stay, whoever set it. They hold for its channels. It stands where `position` says: those that have it make room.",
  may: managers,
  request: UpdateCategory,
  reply: Type.Object({ category: Category }),
  errors: ["not_found", "forbidden"],
  cost: costByCount(UpdateCategory, by_overwrites, ({ changes: { overwrites = [] } }) => overwrites.length),
  room: ["category_id"],
  tells:
    "Subscribers of the server who may view it: `category_updated`, as for each category that makes room; whoever gains or loses it or its channels: `category_added`, `channel_added`, `channel_deleted`, `category_deleted`.",
});

export const deleteCategory = defineMessage({
  type: "delete_category",
  dialect: "community",
  doc: "Deletes a category. Its channels move out of it, after those that are outside already, and lose its overwrites: `forbidden` where that would let the asker do what they may not do in them now, or changes anything for who ranks as high.",
  may: managers,
  request: Type.Object({ category_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 20,
  room: ["category_id"],
  tells:
    "Subscribers of the server who may view them: `channel_updated` for each of its channels, then `category_deleted`; whoever gains channels: `channel_added`.",
});

const AddChannel = Type.Object({
  server_id: Id,
  name: ThingName,
  category_id: Type.Optional(Id),
  description: Type.Optional(Description),
  roles: Type.Optional(OnlyRoles),
  overwrites: Type.Optional(Overwrites),
  nonce: Type.Optional(Nonce),
});

export const addChannel = defineMessage({
  type: "add_channel",
  dialect: "community",
  doc: "Adds a channel after the others of its category. `roles` is short for overwrites by which only these roles may view it: it denies everybody `view_channel` and allows it to each of them, whatever `overwrites` says of roles and viewing; without any, only those with all rules view it. The same author, server and `nonce` again: the first channel comes back as it is now, nothing is added; `conflict` when it was deleted since.",
  may: managers,
  request: AddChannel,
  reply: Type.Object({ channel: Channel }),
  errors: ["not_found", "forbidden", "limit_reached", "conflict"],
  cost: costByCount(AddChannel, by_overwrites, ({ overwrites = [] }) => overwrites.length),
  room: ["server_id"],
  tells: "Subscribers of the server who may view it: `channel_added`.",
});

const UpdateChannel = Type.Object({
  channel_id: Id,
  changes: Type.Object({
    name: Type.Optional(ThingName),
    description: Type.Optional(nullable(Description)),
    category_id: Type.Optional(nullable(Id)),
    position: Type.Optional(Position),
    roles: Type.Optional(OnlyRoles),
    overwrites: Type.Optional(Overwrites),
    slow_mode_s: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.slow_mode_s })),
  }),
});

export const updateChannel = defineMessage({
  type: "update_channel",
  dialect: "community",
  doc: 'Changes a channel, its place or who may view it. A null `category_id` takes it out of its category; what comes to another place stands last there, unless `position` says otherwise. It stands where `position` says as members are shown it: those that have it make room. `overwrites` and `roles` are as in `add_channel` and `update_category`. With a `slow_mode_s` above 0 nobody without `manage_messages` adds a message sooner than so many seconds after their last: `add_message` answers `rate_limited`, and `details` has `limit: "slow_mode_s"` with `retry_after_ms`. Nobody gives themselves by it what they may not do in the channel now, nor changes for who ranks as high what a category\'s overwrites say of them.',
  may: managers,
  request: UpdateChannel,
  reply: Type.Object({ channel: Channel }),
  errors: ["not_found", "forbidden"],
  cost: costByCount(UpdateChannel, by_overwrites, ({ changes: { overwrites = [] } }) => overwrites.length),
  room: ["channel_id"],
  tells:
    "Who may view it before and after: `channel_updated`, as for each channel that makes room; whoever gains or loses it: `channel_added`, `channel_deleted`.",
});

const MoveChannels = Type.Object({
  server_id: Id,
  channels: Type.Array(Type.Object({ id: Id, category_id: Type.Optional(nullable(Id)), position: Position }), {
    maxItems: limits.channels_per_server,
  }),
});

export const moveChannels = defineMessage({
  type: "move_channels",
  dialect: "community",
  doc: "Puts channels in another order, or into other categories, all or none, in one change. Without a `category_id`, or with null, it stands outside any. Each stands where its `position` says, and of several at one place the first that is named is the first; those that aren't named keep their order and give way upwards. Each may be moved as `update_channel` moves one. The reply has where they stand, and where those that gave way do.",
  may: managers,
  request: MoveChannels,
  reply: Type.Object({
    channels: Type.Array(Type.Object({ id: Id, category_id: nullable(Id), position: Type.Integer() })),
  }),
  errors: ["not_found", "forbidden"],
  cost: costByCount(MoveChannels, { base: 8, items: 5, what: "channels" }, ({ channels }) => channels.length),
  room: ["server_id"],
  tells:
    "Who may view them before and after: `channel_updated` for each that moves or makes room; whoever gains or loses some, first: `channel_added`, `channel_deleted`. Of all that one is told, all but the last is with `more`.",
});

export const deleteChannel = defineMessage({
  type: "delete_channel",
  dialect: "community",
  doc: "Deletes a channel with its messages.",
  may: managers,
  request: Type.Object({ channel_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["channel_id"],
  tells: "Subscribers of the server who could view it: `channel_deleted`.",
});

export const channel_messages = [
  getServerChannels,
  getServerChannel,
  addCategory,
  updateCategory,
  deleteCategory,
  addChannel,
  updateChannel,
  moveChannels,
  deleteChannel,
] as const;
