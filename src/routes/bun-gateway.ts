// The gateway over Bun's sockets: the one place that knows which socket belongs to which session. A frame for those who
// loaded a server or a channel is handed to Bun once, which copies it to each; one about a person goes to each of the
// few who hear of them over a topic of the session's own. What is published in a turn is written to a socket together.

import type { Server, ServerWebSocket } from "bun";
import type { Gateway, PersonTopic, SessionId, Topic } from "../actors/delivery/gateway.ts";
import { type Bounds, limits } from "../domain/limits.ts";
import { type CloseReason, close_codes } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { PersonTopics, type Subscriber } from "./person-topics.ts";

/** All that hangs on a socket: whose it is, and what it hears of. */
export interface SocketData extends Subscriber {
  /** Where its actor is; and the name of a topic of its own, what is published to which is written together. */
  readonly own: `session:${SessionId}`;
  /** For whom its limits count. */
  readonly address: string;
  /** To how many topics it is subscribed: Bun would list its own. */
  topics: number;
}

export type Socket = ServerWebSocket<SocketData>;

/** How often it is looked at what waits, while as many bytes are sent as may wait. */
const LOOKS = 8;

export class BunGateway implements Gateway {
  readonly #sockets = new Map<SessionId, Socket>();
  readonly #person_topics = new PersonTopics();
  readonly #metrics: Metrics;
  #server: Server<unknown> | null = null;
  #muted = false;
  #emptied: (() => void) | null = null;

  readonly #most_waiting: number;
  /** Bytes sent since it was last looked at what waits. */
  #sent = 0;

  constructor(metrics: Metrics, { sockets_backpressure_bytes }: Pick<Bounds, "sockets_backpressure_bytes">) {
    this.#metrics = metrics;
    this.#most_waiting = sockets_backpressure_bytes;
  }

  /** Publishing goes through the server; nothing is published before this. */
  attach(server: Server<unknown>): void {
    this.#server = server;
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
    socket.subscribe(socket.data.own);
  }

  /** It is sent nothing any more. */
  remove(session: SessionId): void {
    this.#sockets.delete(session);
    if (this.#sockets.size === 0) this.#emptied?.();
  }

  /** Lets go of what a removed one was subscribed to. */
  forget(subscriber: Subscriber): void {
    this.#person_topics.drop(subscriber);
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
    if (!socket) return;
    const sent = socket.send(frame);
    if (sent > 0) this.#count(sent);
    else if (sent === 0) this.close(session, "too_slow");
    else this.#count(frame.length);
  }

  sendAll(session: SessionId, frames: readonly string[]): void {
    this.#sockets.get(session)?.cork(() => {
      for (const frame of frames) this.send(session, frame);
    });
  }

  sendTogether(session: SessionId, frame: string): void {
    const socket = this.#sockets.get(session);
    if (!socket) return;
    this.#metrics.bytesOut(frame.length);
    this.#server?.publish(socket.data.own, frame);
  }

  publish(topic: Topic, frame: string, but_not?: SessionId): void {
    if (isOfPerson(topic)) {
      const subscribers = this.#person_topics.subscribers(topic);
      return this.#publishToEach(but_not ? subscribers.filter((session) => session !== but_not) : subscribers, frame);
    }
    const left_out = but_not === undefined ? undefined : this.#sockets.get(but_not);
    const subscribers = (this.#server?.subscriberCount(topic) ?? 0) - (left_out?.isSubscribed(topic) ? 1 : 0);
    if (subscribers <= 0) return;
    // A socket publishes to all but itself.
    if (left_out) left_out.publish(topic, frame);
    else this.#server?.publish(topic, frame);
    this.#count(frame.length * subscribers);
  }

  #publishToEach(sessions: readonly SessionId[], frame: string): void {
    for (const session of sessions) {
      const socket = this.#sockets.get(session);
      if (socket) this.#server?.publish(socket.data.own, frame);
    }
    this.#count(frame.length * sessions.length);
  }

  isCongested(session: SessionId): boolean {
    return (this.#sockets.get(session)?.getBufferedAmount() ?? 0) > limits.socket_congested_bytes;
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    if (isOfPerson(topic)) return this.#person_topics.has(session, topic);
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
    const joined = isOfPerson(topic) ? this.#person_topics.add(socket.data, topic) : join(socket, topic);
    if (joined) socket.data.topics += 1;
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    const socket = this.#sockets.get(session);
    if (!socket) return;
    const left = isOfPerson(topic) ? this.#person_topics.delete(socket.data, topic) : leave(socket, topic);
    if (left) socket.data.topics -= 1;
  }

  close(session: SessionId, reason: CloseReason): void {
    this.#sockets.get(session)?.close(close_codes[reason].code, reason);
  }

  closeAll(reason: CloseReason): void {
    for (const session of this.#sockets.keys()) this.close(session, reason);
  }

  #count(bytes: number): void {
    this.#metrics.bytesOut(bytes);
    this.#sent += bytes;
    if (this.#sent >= this.#most_waiting / LOOKS) this.#relieve();
  }

  /** Lets go of those who read slowest, while all together leave more waiting than may. */
  #relieve(): void {
    this.#sent = 0;
    let total = 0;
    for (const socket of this.#sockets.values()) total += socket.getBufferedAmount();
    if (total <= this.#most_waiting) return;
    const waiting = [...this.#sockets.values()].map((socket) => ({ socket, bytes: socket.getBufferedAmount() }));
    for (const { socket, bytes } of waiting.sort((a, b) => b.bytes - a.bytes)) {
      if (total <= this.#most_waiting || bytes <= limits.socket_congested_bytes) return;
      total -= bytes;
      this.#metrics.slowReader();
      // A close in good order would wait for what is never read.
      socket.terminate();
    }
  }
}

function isOfPerson(topic: Topic): topic is PersonTopic {
  return !topic.startsWith("channel:") && !topic.startsWith("server:");
}

/** False when it is subscribed already. */
function join(socket: Socket, topic: Topic): boolean {
  if (socket.isSubscribed(topic)) return false;
  socket.subscribe(topic);
  return true;
}

/** False when it isn't subscribed. */
function leave(socket: Socket, topic: Topic): boolean {
  if (!socket.isSubscribed(topic)) return false;
  socket.unsubscribe(topic);
  return true;
}
