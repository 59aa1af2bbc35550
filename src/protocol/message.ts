// The shape of a message literal. A message type is a value: everything about it (validation, types, dispatch, the
// reference, what the tests must cover) is derived from its one literal.

import type { Static, TSchema } from "typebox";
import type { CommonError, ErrorCode } from "./errors.ts";
import { Type } from "./schema.ts";

/** A field that leads to one server or conversation: its id, or that of something in it. */
export type RoomKey =
  | "server_id"
  | "channel_id"
  | "category_id"
  | "role_id"
  | "message_id"
  | "webhook_id"
  | "invite_code"
  | "conversation_id";

export interface MessageLiteral {
  /** The request's `type` on the wire. */
  readonly type: string;
  /** Where its parameters stand: `console` in the frame itself, `community` in the frame's `data`. */
  readonly dialect: "console" | "community";
  /** One or more sentences for the protocol reference. */
  readonly doc: string;
  /** Who may send it, in words. */
  readonly may: string;
  readonly request: TSchema;
  /** `console`: the reply frame without its `id`; `community`: the reply's `data`; null: no reply when it succeeds. */
  readonly reply: TSchema | null;
  /** The codes it may be refused with besides the common ones. */
  readonly errors: readonly Exclude<ErrorCode, CommonError>[];
  /** Tokens that it takes from the session's rate limit, besides those for the frame's length. */
  readonly cost: Cost;
  /** What others are told, for the reference. */
  readonly tells?: string;
  /** No bot may send it: it is `forbidden` to them. */
  readonly people_only?: true;
  /** Fields of `data` by which the room is found that answers it, the first that is there; absent: the session answers. */
  readonly room?: readonly RoomKey[];
  /** Topics that it subscribes the session to, for the reference. */
  readonly subscribes?: "user" | "server" | "server_and_users" | "channel" | "any";
  /** The next request of the session need not wait until this one is durable. */
  readonly pipelined?: boolean;
}

/** So many tokens, or as many as follow from what is asked for. */
export type Cost = number | { base: number; of(request: never): number; doc: string };

/** `base` tokens, and one more for each `items` things that the request names; `what` they are, for the reference. */
export function costByCount<Schema extends TSchema>(
  _request: Schema,
  { base, items, what }: { base: number; items: number; what: string },
  count: (request: Static<Schema>) => number,
) {
  const of = (request: Static<Schema>) => base + Math.floor(count(request) / items);
  return { base, of, doc: `${base}, and 1 for each ${items} ${what}` };
}

/** The tokens that a checked request takes, but for those for its length. */
export function costOf({ cost }: Pick<MessageLiteral, "cost">, parameters: unknown): number {
  return typeof cost === "number" ? cost : cost.of(parameters as never);
}

export function defineMessage<const M extends MessageLiteral>(message: M): M {
  return message;
}

export type RequestOf<M extends MessageLiteral> = Static<M["request"]>;
export type ReplyOf<M extends MessageLiteral> = M["reply"] extends TSchema ? Static<M["reply"]> : null;

/** A push: a frame without `id` that nobody asked for. */
export interface PushLiteral {
  readonly type: string;
  readonly doc: string;
  /** Who receives it, in words. */
  readonly to: string;
  /** The frame without its `type`. */
  readonly body: TSchema;
}

export function definePush<const P extends PushLiteral>(push: P): P {
  return push;
}

export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "id" });
/** ISO 8601, UTC, with milliseconds. */
export const Time = Type.String({ description: "time" });

/** An event: a push about one topic, in the order of its `seq`. */
export interface EventLiteral {
  readonly type: string;
  readonly topic: "user" | "server" | "channel" | "self";
  readonly doc: string;
  readonly data: TSchema;
}

export function defineEvent<const E extends EventLiteral>(event: E): E {
  return event;
}

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}
