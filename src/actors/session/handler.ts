// What a handler of a message is: the compiler wants one for every literal in the catalogue that no room answers, of
// just its types.

import type { Message, MessageType, ReplyBody, Request } from "../../protocol/catalogue.ts";
import { failure } from "../../protocol/outcome.ts";
import type { Reply } from "../kernel/actor.ts";
import type { Requester } from "./calls.ts";

/** The messages that the session itself answers. */
export type SessionMessageType = Exclude<Message, { room: readonly string[] }>["type"];

/** Answers through `reply`, once. What it throws is answered by the session's fault boundary. */
export type Handler<Name extends MessageType> = (
  request: Request<Name>,
  from: Requester,
  reply: Reply<ReplyBody<Name>>,
) => void | Promise<void>;

/** What a session gets that would be subscribed to more than it may. */
export const tooManyTopics = (topics_per_session: number) =>
  failure("limit_reached", `A session has at most ${topics_per_session} topics.`, { limit: "topics_per_session" });

export type Handlers<Name extends SessionMessageType = SessionMessageType> = { [N in Name]: Handler<N> };
