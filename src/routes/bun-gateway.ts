// The gateway over Bun's sockets: the one place that knows which socket belongs to which session. A frame for many is
// handed to Bun once, which copies it to each subscriber natively.

import type { Server, ServerWebSocket } from "bun";
import type { Gateway, SessionId, Topic } from "../actors/gateway.ts";
import { type Bounds, limits } from "../domain/limits.ts";
import { type CloseReason, close_codes } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** All that hangs on a socket: whose it is. */
export interface SocketData {
  session: SessionId;
  /** For whom its limits count. */
  address: string;
  /** It has a topic of its own, for `sendTogether`. */
  has_own_topic: boolean;
}

export type Socket = ServerWebSocket<SocketData>;

/** How often it is looked at what waits, while as many bytes are sent as may wait. */
const LOOKS = 8;

export class BunGateway implements Gateway {
  readonly #sockets = new Map<SessionId, Socket>();
  /** How many topics each session is subscribed to: Bun would list them all. */
  readonly #topics = new Map<SessionId, number>();
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
    return this.#topics.values().reduce((sum, count) => sum + count, 0);
  }

  add(socket: Socket): void {
    this.#sockets.set(socket.data.session, socket);
  }

  remove(session: SessionId): void {
    this.#sockets.delete(session);
    this.#topics.delete(session);
    if (this.#sockets.size === 0) this.#emptied?.();
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

  /** Over a topic of the session's own: a send is a write to the socket, and Bun puts together what is published. */
  sendTogether(session: SessionId, frame: string): void {
    const socket = this.#sockets.get(session);
    if (!socket || !this.#server) return;
    const topic = `session:${session}`;
    if (!socket.data.has_own_topic) socket.subscribe(topic);
    socket.data.has_own_topic = true;
    this.#metrics.bytesOut(frame.length);
    this.#server.publish(topic, frame);
  }

  publish(topic: Topic, frame: string, but_not?: SessionId): void {
    const left_out = but_not === undefined ? undefined : this.#sockets.get(but_not);
    const subscribers = (this.#server?.subscriberCount(topic) ?? 0) - (left_out?.isSubscribed(topic) ? 1 : 0);
    if (subscribers <= 0) return;
    // A socket publishes to all but itself.
    if (left_out) left_out.publish(topic, frame);
    else this.#server?.publish(topic, frame);
    this.#count(frame.length * subscribers);
  }

  isCongested(session: SessionId): boolean {
    return (this.#sockets.get(session)?.getBufferedAmount() ?? 0) > limits.socket_congested_bytes;
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    return this.#sockets.get(session)?.isSubscribed(topic) ?? false;
  }

  subscriptions(session: SessionId): number {
    return this.#topics.get(session) ?? 0;
  }

  subscribe(session: SessionId, topic: Topic): void {
    const socket = this.#sockets.get(session);
    if (!socket || socket.isSubscribed(topic)) return;
    socket.subscribe(topic);
    this.#topics.set(session, this.subscriptions(session) + 1);
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    const socket = this.#sockets.get(session);
    if (!socket?.isSubscribed(topic)) return;
    socket.unsubscribe(topic);
    this.#topics.set(session, this.subscriptions(session) - 1);
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
