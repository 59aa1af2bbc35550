// The gateway that actors have. It puts what they say to sessions on the line, behind what was said before. What they
// ask of it, it answers at once, as of what has gone out.

import type { CloseReason } from "../../protocol/errors.ts";
import type { Gateway, PersonTopic, SessionId, Topic } from "./gateway.ts";
import type { Frame } from "./late-frame.ts";
import type { Line } from "./line.ts";

export class LinedGateway implements Gateway {
  readonly #line: Line;
  readonly #sockets: Gateway;

  constructor(line: Line, sockets: Gateway) {
    this.#line = line;
    this.#sockets = sockets;
  }

  send(session: SessionId, frame: string): void {
    this.#line.put(() => this.#sockets.send(session, frame));
  }

  sendAll(session: SessionId, frames: readonly Frame[]): void {
    this.#line.put(() => this.#sockets.sendAll(session, frames));
  }

  sendTogether(session: SessionId, frame: string): void {
    this.#line.put(() => this.#sockets.sendTogether(session, frame));
  }

  publish(topic: Topic, frame: Frame, but_not?: SessionId): void {
    this.#line.put(() => this.#sockets.publish(topic, frame, but_not));
  }

  subscribe(session: SessionId, topic: Topic, told?: number): void {
    this.#line.put(() => this.#sockets.subscribe(session, topic, told));
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    this.#line.put(() => this.#sockets.unsubscribe(session, topic));
  }

  close(session: SessionId, reason: CloseReason): void {
    this.#line.put(() => this.#sockets.close(session, reason));
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    return this.#sockets.isSubscribed(session, topic);
  }

  subscribers(topic: PersonTopic): readonly SessionId[] {
    return this.#sockets.subscribers(topic);
  }

  people(session: SessionId): Iterable<number> {
    return this.#sockets.people(session);
  }

  isOpen(session: SessionId): boolean {
    return this.#sockets.isOpen(session);
  }

  subscriptions(session: SessionId): number {
    return this.#sockets.subscriptions(session);
  }

  isCongested(session: SessionId): boolean {
    return this.#sockets.isCongested(session);
  }
}
