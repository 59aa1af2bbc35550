// The console dialect: one literal a request. Field names and reply types are the console's own; parameters stand in
// the frame, user ids in `message` are decimal strings.

import { limits } from "../domain/limits.ts";
import { Friend } from "./entities.ts";
import { defineMessage, Id } from "./message.ts";
import { Type } from "./schema.ts";
import { KEEPABLE, line } from "./text.ts";

const UserName = Type.String({ minLength: 1, maxLength: limits.name_query_length, description: "user name" });
const UserId = Type.String({ pattern: "^[1-9][0-9]{0,15}$", description: "user id as a decimal string" });

const done = Type.Object({ type: Type.Literal("success"), message: Type.String() });
const doneWithFriend = Type.Object({ type: Type.Literal("success"), message: Type.String(), result: Friend });
const anyone = "anyone";

export const ping = defineMessage({
  type: "ping",
  dialect: "console",
  doc: "Asks whether the server is there. The console sends it every 20 seconds.",
  may: anyone,
  request: Type.Object({}),
  reply: Type.Object({ type: Type.Literal("pong") }),
  errors: [],
  cost: 1,
});

export const nowPlaying = defineMessage({
  type: "now-playing",
  dialect: "console",
  doc: "Says which game is on top; an empty or absent `message` says that none is. The same game again tells nobody anything.",
  may: anyone,
  request: Type.Object({ message: Type.Optional(line(limits.game_name_length)) }),
  reply: null,
  errors: [],
  cost: 3,
  tells: "Each online friend: `message` and `now-playing`; when the game ends, only `now-playing`.",
});

export const get = defineMessage({
  type: "get",
  dialect: "console",
  doc: "Counts the users online. The reply carries the request's `id` but no `type`.",
  may: anyone,
  request: Type.Object({}),
  reply: Type.Object({ count: Type.Integer({ minimum: 0 }) }),
  errors: [],
  cost: 1,
});

export const sendFriendRequest = defineMessage({
  type: "send-friend-request",
  dialect: "console",
  doc: "Asks a user, by name, to be friends. If they have already asked, the two are friends at once.",
  may: anyone,
  request: Type.Object({ message: UserName }),
  reply: done,
  errors: ["not_found", "conflict", "blocked", "limit_reached"],
  cost: 5,
  tells: "Both people's sessions: `friend-list-update`, `incoming` to the one asked, `outgoing` to the one who asks.",
  people_only: true,
});

export const getFriendRequests = defineMessage({
  type: "get-friend-requests",
  dialect: "console",
  doc: "The pending requests in both directions, newest first.",
  may: anyone,
  request: Type.Object({}),
  reply: Type.Object({ type: Type.Literal("retrieveFriendRequests"), result: Type.Array(Friend) }),
  errors: [],
  cost: 5,
});

export const acceptFriendRequest = defineMessage({
  type: "accept-friend-request",
  dialect: "console",
  doc: "Accepts the request of the user whose id is in `message`.",
  may: "whoever was asked",
  request: Type.Object({ message: UserId }),
  reply: doneWithFriend,
  errors: ["not_found", "conflict", "blocked"],
  cost: 5,
  tells: "Both people's sessions: `friend-list-update`.",
  people_only: true,
});

export const rejectFriendRequest = defineMessage({
  type: "reject-friend-request",
  dialect: "console",
  doc: "Declines the request of the user whose id is in `message`.",
  may: "whoever was asked",
  request: Type.Object({ message: UserId }),
  reply: doneWithFriend,
  errors: ["not_found", "blocked"],
  cost: 5,
  tells: 'Both people\'s sessions: `friend-list-update` with type `"none"`.',
  people_only: true,
});

export const removeFriend = defineMessage({
  type: "remove-friend",
  dialect: "console",
  doc: "Ends the friendship with the user whose id is in `message`, or withdraws one's own request to them.",
  may: "either friend, or whoever asked",
  request: Type.Object({ message: UserId }),
  reply: doneWithFriend,
  errors: ["not_found", "blocked"],
  cost: 5,
  tells: 'Both people\'s sessions: `friend-list-update` with type `"none"`.',
  people_only: true,
});

export const getFriends = defineMessage({
  type: "get-friends",
  dialect: "console",
  doc: "The friends, those online first, then by name.",
  may: anyone,
  request: Type.Object({}),
  reply: Type.Object({ type: Type.Literal("retrieveFriends"), result: Type.Array(Friend) }),
  errors: [],
  cost: 5,
});

export const watchParty = defineMessage({
  type: "watchParty",
  dialect: "console",
  doc: `Hands a friend who is online an invitation. \`message\` is opaque to the server, ${limits.watch_party_bytes} bytes of UTF-8 at most, without NUL characters and lone surrogates.`,
  may: "friends",
  request: Type.Object({ userId: Id, message: Type.String({ pattern: KEEPABLE }) }),
  reply: Type.Object({ type: Type.Literal("success") }),
  errors: ["forbidden", "offline", "too_large"],
  cost: 5,
  tells: "That friend's sessions: `watchParty`.",
});

export const console_messages = [
  ping,
  nowPlaying,
  get,
  sendFriendRequest,
  getFriendRequests,
  acceptFriendRequest,
  rejectFriendRequest,
  removeFriend,
  getFriends,
  watchParty,
] as const;
