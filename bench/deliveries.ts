// Counts what everybody in a channel received, and notes when the last of them had each message: a topic's events come
// to all in the same order, so that the number of an event on its socket says which message it is.

import type { LoadSocket } from "./socket.ts";

export class Deliveries {
  readonly sent_ms: number[] = [];
  /** From sending to the last receiver, in the order of the messages. */
  readonly latencies_ms: number[] = [];
  #count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #done = Promise.withResolvers<void>();

  constructor(sockets: readonly LoadSocket[]) {
    const seen: number[] = [];
    for (const socket of sockets) {
      let next = 0;
      socket.onEvent = () => {
        const message = next;
        next += 1;
        seen[message] = (seen[message] ?? 0) + 1;
        if (seen[message] === sockets.length) {
          this.latencies_ms[message] = performance.now() - (this.sent_ms[message] ?? 0);
        }
        this.#count += 1;
        if (this.#count === this.#wanted) this.#done.resolve();
      };
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Settles when so many have come in all. */
  reached(count: number): Promise<void> {
    this.#wanted = count;
    this.#done = Promise.withResolvers<void>();
    if (this.#count >= count) this.#done.resolve();
    return this.#done.promise;
  }
}

/** The text of a chat message, of a length as people write. */
export function textOf(message: number): string {
  return `message ${message}: shall we see the other one tonight?`;
}
