// From a request to its reply: which handler of the session's or which room answers it, until when, and the reply going
// out. What is thrown on the way is answered, too. It keeps nothing between requests; when the next one may begin, it
// tells whoever asked.

import { type Bounds, limits } from "../../domain/limits.ts";
import { replyCost } from "../../domain/token-bucket.ts";
import type { MessageType } from "../../protocol/catalogue.ts";
import { encodeFailure, encodeReply, type FrameRefusal, type ParsedRequest } from "../../protocol/frame.ts";
import type { MessageLiteral, RoomKey } from "../../protocol/message.ts";
import { failure, notFound, type Outcome } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import type { Gateway } from "../delivery/gateway.ts";
import type { FaultBoundary, Reply } from "../kernel/actor.ts";
import type { Requester } from "./calls.ts";
import { type Handler, type Handlers, type SessionMessageType, tooManyTopics } from "./handler.ts";
import type { RoomDirectory } from "./room-directory.ts";

export interface DispatchDependencies {
  actors: Actors;
  gateway: Gateway;
  handlers: Handlers;
  directory: RoomDirectory;
  bounds: Pick<Bounds, "topics_per_session">;
  onFault: FaultBoundary;
  /** Told of each request's end, for the metrics: `result` is `ok` or an error code. */
  onReply(type: string, result: string): void;
}

/** The session that asks. */
export interface Asker {
  readonly from: Requester;
  /** Nobody is there any more who could be answered. */
  readonly is_over: boolean;
  /** The next request may begin. */
  next(): void;
  /** It cost so many tokens more than was known before. */
  charge(tokens: number): void;
}

type AnyHandler = (request: unknown, from: Requester, reply: Reply<unknown>) => void | Promise<void>;

/** What a room is asked to perform. */
interface RoomRequest {
  type: MessageType;
  parameters: unknown;
  from: Requester;
}

const for_people = failure("forbidden", "Bots may not do this.");
const late = failure("unavailable", "The server took too long to answer.");

/** Has the request handled and answers it, once. */
export function dispatch(on: DispatchDependencies, request: ParsedRequest, asker: Asker): void {
  const { message, parameters } = request;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let answered = false;
  const reply = (outcome: Outcome<unknown>) => {
    if (answered) return;
    answered = true;
    clearTimeout(deadline);
    answer(on, request, outcome, asker);
  };
  let handed_over: void | Promise<void> | undefined;
  try {
    handed_over = perform(on, message, parameters, asker.from, reply);
    handed_over?.catch((error) => reply(faulted(on, error, message, asker.from)));
  } catch (error) {
    reply(faulted(on, error, message, asker.from));
  }
  if (message.pipelined) nextAfter(handed_over, asker);
  // Whoever asks a room is answered in the same time in any case.
  if (answered || (message.room && !handed_over)) return;
  deadline = setTimeout(reply, limits.request_deadline_ms, late);
}

/** Answers a frame that is no request, or one too many. */
export function refuse(on: DispatchDependencies, { session }: Requester, { id, error }: FrameRefusal): void {
  on.onReply("invalid", error.code);
  on.gateway.send(session, encodeFailure(id, error));
}

function faulted(
  { onFault }: DispatchDependencies,
  error: unknown,
  { type }: MessageLiteral,
  { session }: Requester,
): Outcome<never> {
  return { ok: false, error: onFault(error, { address: `session:${session}`, call: type }) };
}

/** Has the request handled: by the room that it names a part of, or here. */
function perform(
  on: DispatchDependencies,
  message: MessageLiteral,
  parameters: unknown,
  from: Requester,
  reply: Reply<unknown>,
): void | Promise<void> {
  if (message.people_only && from.is_bot) return reply(for_people);
  if (isFull(on, message, from)) return reply(tooManyTopics(on.bounds.topics_per_session));
  if (message.room) return forward(on, message, message.room, parameters as Record<string, unknown>, from, reply);
  const handler = on.handlers[message.type as SessionMessageType] as Handler<SessionMessageType> as AnyHandler;
  return handler(parameters, from, reply);
}

/** Whether it would be subscribed to more than it may; `subscribe` knows by itself what it adds. */
function isFull(
  { gateway, bounds }: DispatchDependencies,
  { subscribes = "any" }: MessageLiteral,
  { session }: Requester,
): boolean {
  return subscribes !== "any" && gateway.subscriptions(session) >= bounds.topics_per_session;
}

function forward(
  on: DispatchDependencies,
  { type }: MessageLiteral,
  keys: readonly RoomKey[],
  parameters: Record<string, unknown>,
  from: Requester,
  reply: Reply<unknown>,
): void | Promise<void> {
  const key = firstGiven(keys, parameters);
  if (!key) return reply(failure("bad_request", `One of ${keys.join(", ")} is wanted.`, { path: `data.${keys[0]}` }));
  const request = { type: type as MessageType, parameters, from };
  const value = parameters[key] as number | string;
  const server_id = on.directory.find(key, value, from);
  if (server_id instanceof Promise) return askFoundRoom(on, server_id, keys, request, reply);
  askRoom(on, server_id, request, (outcome) => {
    if (outcome.ok || outcome.error.code !== "not_found") return reply(outcome);
    // What the room hides takes as long as what isn't there.
    const late = setTimeout(reply, limits.look_in_vain_ms, outcome);
    const answer = () => {
      clearTimeout(late);
      reply(outcome);
    };
    on.directory.lookInVain(key, value, from).then(answer, answer);
  });
}

/** The first of the fields that the request has. */
function firstGiven(keys: readonly RoomKey[], parameters: Record<string, unknown>): RoomKey | undefined {
  for (const key of keys) {
    if (parameters[key] !== undefined) return key;
  }
  return undefined;
}

/** An invite leads a stranger to the server that it is for, to which its id doesn't. */
async function askFoundRoom(
  on: DispatchDependencies,
  finding: Promise<number | null>,
  keys: readonly RoomKey[],
  request: RoomRequest,
  reply: Reply<unknown>,
): Promise<void> {
  const found = await finding;
  const { invite_code, server_id } = request.parameters as { invite_code?: string; server_id?: number };
  const may_be_invited = found === null && keys.includes("invite_code") && server_id !== undefined;
  const invited_to =
    may_be_invited && invite_code !== undefined
      ? await on.directory.find("invite_code", invite_code, request.from)
      : null;
  askRoom(on, invited_to !== null && invited_to === server_id ? invited_to : found, request, reply);
}

function askRoom(
  { actors }: DispatchDependencies,
  server_id: number | null,
  request: RoomRequest,
  reply: Reply<unknown>,
): void {
  if (server_id === null) reply(notFound());
  else actors.ask(`room:${server_id}`, "perform", request, reply);
}

function answer(on: DispatchDependencies, request: ParsedRequest, outcome: Outcome<unknown>, asker: Asker): void {
  on.onReply(request.message.type, outcome.ok ? "ok" : outcome.error.code);
  const frame = encodeReply(request, outcome);
  const { pipelined } = request.message;
  if (frame !== null && !asker.is_over) {
    const cost = replyCost(frame.length) + (outcome.ok ? (outcome.tokens ?? 0) : 0);
    if (cost > 0) asker.charge(cost);
    // Many of them wait for one commit, and are answered together.
    on.gateway[pipelined ? "sendTogether" : "send"](asker.from.session, frame);
  }
  if (!pipelined) asker.next();
}

function nextAfter(handed_over: void | Promise<void> | undefined, asker: Asker): void {
  if (!handed_over) return asker.next();
  const next = () => asker.next();
  handed_over.then(next, next);
}
