// The session: one connection, from its token to its close. It proves who is there, takes frames in, bounded and in
// order, hands each to its handler and sends the reply. It owns nothing but that; what a request changes, others own.

import type { Store } from "../../db/store.ts";
import { Fifo } from "../../domain/fifo.ts";
import { type Bounds, limits, type Rates } from "../../domain/limits.ts";
import type { Profile } from "../../domain/profile.ts";
import { SmallSet } from "../../domain/small.ts";
import { type Bucket, fullBucket, takeTokens } from "../../domain/token-bucket.ts";
import type { MessageType } from "../../protocol/catalogue.ts";
import type { Friend, SelfUser } from "../../protocol/entities.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import { encodeFailure, encodeReply, type ParsedFrame, type ParsedRequest, parseFrame } from "../../protocol/frame.ts";
import type { MessageLiteral, RoomKey } from "../../protocol/message.ts";
import { type Failure, failure, type Outcome } from "../../protocol/outcome.ts";
import { encodePush } from "../../protocol/pushes.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import type { Actor, Behaviour, FaultBoundary, Reply } from "../kernel/system.ts";
import { notFound } from "../room/asker.ts";
import type { Allowance, AllowanceScope, Allowances } from "./allowances.ts";
import type { Account, Authenticator, Claims } from "./authenticator.ts";
import type { Requester, SessionCalls } from "./calls.ts";
import type { Expiries } from "./expiries.ts";
import { type Handler, type Handlers, type SessionMessageType, tooManyTopics } from "./handler.ts";
import { describeRelatedPeople } from "./related-people.ts";
import type { RoomDirectory } from "./room-directory.ts";

export interface SessionDependencies {
  actors: Actors;
  gateway: Gateway;
  authenticator: Authenticator;
  handlers: Handlers;
  directory: RoomDirectory;
  store: Pick<Store, "friendships">;
  epoch: string;
  rate_limits: boolean;
  rates: Rates;
  bounds: Bounds;
  /** Those that a client can meet, for its greeting. */
  announced_limits: Readonly<Record<string, number>>;
  allowances: Allowances;
  expiries: Expiries;
  /** Bounds how many sessions open at once: those that are open have their turn between. */
  opening<Value>(open: () => Promise<Value>): Promise<Value>;
  clock(): number;
  onFault: FaultBoundary;
  /** Told of each request's end, for the metrics: `result` is `ok` or an error code. */
  onReply(type: string, result: string): void;
  /** Told of each frame that is refused because its own bucket is empty; the allowances tell of theirs. */
  onRateLimited(scope: AllowanceScope): void;
}

type AnyReply = (outcome: Outcome<unknown>) => void;
type AnyHandler = (request: unknown, from: Requester, reply: AnyReply) => void | Promise<void>;

/** What a room is asked to perform. */
interface RoomRequest {
  type: MessageType;
  parameters: unknown;
  from: Requester;
}

type State =
  | { state: "authenticating"; claims: Claims | null }
  | { state: "ready"; claims: Claims; from: Requester; expires_ms: number }
  | { state: "closed" };

export function sessionActor(id: SessionId, dependencies: SessionDependencies): Actor<SessionCalls> {
  return { receive: new Session(id, dependencies) };
}

/** Its public methods are its calls. */
class Session implements Behaviour<SessionCalls> {
  readonly #id: SessionId;
  readonly #on: SessionDependencies;
  #state: State = { state: "authenticating", claims: null };
  /** Frames read but not yet handled, oldest first. */
  readonly #queue = new Fifo<ParsedFrame>();
  /** A request is being handled whose reply must come before the next one is begun. */
  #busy = false;
  #requests: Bucket;
  #refusals: Bucket;
  /** What it takes from besides: the user's and the address's. */
  #shared: Allowance[] = [];
  /** Servers whose rooms keep this session up to date. */
  readonly #rooms = new SmallSet();

