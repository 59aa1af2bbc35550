// The client library: all that a program imports from `orchard/client`. It runs in browsers, Bun and Node, and has
// nothing of the server in it.

export type { InvitingServer } from "../protocol/invites.ts";
export type {
  Cache,
  CachedChannel,
  CachedConversation,
  CachedFriend,
  CachedServer,
  Change,
  MessageWindow,
} from "./cache.ts";
export { Client, createClient } from "./client.ts";
export {
  type Completion,
  type CompletionEntry,
  type CompletionOptions,
  completed,
  completionAt,
  completionWithMembers,
} from "./completion.ts";
export type {
  AskType,
  EventFrame,
  EventType,
  Parameters,
  Push,
  Ready,
  ReplyBody,
  ReportAdded,
  Request,
  TypingStarted,
} from "./contract.ts";
export { messageAt } from "./dates.ts";
export { type ClientCode, RequestError, refusalOf } from "./errors.ts";
export { type CallOptions, callHttp, type InviteOptions, readInvite } from "./http.ts";
export { type KeptClientOptions, openClient } from "./keeping.ts";
export { type MemberGroup, MemberList } from "./member-list.ts";
export type { Mentionable, WritingPlace } from "./mention-names.ts";
export { type MentionPlaces, mentionsOf } from "./mention-pages.ts";
export { type Meant, Mentions, type TextPart } from "./mentions.ts";
export { type MissedOptions, missedMessages } from "./missed.ts";
export { newNonce } from "./nonces.ts";
export type {
  AskOptions,
  ClientEvents,
  ClientOptions,
  ClientState,
  CloseReason,
  Credentials,
  Draft,
  Readable,
  Trouble,
} from "./options.ts";
export type { Delivery, OutboxEntry } from "./outbox.ts";
export {
  defaultRoleOf,
  type Places,
  type Reason,
  type Rule,
  rankOf,
  rule_names,
  type Standing,
  standingOf,
  type Verdict,
  verdictsOf,
} from "./permissions.ts";
export { type Keep, placeOf, type SnapshotPlace } from "./snapshot-places.ts";
export type { Clock, Socket, SocketConstructor } from "./surroundings.ts";
export { Typing } from "./typing.ts";
export { type Unread, UnreadCounts } from "./unread.ts";
export { type UploadOptions, type UploadReply, uploadFile, type Xhr, type XhrConstructor } from "./uploads.ts";
