// What a room's handler of a message is, and the four ways in which a room runs one: the compiler wants a handler for
// every literal in the catalogue that names the fields by which its room is found.

import type { Member } from "../../domain/community.ts";
import type { Message, ReplyBody, Request } from "../../protocol/catalogue.ts";
import type * as wire from "../../protocol/community/entities.ts";
import { notFound, type Outcome } from "../../protocol/outcome.ts";
import type { Reply } from "../kernel/actor.ts";
import type { Requester } from "../session/calls.ts";
import type { Answers } from "./calls.ts";
import { makeChange } from "./change.ts";
import type { Plan } from "./plan.ts";
import type { Room } from "./room.ts";

/** What a conversation's room alone is asked. */
export type ConversationMessageType = Extract<Message, { room: readonly ["conversation_id"] }>["type"];
export type RoomMessageType = Exclude<Extract<Message, { room: readonly string[] }>["type"], ConversationMessageType>;

/**
 * `now`: in the turn of the message. `append`: what it has to look up holds up the next message, so that the order is
 * kept. `beside` and `change`: nothing of it holds up other messages.
 */
type Mode = "now" | "beside" | "change" | "append";

/** A handler of whatever type of message. */
export interface AnyRoomHandler {
  readonly mode: Mode;
  run(room: Room, request: unknown, from: Requester, reply: Reply<unknown>): void | Promise<void>;
}

/** What sets rooms of servers and of conversations apart, as far as their actor goes. */
export interface RoomNature {
  readonly handlers: Readonly<Record<RoomMessageType | ConversationMessageType, AnyRoomHandler>>;
  /** Whether it is a server's. */
  readonly is_server: boolean;
  /** A message, and answers of `sync`, as they leave the room. */
  said(message: wire.Message): wire.Message;
  worded(answers: Answers): Answers;
  /** Takes in that accounts of members have ended, when changes let it. */
  takeInDepartures(room: Room): Promise<void>;
}

/** Answers through `reply`, once. */
type Answering<Name extends RoomMessageType> = (
  room: Room,
  request: Request<Name>,
  from: Requester,
  reply: Reply<ReplyBody<Name>>,
) => Promise<void>;

export interface RoomHandler<Name extends RoomMessageType> {
  readonly mode: Mode;
  run(room: Room, request: Request<Name>, from: Requester, reply: Reply<ReplyBody<Name>>): void | Promise<void>;
}

export type RoomHandlers<Name extends RoomMessageType = RoomMessageType> = { [N in Name]: RoomHandler<N> };

/**
 * Answered from memory, in one turn; somebody whom memory doesn't know is looked up first, beside all else. What `tell`
 * tells others comes after the answer.
 */
export function now<Name extends RoomMessageType>(
  answer: (room: Room, request: Request<Name>, asker: Member, from: Requester) => Outcome<ReplyBody<Name>>,
  tell?: (room: Room, request: Request<Name>, from: Requester) => void,
): RoomHandler<Name> {
  const run: RoomHandler<Name>["run"] = (room, request, from, reply) => {
    const asker = room.knownMember(from.id);
    const outcome = asker ? answer(room, request, asker, from) : notFound();
    reply(outcome);
    if (outcome.ok) tell?.(room, request, from);
  };
  return {
    mode: "now",
    run: (room, request, from, reply) =>
      room.knownMember(from.id)
        ? run(room, request, from, reply)
        : room.member(from.id).then(() => run(room, request, from, reply)),
  };
}

/** Reads, or writes what is no part of the server's structure, beside all else. */
export function beside<Name extends RoomMessageType>(answer: Answering<Name>): RoomHandler<Name> {
  return { mode: "beside", run: answer };
}

/** Decides alone among changes; the plan is then made so. */
export function change<Name extends RoomMessageType>(
  decide: (
    room: Room,
    request: Request<Name>,
    from: Requester,
    nextSeq: () => number,
  ) => Outcome<Plan<ReplyBody<Name>>> | Promise<Outcome<Plan<ReplyBody<Name>>>>,
): RoomHandler<Name> {
  return {
    mode: "change",
    run: (room, request, from, reply) => makeChange(room, (nextSeq) => decide(room, request, from, nextSeq), reply),
  };
}

/** Adds something that no change can spoil, in the order in which it was asked for. */
export function append<Name extends RoomMessageType>(add: RoomHandler<Name>["run"]): RoomHandler<Name> {
  return { mode: "append", run: add };
}
