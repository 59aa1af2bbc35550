// A client's socket that keeps every frame until somebody asks for it, so that no order of arrival is lost.

import { deadline } from "./deadline.ts";

/** A frame of either direction. */
export type Frame = Record<string, unknown>;

type Match = (frame: Frame) => boolean;

/** A connection to `/subscribe`. */
export class Socket {
  /** The close code, once the server or the network has closed it. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  readonly #waiting: { match: Match; resolve: (frame: Frame) => void }[] = [];

  constructor(origin: string, token: string) {
    this.#socket = new WebSocket(`${origin.replace("http", "ws")}/subscribe?auth=${encodeURIComponent(token)}`);
    this.#socket.addEventListener("message", (event) => this.#take(JSON.parse(String(event.data))));
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#socket.addEventListener("close", (event) => resolve(event.code));
    this.closed = promise;
  }

  send(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** The first frame that matches, come or to come; it is taken out, others stay for later. */
  next(what: string, match: Match = () => true): Promise<Frame> {
    const index = this.#frames.findIndex(match);
    const [frame] = index < 0 ? [] : this.#frames.splice(index, 1);
    if (frame) return Promise.resolve(frame);
    const { promise, resolve } = Promise.withResolvers<Frame>();
    this.#waiting.push({ match, resolve });
    return deadline(what, promise);
  }

  /** Sends a request and waits for the reply that repeats its id. */
  ask(request: Frame & { id: string }): Promise<Frame> {
    this.send(request);
    return this.next(`the reply to ${request["type"]}`, (frame) => frame["id"] === request.id);
  }

  close(): void {
    this.#socket.close();
  }

  #take(frame: Frame): void {
    const index = this.#waiting.findIndex((waiter) => waiter.match(frame));
    const [waiter] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiter) waiter.resolve(frame);
    else this.#frames.push(frame);
  }
}