  constructor(id: SessionId, dependencies: SessionDependencies) {
    this.#id = id;
    this.#on = dependencies;
    const now_ms = dependencies.clock();
    this.#requests = fullBucket(dependencies.rates.session_requests, now_ms);
    this.#refusals = fullBucket(dependencies.rates.session_refusals, now_ms);
  }

  opened({ token, address }: { token: string; address: string }): Promise<void> {
    return this.#on.opening(() => this.#open(token, address));
  }

  /** Takes one frame in. */
  frame({ frame }: { frame: string | null }): void {
    if (this.#state.state !== "ready") return;
    if (this.#queue.length >= limits.session_queue) return this.#close("rate_abuse");
    const parsed = this.#throttled(parseFrame(frame, this.#on.bounds));
    if (this.#state.state !== "ready") return;
    this.#queue.push(parsed);
    this.#pump();
  }

  drained(): void {
    this.#pump();
  }

  closed(): void {
    this.#end();
  }

  revoked({ logins }: { logins: readonly number[] | null }): void {
    if (this.#state.state === "closed") return;
    const { claims } = this.#state;
    if (logins === null || (claims && logins.includes(claims.login))) this.#close("token_revoked");
  }

  listening({ server_id }: { server_id: number }): void {
    this.#rooms.add(server_id);
  }

  async #open(token: string, address: string): Promise<void> {
    try {
      const claims = await this.#on.authenticator.claims(token);
      if (!claims) return this.#refuseToken();
      this.#state = { state: "authenticating", claims };
      this.#on.actors.tell("presence", "admit", { user_id: claims.user_id, session: this.#id });
      const account = await this.#on.authenticator.account(claims);
      if (!account) return this.#refuseToken();
      if (!this.#isAffordable(claims.user_id, address)) return this.#close("rate_abuse");
      await this.#begin(claims, account);
    } catch (error) {
      this.#on.onFault(error, { address: `session:${this.#id}`, call: "opened" });
      this.#close("server_fault");
    }
  }

  #close(reason: CloseReason): void {
    this.#on.gateway.close(this.#id, reason);
    this.#end();
  }

  #end(): void {
    if (this.#state.state === "closed") return;
    const claims = this.#state.claims;
    this.#on.expiries.forget(this.#id);
    this.#state = { state: "closed" };
    if (claims) this.#on.actors.tell("presence", "close", { user_id: claims.user_id, session: this.#id });
    for (const server_id of this.#rooms) this.#on.actors.tell(`room:${server_id}`, "forget", { session: this.#id });
    this.#on.actors.stop(`session:${this.#id}`);
  }

  #refuseToken(): void {
    const message = "The token is missing, malformed, expired or revoked.";
    const frame = encodePush("error", { reason: "SocketClosedBadJwt", code: "unauthorized", message });
    this.#on.gateway.send(this.#id, frame);
    this.#close("bad_token");
  }

  /** Whether its user and its address may begin one more session now; tells the client when not. */
  #isAffordable(user_id: number, address: string): boolean {
    const { allowances, gateway } = this.#on;
    this.#shared = [allowances.ofUser(user_id), allowances.ofAddress(address)];
    const retry_after_ms = this.#takeShared(limits.session_cost);
    if (retry_after_ms > 0) gateway.send(this.#id, encodeFailure(undefined, tooMuch(retry_after_ms).error));
    return retry_after_ms === 0;
  }

  /** Opens the session in the registry, greets the client and brings its friend list, all before its first request. */
  async #begin(claims: Claims, account: Account): Promise<void> {
    const revision = await this.#enter(claims, account);
    if (revision === null) return;
    const introduce: Reply<Friend[]> = (people) => {
      if (!people.ok) return this.#close("server_fault");
      const frames = people.value.map((data) => encodePush("friend-list-update", { data }));
      this.#on.gateway.sendAll(this.#id, frames);
    };
    await describeRelatedPeople(this.#on, claims.user_id, this.#id, introduce, revision);
  }

  /** The revision of the user's relations as of the greeting; null when the session was turned away. */
  #enter(claims: Claims, { user, person, profile_seq: seq, self_seq, expires_ms }: Account): Promise<number | null> {
    return new Promise((resolve) => {
      const opening = { user: person, seq, self_seq, session: this.#id };
      this.#on.actors.ask("presence", "open", opening, (opened) => {
        if (!opened.ok) {
          this.#close(opened.error.code === "limit_reached" ? "too_many_sessions" : "server_fault");
          return resolve(null);
        }
        const from = { id: user.id, session: this.#id };
        this.#state = { state: "ready", claims, from, expires_ms };
        this.#on.expiries.watch(this.#id, expires_ms);
        this.#on.gateway.send(this.#id, this.#readyFrame(withProfile(user, opened.value.profile)));
        resolve(opened.value.revision);
      });
    });
  }

  #readyFrame(user: SelfUser): string {
    const { epoch, announced_limits } = this.#on;
    const data = { user, session_id: this.#id, epoch, protocol: 1 as const, limits: announced_limits };
    return encodePush("ready", { data });
  }

  /** The frame, or its refusal when the session asks too much. Who goes on regardless is closed. */
  #throttled(frame: ParsedFrame): ParsedFrame {
    if (!this.#on.rate_limits) return frame;
    const now_ms = this.#on.clock();
    const cost = frame.ok ? frame.request.message.cost : 1;
    const retry_after_ms = this.#take(cost, now_ms);
    if (retry_after_ms === 0) return frame;
    if (takeTokens(this.#refusals, this.#on.rates.session_refusals, 1, now_ms) > 0) this.#close("rate_abuse");
    return { ok: false, id: frame.ok ? frame.request.id : frame.id, error: tooMuch(retry_after_ms).error };
  }

  /** What is refused to the session takes nothing from those who share with it. */
  #take(cost: number, now_ms: number): number {
    const retry_after_ms = takeTokens(this.#requests, this.#on.rates.session_requests, cost, now_ms);
    if (retry_after_ms === 0) return this.#takeShared(cost);
    this.#on.onRateLimited("session");
    return retry_after_ms;
  }

  #takeShared(cost: number): number {
    for (const allowance of this.#shared) {
      const retry_after_ms = allowance.take(cost);
      if (retry_after_ms > 0) return retry_after_ms;
    }
    return 0;
  }

  /** Who asks faster than they read is answered at the pace at which they read. */
  #pump(): void {
    while (!this.#busy && this.#state.state === "ready" && !this.#on.gateway.isCongested(this.#id)) {
      const frame = this.#queue.shift();
      if (!frame) return;
      if (this.#on.clock() >= this.#state.expires_ms) return this.#close("token_revoked");
      if (frame.ok) this.#handle(frame.request, this.#state.from);
      else this.#refuse(frame);
    }
  }

  #refuse({ id, error }: { id: string | undefined; error: Failure }): void {
    this.#on.onReply("invalid", error.code);
    this.#on.gateway.send(this.#id, encodeFailure(id, error));
  }

  #handle(request: ParsedRequest, from: Requester): void {
    const { message, parameters } = request;
    this.#busy = true;
    let deadline: ReturnType<typeof setTimeout> | undefined;
    let answered = false;
    const reply = (outcome: Outcome<unknown>) => {
      if (answered) return;
      answered = true;
      clearTimeout(deadline);
      this.#answer(request, outcome);
    };
    let handed_over: void | Promise<void> | undefined;
    try {
      handed_over = this.#perform(message, parameters, from, reply);
      handed_over?.catch((error) => reply(this.#fault(error, message)));
    } catch (error) {
      reply(this.#fault(error, message));
    }
    if (message.pipelined) this.#nextAfter(handed_over);
    // Whoever asks a room is answered in the same time in any case.
    if (answered || (message.room && !handed_over)) return;
    deadline = setTimeout(reply, limits.request_deadline_ms, late);
  }

  #fault(error: unknown, { type }: MessageLiteral): Outcome<never> {
    return { ok: false, error: this.#on.onFault(error, { address: `session:${this.#id}`, call: type }) };
  }

  /** Has the request handled: by the room that it names a part of, or here. */
  #perform(message: MessageLiteral, parameters: unknown, from: Requester, reply: AnyReply): void | Promise<void> {
    if (this.#isFull(message)) return reply(tooManyTopics(this.#on.bounds.topics_per_session));
    if (message.room) return this.#forward(message, message.room, parameters as Record<string, unknown>, from, reply);
    const handler = this.#on.handlers[message.type as SessionMessageType] as Handler<SessionMessageType> as AnyHandler;
    return handler(parameters, from, reply);
  }

  /** Whether it would be subscribed to more than it may; `subscribe` knows by itself what it adds. */
  #isFull({ subscribes = "any" }: MessageLiteral): boolean {
    const { gateway, bounds } = this.#on;
    return subscribes !== "any" && gateway.subscriptions(this.#id) >= bounds.topics_per_session;
  }

  #forward(
    { type }: MessageLiteral,
    keys: readonly RoomKey[],
    parameters: Record<string, unknown>,
    from: Requester,
    reply: AnyReply,
  ): void | Promise<void> {
    const key = firstGiven(keys, parameters);
    if (!key) return reply(failure("bad_request", `One of ${keys.join(", ")} is wanted.`, { path: `data.${keys[0]}` }));
    const request = { type: type as MessageType, parameters, from };
    const server_id = this.#on.directory.find(key, parameters[key] as number | string);
    if (server_id instanceof Promise) return this.#askFoundRoom(server_id, request, reply);
    this.#askRoom(server_id, request, reply);
  }

  async #askFoundRoom(server_id: Promise<number | null>, request: RoomRequest, reply: AnyReply): Promise<void> {
    this.#askRoom(await server_id, request, reply);
  }

  #askRoom(server_id: number | null, request: RoomRequest, reply: AnyReply): void {
    if (server_id === null) reply(notFound());
    else this.#on.actors.ask(`room:${server_id}`, "perform", request, reply);
  }

  #answer(request: ParsedRequest, outcome: Outcome<unknown>): void {
    this.#on.onReply(request.message.type, outcome.ok ? "ok" : outcome.error.code);
    const frame = encodeReply(request, outcome);
    const { pipelined } = request.message;
    if (frame !== null && this.#state.state === "ready") {
      // Many of them wait for one commit, and are answered together.
      this.#on.gateway[pipelined ? "sendTogether" : "send"](this.#id, frame);
    }
    if (!pipelined) this.#next();
  }

  #nextAfter(handed_over: void | Promise<void> | undefined): void {
    if (!handed_over) return this.#next();
    const next = () => this.#next();
    handed_over.then(next, next);
  }

  /** The next request may begin: soon, so that what was caused by this one is sent before. */
  #next(): void {
    this.#busy = false;
    if (this.#queue.length > 0) queueMicrotask(() => this.#pump());
  }
}

const late = failure("unavailable", "The server took too long to answer.");

/** The first of the fields that the request has. */
function firstGiven(keys: readonly RoomKey[], parameters: Record<string, unknown>): RoomKey | undefined {
  for (const key of keys) {
    if (parameters[key] !== undefined) return key;
  }
  return undefined;
}

const tooMuch = (retry_after_ms: number) =>
  failure("rate_limited", "Too many requests; slow down.", { retry_after_ms });

/** The user with what was told of them since they were read. */
function withProfile(user: SelfUser, told: Profile | null): SelfUser {
  if (!told) return user;
  const { name, profile_pic, bio, status, custom_status } = told;
  return { ...user, name, profile_pic, bio, status, custom_status };
}
