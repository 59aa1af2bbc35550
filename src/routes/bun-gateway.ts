// The gateway over Bun's sockets: the one place that knows which socket belongs to which session. A frame for those who
// loaded a server or a channel is handed to Bun once, which copies it to each; one about a person goes to each of the
// few who hear of them over a topic of the session's own. What is published in a turn is written to a socket together.

import type { ServerWebSocket } from "bun";
import type { Actors } from "../actors/calls.ts";
import type { Backlog } from "../actors/delivery/backlog.ts";
import type { Gateway, PersonTopic, SessionId, Topic } from "../actors/delivery/gateway.ts";
import { type Frame, isShort, textOf } from "../actors/delivery/late-frame.ts";
import type { Slices } from "../actors/kernel/slices.ts";
import { type Bounds, limits } from "../domain/limits.ts";
import type { Bucket } from "../domain/token-bucket.ts";
import { type CloseReason, close_codes } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { Backlogs } from "./backlogs.ts";
import type { Listeners } from "./listeners.ts";
import { isOfPerson, PersonTopics, type Subscriber } from "./person-topics.ts";

/** All that hangs on a socket: whose it is, and what it hears of. */
export interface SocketData extends Subscriber {
  /** Where its actor is; and the name of a topic of its own, what is published to which is written together. */
  readonly own: `session:${SessionId}`;
  /** Whether it is subscribed to that: it is once something is published there. */
  hears_own: boolean;
  /** For whom its limits count. */
  readonly address: string;
  /** What it may still bring, frames and pings of whatever kind. */
  readonly input: Bucket;
  /** To how many topics it is subscribed: Bun would list its own. */
  topics: number;
}

export type Socket = ServerWebSocket<SocketData>;

/** What the gateway needs of the server that runs. */
export interface Surroundings {
  server: Pick<Listeners, "publish" | "publishBut" | "subscriberCount">;
  slices: Slices;
  actors: Actors;
  /** A session has ended, and is subscribed to nothing any more. */
  onForgotten(session: SessionId): void;
}

/** How often it is looked at what waits, while as many bytes are sent as may wait. */
const LOOKS = 8;

export class BunGateway implements Gateway {
  readonly #sockets = new Map<SessionId, Socket>();
  readonly #person_topics = new PersonTopics();
  readonly #metrics: Metrics;
  /** Of those sessions alone for which something waits. */
  readonly #backlogs: Backlogs;
  #on: Surroundings | null = null;
  #muted = false;
  #emptied: (() => void) | null = null;

  readonly #most_waiting: number;
  /** Bytes sent, or put behind what waits, since it was last looked at that. */
  #sent = 0;

  constructor(metrics: Metrics, bounds: Pick<Bounds, "socket_backpressure_bytes" | "sockets_backpressure_bytes">) {
    this.#metrics = metrics;
    this.#backlogs = new Backlogs(bounds.socket_backpressure_bytes, (session) => this.#sockets.get(session));
    this.#most_waiting = bounds.sockets_backpressure_bytes;
  }

