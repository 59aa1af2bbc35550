// The protocol as the client speaks it, all of it inferred from the server's own literals. Only types are taken from
// there, so that nothing of the server gets into a program that imports the client.

import type { MessageOf, MessageType, ReplyBody, Request } from "../protocol/catalogue.ts";
import type { EventType, ReportAdded as ReportAddedData } from "../protocol/community/events.ts";
import type { SyncedEvent } from "../protocol/community/sync.ts";
import type { PushBody, PushType } from "../protocol/pushes.ts";

export type { MessageType, ReplyBody, Request } from "../protocol/catalogue.ts";
export type { EventType } from "../protocol/community/events.ts";

/** A message that is answered by nothing when it succeeds. */
export type SilentType = { [N in MessageType]: ReplyBody<N> extends null ? N : never }[MessageType];

/** What a program may ask; syncing is the client's own. */
export type AskType = Exclude<MessageType, SilentType | "sync">;

/** The parameters, which may be left out where none is needed. */
export type Parameters<Name extends MessageType> =
  Record<never, never> extends Request<Name> ? [parameters?: Request<Name>] : [parameters: Request<Name>];

/** An event with its topic and `seq`, discriminated by `type`. */
export type EventFrame<Name extends EventType = EventType> = SyncedEvent<Name>;

/** An event that nothing is kept of. */
export interface TypingStarted {
  type: "typing_started";
  topic: string;
  data: { channel_id: number; user_id: number };
}

/** Of nothing that is kept, either. */
export interface ReportAdded {
  type: "report_added";
  topic: string;
  data: ReportAddedData;
}

/** What the server sends unasked in the console's dialect. */
export type Push = {
  [N in Exclude<PushType, "ready" | "error">]: { type: N } & PushBody<N>;
}[Exclude<PushType, "ready" | "error">];

export type Ready = PushBody<"ready">["data"];

type ConsoleType = { [N in MessageType]: MessageOf<N>["dialect"] extends "console" ? N : never }[MessageType];

/** Their parameters stand in the frame itself. */
const console_types: Record<ConsoleType, true> = {
  ping: true,
  "now-playing": true,
  get: true,
  "send-friend-request": true,
  "get-friend-requests": true,
  "accept-friend-request": true,
  "reject-friend-request": true,
  "remove-friend": true,
  "get-friends": true,
  watchParty: true,
};

export const isConsoleType = (type: string) => Object.hasOwn(console_types, type);

/** The frame of a request, without its `id`. */
export function requestFrame(type: MessageType, parameters: object): object {
  return isConsoleType(type) ? { ...parameters, type } : { type, data: parameters };
}
