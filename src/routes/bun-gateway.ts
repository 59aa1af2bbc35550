// The gateway over Bun's sockets: the one place that knows which socket belongs to which session. A frame for many is
// handed to Bun once, which copies it to each subscriber natively.

import type { Server, ServerWebSocket } from "bun";
import type { Gateway, SessionId, Topic } from "../actors/gateway.ts";
import { limits } from "../domain/limits.ts";
import { type CloseReason, close_codes } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** All that hangs on a socket: whose it is. */
export interface SocketData {
  session: SessionId;
}

export type Socket = ServerWebSocket<SocketData>;

export class BunGateway implements Gateway {
  readonly #sockets = new Map<SessionId, Socket>();
  readonly #metrics: Metrics;
  #server: Server<unknown> | null = null;
  #muted = false;
  #emptied: (() => void) | null = null;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Publishing goes through the server; nothing is published before this. */
  attach(server: Server<unknown>): void {
    this.#server = server;
  }

  get size(): number {
    return this.#sockets.size;
  }

  add(socket: Socket): void {
    this.#sockets.set(socket.data.session, socket);
  }

  remove(session: SessionId): void {
    this.#sockets.delete(session);
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
    if (sent > 0) this.#metrics.bytesOut(sent);
    else if (sent === 0) this.close(session, "too_slow");
    else this.#metrics.bytesOut(frame.length);
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
    if (!socket.isSubscribed(topic)) socket.subscribe(topic);
    this.#metrics.bytesOut(frame.length);
    this.#server.publish(topic, frame);
  }

  publish(topic: Topic, frame: string, but_not?: SessionId): void {
    const left_out = but_not === undefined ? undefined : this.#sockets.get(but_not);
    const subscribers = (this.#server?.subscriberCount(topic) ?? 0) - (left_out?.isSubscribed(topic) ? 1 : 0);
    if (subscribers <= 0) return;
    this.#metrics.bytesOut(frame.length * subscribers);
    // A socket publishes to all but itself.
    if (left_out) left_out.publish(topic, frame);
    else this.#server?.publish(topic, frame);
  }

  isCongested(session: SessionId): boolean {
    return (this.#sockets.get(session)?.getBufferedAmount() ?? 0) > limits.socket_congested_bytes;
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    return this.#sockets.get(session)?.isSubscribed(topic) ?? false;
  }

  subscriptions(session: SessionId): number {
    return this.#sockets.get(session)?.subscriptions.length ?? 0;
  }

  subscribe(session: SessionId, topic: Topic): void {
    this.#sockets.get(session)?.subscribe(topic);
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    this.#sockets.get(session)?.unsubscribe(topic);
  }

  close(session: SessionId, reason: CloseReason): void {
    this.#sockets.get(session)?.close(close_codes[reason].code, reason);
  }

  closeAll(reason: CloseReason): void {
    for (const session of this.#sockets.keys()) this.close(session, reason);
  }
}
