// What a handler of a message is: the compiler wants one for every literal in the catalogue, of just its types.

import type { MessageType, ReplyBody, Request } from "../../protocol/catalogue.ts";
import type { SessionId } from "../gateway.ts";
import type { Reply } from "../kernel/system.ts";

/** Who asks, as proved when the session opened. */
export interface Requester {
  readonly id: number;
  readonly name: string;
  readonly session: SessionId;
}

/** Answers through `reply`, once. What it throws is answered by the session's fault boundary. */
export type Handler<Name extends MessageType> = (
  request: Request<Name>,
  from: Requester,
  reply: Reply<ReplyBody<Name>>,
) => void | Promise<void>;

export type Handlers<Name extends MessageType = MessageType> = { [N in Name]: Handler<N> };
