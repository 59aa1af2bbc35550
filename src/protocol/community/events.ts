// The events of the community dialect: what changed, about one topic, in the order of its `seq`. One frame serves all
// who receive it. `…_updated` and `…_changed` carry the id and only what changed.

import type { Static } from "typebox";
import { defineEvent, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import {
  Category,
  Channel,
  Conversation,
  Member,
  MentionsAll,
  Message,
  Reaction,
  Role,
  SeenStatus,
  Server,
  ServerSummary,
} from "./entities.ts";
import { NotificationSetting } from "./notifications.ts";

const FriendState = Type.Enum(["friend", "incoming", "outgoing", "blocked", "none"]);
const friend = Type.Object({ user_id: Id, name: Type.String(), state: FriendState });
const changesOf = <Schema extends Parameters<typeof Type.Partial>[0]>(schema: Schema) => Type.Partial(schema);

/** There is more of the same change for the receiver. */
const More = Type.Optional(Type.Boolean());

export const events = [
  defineEvent({
    type: "server_added",
    topic: "self",
    doc: "One joined or made a server.",
    data: Type.Object({ server: ServerSummary }),
  }),
  defineEvent({
    type: "server_updated",
    topic: "server",
    doc: "A server changed.",
    data: Type.Intersect([
      Type.Object({ server_id: Id }),
      Type.Partial(Type.Pick(Server, ["name", "image", "description", "owner_id", "locked", "joins"])),
    ]),
  }),
  defineEvent({
    type: "server_deleted",
    topic: "self",
    doc: "A server is gone, or one left it or was removed from it.",
    data: Type.Object({ server_id: Id }),
  }),
  defineEvent({
    type: "category_added",
    topic: "server",
    doc: "A category was added, or became visible to the receiver. With `more`, more of the same change comes next: an order is whole with the last of it.",
    data: Type.Object({ server_id: Id, category: Category, more: More }),
  }),
  defineEvent({
    type: "category_updated",
    topic: "server",
    doc: "A category changed; only to those who may view it. With `more`, more of the same change comes next: an order is whole with the last of it.",
    data: Type.Object({ server_id: Id, category: changesOf(Category), more: More }),
  }),
  defineEvent({
    type: "category_deleted",
    topic: "server",
    doc: "A category was deleted, or is no longer visible to the receiver. With `more`, more of the same change comes next: an order is whole with the last of it.",
    data: Type.Object({ server_id: Id, category_id: Id, more: More }),
  }),
  defineEvent({
    type: "channel_added",
    topic: "server",
    doc: "A channel was added, or became visible to the receiver. With `more`, more of the same change comes next: an order is whole with the last of it.",
    data: Type.Object({ server_id: Id, category_id: nullable(Id), channel: Channel, more: More }),
  }),
  defineEvent({
    type: "channel_updated",
    topic: "server",
    doc: "A channel changed; only to those who may view it. With `more`, more of the same change comes next: an order is whole with the last of it.",
    data: Type.Object({ server_id: Id, channel: changesOf(Channel), more: More }),
  }),
  defineEvent({
    type: "channel_deleted",
    topic: "server",
    doc: "A channel was deleted, or is no longer visible to the receiver. With `more`, more of the same change comes next: an order is whole with the last of it.",
    data: Type.Object({ server_id: Id, channel_id: Id, more: More }),
  }),
  defineEvent({ type: "message_added", topic: "channel", doc: "A message was added.", data: Message }),
  defineEvent({
    type: "message_changed",
    topic: "channel",
    doc: "A message was edited, pinned or unpinned, or reacted to: then with all its `reactions` and the `reaction` that came or went.",
    data: Type.Object({
      id: Id,
      channel_id: Id,
      content: Type.Optional(Type.String()),
      edited_date: Type.Optional(nullable(Type.String())),
      mentions: Type.Optional(Type.Array(Id)),
      mention_roles: Type.Optional(Type.Array(Id)),
      mentions_all: Type.Optional(MentionsAll),
      pinned: Type.Optional(Type.Boolean()),
      reactions: Type.Optional(Type.Array(Reaction)),
      reaction: Type.Optional(Type.Object({ emoji: Type.String(), user_id: Id, added: Type.Boolean() })),
    }),
  }),
  defineEvent({
    type: "message_deleted",
    topic: "channel",
    doc: "A message was deleted.",
    data: Type.Object({ id: Id, channel_id: Id }),
  }),
  defineEvent({
    type: "member_added",
    topic: "server",
    doc: "A member came.",
    data: Type.Object({ server_id: Id, member: Member }),
  }),
  defineEvent({
    type: "member_changed",
    topic: "server",
    doc: "A member's roles, nickname or timeout changed, or what a bot may.",
    data: Type.Object({ server_id: Id, member: changesOf(Member) }),
  }),
  defineEvent({
    type: "member_deleted",
    topic: "server",
    doc: "A member left or was removed.",
    data: Type.Object({ server_id: Id, user_id: Id }),
  }),
  defineEvent({
    type: "role_added",
    topic: "server",
    doc: "A role was added.",
    data: Type.Object({ server_id: Id, role: Role }),
  }),
  defineEvent({
    type: "role_changed",
    topic: "server",
    doc: "A role changed.",
    data: Type.Object({ server_id: Id, role: changesOf(Role) }),
  }),
  defineEvent({
    type: "role_deleted",
    topic: "server",
    doc: "A role was deleted, and taken from all who had it.",
    data: Type.Object({ server_id: Id, role_id: Id }),
  }),
  defineEvent({
    type: "user_changed",
    topic: "user",
    doc: "A person's profile, status or game changed, as others see them.",
    data: Type.Object({
      id: Id,
      name: Type.Optional(Type.String()),
      profile_pic: Type.Optional(nullable(Type.String())),
      bio: Type.Optional(nullable(Type.String())),
      status: Type.Optional(SeenStatus),
      custom_status: Type.Optional(nullable(Type.String())),
      playing: Type.Optional(nullable(Type.String())),
    }),
  }),
  defineEvent({
    type: "friend_added",
    topic: "self",
    doc: "A request came or was sent, or one blocked somebody who wasn't in the list.",
    data: friend,
  }),
  defineEvent({
    type: "friend_changed",
    topic: "self",
    doc: "A request was accepted, or one of the two blocked the other.",
    data: friend,
  }),
  defineEvent({
    type: "friend_deleted",
    topic: "self",
    doc: "A request was declined or withdrawn, a friend removed, a block lifted. `state` is `none`.",
    data: friend,
  }),
  defineEvent({
    type: "conversation_added",
    topic: "self",
    doc: "A conversation came into one's list: one opened it, was brought in, or something was said in it.",
    data: Type.Object({ conversation: Conversation }),
  }),
  defineEvent({
    type: "conversation_changed",
    topic: "self",
    doc: "A conversation in one's list changed: what it shows, who is in it, its last message, or whether it is a request.",
    data: Type.Object({
      conversation: Type.Intersect([Type.Object({ id: Id }), Type.Partial(Type.Omit(Conversation, ["id"]))]),
    }),
  }),
  defineEvent({
    type: "conversation_deleted",
    topic: "self",
    doc: "A conversation left one's list: one closed it, left it or was removed from it, or it was a request that expired.",
    data: Type.Object({ conversation_id: Id }),
  }),
  defineEvent({
    type: "notification_settings_changed",
    topic: "self",
    doc: "One chose in another session what to be told of, of one server, channel or conversation.",
    data: NotificationSetting,
  }),
  defineEvent({
    type: "account_notice",
    topic: "self",
    doc: "Who runs the server did something to one's account: `operation` names it, as the operators' reference does.",
    data: Type.Object({
      operation: Type.String(),
      door: Type.Enum(["command_line", "http"]),
      created_date: Type.String({ description: "time" }),
    }),
  }),
  defineEvent({
    type: "read_state_changed",
    topic: "self",
    doc: "One read further, in another session.",
    data: Type.Object({ channel_id: Id, last_read_id: Id }),
  }),
] as const;

export type Event = (typeof events)[number];
export type EventType = Event["type"];
export type EventData<Name extends EventType> = Static<Extract<Event, { type: Name }>["data"]>;

/** The frame, as text, ready for every receiver. */
export function encodeEvent<Name extends EventType>(
  type: Name,
  topic: string,
  seq: number,
  data: EventData<Name>,
): string {
  return encodeWordedEvent(type, topic, seq, JSON.stringify(data));
}

/** The same of data that is in words already, as JSON. */
export function encodeWordedEvent(type: EventType, topic: string, seq: number, json: string): string {
  return `{"type":"${type}","topic":"${topic}","seq":${seq},"data":${json}}`;
}

/** The one event without a `seq`: nothing of it is kept. */
export const typing_started = {
  type: "typing_started",
  topic: "channel",
  doc: "Somebody is writing.",
  data: Type.Object({ channel_id: Id, user_id: Id }),
} as const;

export const report_added = {
  type: "report_added",
  topic: "server",
  doc: "Somebody reported a message: to those who see to it.",
  data: Type.Object({ server_id: Id, channel_id: Id, message_id: Id, user_id: Id, report_id: Id }),
} as const;

/** Events that nothing is kept of: they have no `seq`. */
export const passing_events = [typing_started, report_added] as const;

export type ReportAdded = Static<(typeof report_added)["data"]>;

export function encodeReportAdded(data: ReportAdded): string {
  return JSON.stringify({ type: "report_added", topic: `server:${data.server_id}`, data });
}

export function encodeTypingStarted(channel_id: number, user_id: number): string {
  return JSON.stringify({ type: "typing_started", topic: `channel:${channel_id}`, data: { channel_id, user_id } });
}
