// Every message type, by its name on the wire. Add a message's literal to its family's list and it is here.

import { audit_messages } from "./community/audit.ts";
import { bot_messages } from "./community/bots.ts";
import { channel_messages } from "./community/channels.ts";
import { conversation_messages } from "./community/conversations.ts";
import { member_messages } from "./community/members.ts";
import { message_messages } from "./community/messages.ts";
import { moderation_messages } from "./community/moderation.ts";
import { notification_messages } from "./community/notifications.ts";
import { report_messages } from "./community/reports.ts";
import { server_messages } from "./community/servers.ts";
import { sync_messages } from "./community/sync.ts";
import { user_messages } from "./community/users.ts";
import { webhook_messages } from "./community/webhooks.ts";
import { console_messages } from "./console.ts";
import type { MessageLiteral, ReplyOf, RequestOf } from "./message.ts";

export const messages = [
  ...console_messages,
  ...user_messages,
  ...server_messages,
  ...channel_messages,
  ...member_messages,
  ...bot_messages,
  ...audit_messages,
  ...report_messages,
  ...webhook_messages,
  ...message_messages,
  ...conversation_messages,
  ...notification_messages,
  ...moderation_messages,
  ...sync_messages,
] as const;

export type Message = (typeof messages)[number];
export type MessageType = Message["type"];
export type MessageOf<Name extends MessageType> = Extract<Message, { type: Name }>;
export type Request<Name extends MessageType> = RequestOf<MessageOf<Name>>;
export type ReplyBody<Name extends MessageType> = ReplyOf<MessageOf<Name>>;

const by_type: ReadonlyMap<string, MessageLiteral> = new Map(messages.map((message) => [message.type, message]));

/** The literal for a `type` that a client sent, or undefined. A Map, so that `__proto__` is a name like any other. */
export function findMessage(type: string): MessageLiteral | undefined {
  return by_type.get(type);
}
