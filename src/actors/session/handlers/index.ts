// All that the session answers by itself, by the type of the message.

import type { Handlers } from "../handler.ts";
import { type ConsoleDependencies, consoleHandlers } from "./console.ts";
import { type ConversationDependencies, conversationHandlers } from "./conversations.ts";
import { type MentionDependencies, mentionHandlers } from "./mentions.ts";
import { type NotificationDependencies, notificationHandlers } from "./notifications.ts";
import { type PeopleDependencies, peopleHandlers } from "./people.ts";
import { type ReadingDependencies, readingHandlers } from "./reading.ts";
import { type ReportDependencies, reportHandlers } from "./reports.ts";
import { type ServerDependencies, serverHandlers } from "./servers.ts";
import { type SyncDependencies, syncHandlers } from "./sync.ts";

export type HandlerDependencies = ConsoleDependencies &
  PeopleDependencies &
  ConversationDependencies &
  NotificationDependencies &
  ServerDependencies &
  ReadingDependencies &
  MentionDependencies &
  ReportDependencies &
  SyncDependencies;

export function sessionHandlers(on: HandlerDependencies): Handlers {
  return {
    ...consoleHandlers(on),
    ...peopleHandlers(on),
    ...conversationHandlers(on),
    ...notificationHandlers(on),
    ...serverHandlers(on),
    ...readingHandlers(on),
    ...mentionHandlers(on),
    ...reportHandlers(on),
    ...syncHandlers(on),
  };
}