  /** Publishing goes through the server; nothing is published before this. */
  attach(surroundings: Surroundings): void {
    this.#on = surroundings;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Topics of all sessions together. */
  get subscribed(): number {
    return this.#sockets.values().reduce((sum, { data }) => sum + data.topics, 0);
  }

  add(socket: Socket): void {
    this.#sockets.set(socket.data.session, socket);
  }

  /** It is sent nothing any more. */
  remove(session: SessionId): void {
    this.#sockets.delete(session);
    this.#backlogs.end(session);
    if (this.#sockets.size === 0) this.#emptied?.();
  }

  /** Lets go of what a removed one was subscribed to. */
  forget(subscriber: Subscriber): void {
    this.#person_topics.drop(subscriber);
    this.#on?.onForgotten(subscriber.session);
  }

  /** From now on nothing that clients send is passed on. */
  mute(): void {
    this.#muted = true;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Settles when every socket is closed, or when closing them has taken too long. */
  async whenEmpty(): Promise<void> {
    if (this.#sockets.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    const timer = setTimeout(resolve, limits.socket_closing_ms);
    await promise;
    clearTimeout(timer);
  }

  send(session: SessionId, frame: string): void {
    const socket = this.#sockets.get(session);
    if (socket && !this.#waits(session, frame)) this.#send(socket, frame);
  }

  sendAll(session: SessionId, frames: readonly Frame[]): void {
    const socket = this.#sockets.get(session);
    const [first] = frames;
    if (!socket || first === undefined) return;
    if (frames.length === 1 && typeof first === "string") return this.send(session, first);
    const standing = this.#backlogs.get(session);
    if (!standing && isShort(frames) && this.#sendNow(socket, frames)) return;
    this.#put(session, standing ?? this.#backlogs.begin(session), frames);
    if (!standing) this.#on?.slices.run(() => this.#pump(session));
  }

  sendTogether(session: SessionId, frame: string): void {
    const socket = this.#sockets.get(session);
    if (!socket || this.#waits(session, frame)) return;
    this.#metrics.bytesOut(frame.length);
    this.#publishTo(socket, frame);
  }

  publish(topic: Topic, said: Frame, but_not?: SessionId): void {
    if (isOfPerson(topic)) {
      const subscribers = this.#person_topics.subscribers(topic);
      const others = but_not ? subscribers.filter((session) => session !== but_not) : subscribers;
      if (others.length > 0) this.#publishToEach(others, textOf(said));
      return;
    }
    const frame = textOf(said);
    if (this.#backlogs.size > 0) this.#publishToWaiting(topic, frame, but_not);
    const left_out = but_not === undefined ? undefined : this.#sockets.get(but_not);
    const subscribers = (this.#on?.server.subscriberCount(topic) ?? 0) - (left_out?.isSubscribed(topic) ? 1 : 0);
    if (subscribers <= 0) return;
    if (left_out?.isSubscribed(topic)) this.#on?.server.publishBut(left_out, topic, frame);
    else this.#on?.server.publish(topic, frame);
    this.#count(frame.length * subscribers);
  }

  /** Those for whom something waits are taken off the topic until it is sent. */
  #publishToWaiting(topic: Topic, frame: string, but_not?: SessionId): void {
    for (const session of this.#backlogs.waitingOn(topic)) {
      if (session !== but_not) this.#waits(session, frame);
    }
  }

  #publishToEach(sessions: readonly SessionId[], frame: string): void {
    for (const session of sessions) {
      const socket = this.#sockets.get(session);
      if (socket && !this.#waits(session, frame)) this.#publishTo(socket, frame);
    }
    this.#count(frame.length * sessions.length);
  }

  #publishTo(socket: Socket, frame: string): void {
    const { data } = socket;
    if (!data.hears_own) {
      socket.subscribe(data.own);
      data.hears_own = true;
    }
    this.#on?.server.publish(data.own, frame);
  }

  isCongested(session: SessionId): boolean {
    const backlog = this.#backlogs.get(session);
    if (backlog) backlog.is_waited_for = true;
    const socket = this.#sockets.get(session);
    return backlog !== undefined || (socket !== undefined && isFull(socket));
  }

  /** The socket takes more. */
  drained(session: SessionId): void {
    if (this.#backlogs.get(session)) this.#pump(session);
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    if (isOfPerson(topic)) return this.#person_topics.has(session, topic);
    if (this.#backlogs.get(session)?.topics.has(topic)) return true;
    return this.#sockets.get(session)?.isSubscribed(topic) ?? false;
  }

  subscribers(topic: PersonTopic): readonly SessionId[] {
    return this.#person_topics.subscribers(topic);
  }

  people(session: SessionId): Iterable<number> {
    return this.#sockets.get(session)?.data.people ?? [];
  }

  isOpen(session: SessionId): boolean {
    return this.#sockets.has(session);
  }

  subscriptions(session: SessionId): number {
    return this.#sockets.get(session)?.data.topics ?? 0;
  }

  subscribe(session: SessionId, topic: Topic): void {
    const socket = this.#sockets.get(session);
    if (!socket) return;
    const joined = isOfPerson(topic) ? this.#person_topics.add(socket.data, topic) : this.#backlogs.join(socket, topic);
    if (joined) socket.data.topics += 1;
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    const socket = this.#sockets.get(session);
    if (!socket) return;
    const left = isOfPerson(topic)
      ? this.#person_topics.delete(socket.data, topic)
      : this.#backlogs.leave(socket, topic);
    if (left) socket.data.topics -= 1;
  }

  close(session: SessionId, reason: CloseReason): void {
    this.#sockets.get(session)?.close(close_codes[reason].code, reason);
  }

  closeAll(reason: CloseReason): void {
    for (const session of this.#sockets.keys()) this.close(session, reason);
  }

  #send(socket: Socket, frame: string): void {
    const sent = socket.send(frame);
    if (sent > 0) this.#count(sent);
    else if (sent === 0) this.close(socket.data.session, "too_slow");
    else this.#count(frame.length);
  }

  /** False, and nothing is sent, where the socket is full or others have their turn. */
  #sendNow(socket: Socket, frames: readonly string[]): boolean {
    const send = () => {
      for (const frame of frames) this.#send(socket, frame);
    };
    return !isFull(socket) && this.#on !== null && this.#on.slices.now(() => void socket.cork(send));
  }

  /** False where nothing waits before it; else it waits behind that. */
  #waits(session: SessionId, frame: string): boolean {
    const backlog = this.#backlogs.size === 0 ? undefined : this.#backlogs.get(session);
    if (backlog) this.#put(session, backlog, [frame]);
    return backlog !== undefined;
  }

  #put(session: SessionId, backlog: Backlog, frames: readonly Frame[]): void {
    const before = backlog.text_length;
    if (!backlog.add(frames)) return this.close(session, "too_slow");
    this.#countTowardsLook(backlog.text_length - before);
  }

  /** Goes on when the socket has drained, or when others have had their turn. */
  #pump(session: SessionId): void {
    const [socket, backlog] = [this.#sockets.get(session), this.#backlogs.get(session)];
    if (!socket || !backlog) return;
    const send = (text: string) => this.#send(socket, text);
    socket.cork(() => backlog.pump({ send, isFull: () => isFull(socket) }));
    const again = () => this.#on?.slices.run(() => this.#pump(session));
    if (!backlog.isEmpty) return void (isFull(socket) || setImmediate(again));
    this.#backlogs.end(session);
    if (backlog.is_waited_for) this.#on?.actors.tell(socket.data.own, "drained", null);
  }

  #count(bytes: number): void {
    this.#metrics.bytesOut(bytes);
    this.#countTowardsLook(bytes);
  }

  #countTowardsLook(bytes: number): void {
    this.#sent += bytes;
    if (this.#sent >= this.#most_waiting / LOOKS) this.#relieve();
  }

  /** What waits for the socket, in it and before it. */
  #waitingFor(socket: Socket): number {
    return socket.getBufferedAmount() + (this.#backlogs.get(socket.data.session)?.text_length ?? 0);
  }

  /** Lets go of those who read slowest, while all together leave more waiting than may. */
  #relieve(): void {
    this.#sent = 0;
    let total = 0;
    for (const socket of this.#sockets.values()) total += this.#waitingFor(socket);
    if (total <= this.#most_waiting) return;
    const waiting = [...this.#sockets.values()].map((socket) => ({ socket, bytes: this.#waitingFor(socket) }));
    for (const { socket, bytes } of waiting.sort((a, b) => b.bytes - a.bytes)) {
      if (total <= this.#most_waiting || bytes <= limits.socket_congested_bytes) return;
      total -= bytes;
      this.#metrics.slowReader();
      // A close in good order would wait for what is never read.
      socket.terminate();
    }
  }
}

function isFull(socket: Socket): boolean {
  return socket.getBufferedAmount() > limits.socket_congested_bytes;
}
