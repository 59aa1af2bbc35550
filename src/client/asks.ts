// What the program asks: it waits until the cache is in step with the server, is asked, and is answered in time or not
// at all. What only reads is asked again after a loss of the connection, and so is what makes something, which is made
// once by its nonce; both also when the server can't do it now.

import type { Connection, Frame } from "./connection.ts";
import type { MessageType, ReplyBody, Request } from "./contract.ts";
import { isConsoleType } from "./contract.ts";
import { closed, late, pauseAfter, type RequestError } from "./errors.ts";
import { takesNonce, withNonce } from "./nonces.ts";
import type { AskOptions } from "./options.ts";
import type { Clock } from "./surroundings.ts";
import { onAbort } from "./waiting.ts";

interface Ask {
  type: MessageType;
  parameters: object;
  /** When its time is up, by the clock. */
  ends_ms: number;
  /** Of the pause before it is asked again. */
  cancelPause(): void;
  resolve(reply: unknown): void;
  reject(error: RequestError): void;
}

export interface AsksDependencies {
  clock: Clock;
  deadline_ms: number;
  /** The pause before asking again, where the server names none. */
  retry_ms: number;
  /** Takes a reply into the cache, in the turn in which it comes. */
  onReply<Name extends MessageType>(type: Name, asked: Request<Name>, reply: ReplyBody<Name>): void;
}

/** Asked twice they do no more than asked once. */
const REPEATABLE = /^(get|search_|subscribe$|unsubscribe$|mark_read$|ping$)/;
const isRepeatable = (type: MessageType) => REPEATABLE.test(type) || takesNonce(type);

export class Asks {
  readonly #on: AsksDependencies;
  readonly #open = new Set<Ask>();
  /** Those of the open ones that wait for a connection. */
  readonly #waiting = new Set<Ask>();
  #connection: Connection | null = null;
  #closed = false;

  constructor(on: AsksDependencies) {
    this.#on = on;
  }

  ask<Name extends MessageType>(
    type: Name,
    parameters: Request<Name>,
    { signal, deadline_ms = this.#on.deadline_ms }: AskOptions = {},
  ): Promise<ReplyBody<Name>> {
    if (this.#closed) return Promise.reject(closed());
    const { clock } = this.#on;
    return new Promise((resolve, reject) => {
      let unhear = () => {};
      const settle = <Value>(end: (value: Value) => void) => {
        return (value: Value) => {
          cancel();
          unhear();
          ask.cancelPause();
          this.#open.delete(ask);
          this.#waiting.delete(ask);
          end(value);
        };
      };
      const ask: Ask = {
        type,
        parameters: withNonce(type, parameters),
        ends_ms: clock.now() + deadline_ms,
        cancelPause: () => {},
        resolve: settle(resolve as never),
        reject: settle(reject),
      };
      const cancel = clock.after(deadline_ms, () => ask.reject(late(type)));
      this.#open.add(ask);
      unhear = onAbort(signal, ask.reject);
      this.#send(ask);
    });
  }

  resume(connection: Connection): void {
    this.#connection = connection;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const ask of waiting) this.#send(ask);
  }

  pause(): void {
    this.#connection = null;
  }

  close(): void {
    this.#closed = true;
    for (const ask of [...this.#open]) ask.reject(closed());
  }

  #send(ask: Ask): void {
    if (!this.#open.has(ask)) return;
    if (!this.#connection) return void this.#waiting.add(ask);
    this.#connection.request({
      type: ask.type,
      parameters: ask.parameters,
      isOver: () => !this.#open.has(ask),
      onReply: (frame) => {
        const reply = bodyOf(ask.type, frame);
        this.#on.onReply(ask.type, ask.parameters as never, reply as never);
        ask.resolve(reply);
      },
      onFailure: (error) => this.#fail(ask, error),
    });
  }

  #fail(ask: Ask, error: RequestError): void {
    if (!this.#open.has(ask)) return;
    const again = isRepeatable(ask.type);
    if (error.code === "disconnected" && again) this.#waiting.add(ask);
    else if (error.code === "unavailable" && again) this.#askLater(ask, error);
    else ask.reject(error);
  }

  /** Unless there is no time left for it: then the refusal stands. */
  #askLater(ask: Ask, refusal: RequestError): void {
    const { clock, retry_ms } = this.#on;
    const pause_ms = pauseAfter(refusal, retry_ms);
    if (clock.now() + pause_ms >= ask.ends_ms) return ask.reject(refusal);
    ask.cancelPause = clock.after(pause_ms, () => this.#send(ask));
  }
}

export function bodyOf(type: MessageType, { id: _, ...body }: Frame): unknown {
  return isConsoleType(type) ? body : body["data"];
}
