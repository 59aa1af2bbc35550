// People: profiles, statuses, friends.

import { limits } from "../../domain/limits.ts";
import { costByCount, defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { line, text } from "../text.ts";
import { Dms, FriendEntry, Image, OwnUser, Seq, User } from "./entities.ts";

const Name = Type.String({ minLength: 1, maxLength: limits.name_query_length, description: "user name" });
const Topics = Type.Record(Type.String(), Type.Object({ seq: Seq }));

export const getUser = defineMessage({
  type: "get_user",
  dialect: "community",
  doc: "One user, as others see them: who is `invisible` looks `offline` in one's own answer, too. Who shares no server, friendship or conversation that both have taken with them, and got no friend request from them, gets `id`, `name` and `profile_pic` only, and isn't subscribed: whoever sent a request sees no more until it is accepted. Who was blocked by them sees them `offline`, playing nothing. Somebody whose account is deleted is named `deleted user`, and has those three fields for everybody.",
  may: "anyone",
  request: Type.Object({ user_id: Id }),
  reply: Type.Object({ user: User, seq: Type.Optional(Seq) }),
  errors: ["not_found"],
  cost: 2,
  subscribes: "user",
});

const Users = Type.Object({ user_ids: Type.Array(Id, { maxItems: limits.page_length }) });

export const getUsers = defineMessage({
  type: "get_users",
  dialect: "community",
  doc: `Up to ${limits.page_length} users, as \`get_user\`; those that never existed are left out. \`topics\` carries the seq of each one subscribed to; a session has room for ${limits.topics_per_session}.`,
  may: "anyone",
  request: Users,
  reply: Type.Object({ users: Type.Array(User), topics: Topics }),
  errors: [],
  cost: costByCount(Users, { base: 5, items: 10, what: "users" }, ({ user_ids }) => user_ids.length),
  subscribes: "user",
});

export const updateUser = defineMessage({
  type: "update_user",
  dialect: "community",
  doc: "Changes one's own profile; `null` clears a value. A picture is an `https:` URL, or the URL of an upload of one's own. Who is `invisible` looks `offline`, and as playing nothing, to everybody else. `dms` says who may open a conversation with one, and say something in it first: `everyone`, who shares one of one's `servers`, as at first, or `friends` alone, who always may; nobody else is told of it. `status` in the reply is the one chosen, `invisible` included; all else in it is what others see.",
  may: "oneself",
  request: Type.Object({
    changes: Type.Object({
      name: Type.Optional(Name),
      profile_pic: Type.Optional(nullable(Image)),
      bio: Type.Optional(nullable(text(limits.bio_length))),
      status: Type.Optional(Type.Enum(["online", "idle", "dnd", "invisible"])),
      custom_status: Type.Optional(nullable(line(limits.custom_status_length))),
      dms: Type.Optional(Dms),
    }),
  }),
  reply: Type.Object({ user: OwnUser }),
  errors: ["conflict"],
  cost: 5,
  tells:
    "Whoever has loaded the user: `user_changed`. Online friends: `friend-list-update` when the name is another; what coming online or going offline brings when they become visible or `invisible`.",
});

export const getFriendsList = defineMessage({
  type: "get_friends",
  dialect: "community",
  doc: "Friends, requests in both directions and blocks, newest first; `blocked` is whom one has blocked, and who, having been in the list, has blocked oneself. Subscribes to the friends, and to who asks to be one; the other names are as of the load. `seq` is that of the topic `self`.",
  may: "anyone",
  request: Type.Object({}),
  reply: Type.Object({ friends: Type.Array(FriendEntry), seq: Seq }),
  errors: [],
  cost: 5,
  subscribes: "user",
});

const target = { user_id: Type.Optional(Id), name: Type.Optional(Name) };

export const addFriend = defineMessage({
  type: "add_friend",
  dialect: "community",
  doc: "Asks a user, by id or, where there is none, by name, to be friends. If they have already asked, the two are friends at once.",
  may: "anyone",
  request: Type.Object(target),
  reply: Type.Object({ friend: FriendEntry }),
  errors: ["not_found", "conflict", "blocked", "limit_reached"],
  cost: 5,
  tells: "Both: `friend_added`, or `friend_changed` when they had asked already, and `friend-list-update`.",
  people_only: true,
});

export const updateFriend = defineMessage({
  type: "update_friend",
  dialect: "community",
  doc: "Accepts or declines a request, blocks a user (which ends a friendship or request), or ends one's own block; it stays `blocked` where the other has blocked as well. An entry that ended comes back as it was.",
  may: "whoever was asked; anyone may block",
  request: Type.Object({
    user_id: Id,
    action: Type.Enum(["accept", "decline", "block", "unblock"]),
  }),
  reply: Type.Object({ friend: FriendEntry }),
  errors: ["not_found", "conflict", "blocked", "limit_reached"],
  cost: 5,
  tells:
    "Both: `friend_changed` or `friend_deleted`, and `friend-list-update`. Of a block without an entry before, oneself: `friend_added`; the other isn't told.",
  people_only: true,
});

export const deleteFriend = defineMessage({
  type: "delete_friend",
  dialect: "community",
  doc: "Ends a friendship, withdraws one's own request, declines theirs, or takes who has blocked oneself off the list. One's own block is ended by `update_friend`.",
  may: "either of the two",
  request: Type.Object({ user_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found"],
  cost: 5,
  tells: "Whoever had an entry: `friend_deleted`, and `friend-list-update`.",
  people_only: true,
});

export const user_messages = [
  getUser,
  getUsers,
  updateUser,
  getFriendsList,
  addFriend,
  updateFriend,
  deleteFriend,
] as const;
