// What this node hears of others, in the order in which it comes, while its lease holds. Others may have buried a node
// whose lease has run out, and have what it had: what comes then waits for the renewal, and where there is none nobody at
// this node ever hears of it. Whoever asked something doesn't wait for longer than an answer may take.

import { Fifo } from "../../domain/fifo.ts";
import { limits } from "../../domain/limits.ts";
import type { Item } from "../streams/envelope.ts";
import type { Head } from "./items.ts";

export interface HearingOptions {
  /** The lease holds. */
  isGood(): boolean;
  /** Milliseconds, never going back. */
  clock(): number;
}

interface Waiting {
  /** None for what isn't said by anybody. */
  items: readonly Item[];
  hear(items: readonly Item[]): void;
  came_ms: number;
}

/** So much waits before what nobody waits for any more is looked for. */
const TIDY_AT = 1_024;

export class Hearing {
  readonly #on: HearingOptions;
  #waiting = new Fifo<Waiting>();
  #tidy_at = TIDY_AT;
  /** What waited is being heard. */
  #is_going_on = false;

  constructor(options: HearingOptions) {
    this.#on = options;
  }

  /** `hear` is called with the items: now, or once the lease is renewed. */
  take(items: readonly Item[], hear: (items: readonly Item[]) => void): void {
    const { isGood, clock } = this.#on;
    if (!this.#is_going_on && this.#waiting.length === 0 && isGood()) return hear(items);
    this.#waiting.push({ items, hear, came_ms: clock() });
    if (this.#waiting.length >= this.#tidy_at) this.#tidy();
  }

  /** The lease is renewed. */
  goOn(): void {
    if (this.#is_going_on || this.#waiting.length === 0) return;
    // What comes because of one comes behind all others.
    this.#is_going_on = true;
    try {
      this.#tidy();
      while (this.#on.isGood()) {
        const first = this.#waiting.shift();
        if (!first) return;
        first.hear(first.items);
      }
    } finally {
      this.#is_going_on = false;
    }
  }

  #tidy(): void {
    const late_ms = this.#on.clock() - limits.request_deadline_ms;
    const left = new Fifo<Waiting>();
    for (let one = this.#waiting.shift(); one; one = this.#waiting.shift()) {
      const items = one.came_ms > late_ms ? one.items : one.items.filter(({ head }) => !isAwaited(head as Head));
      if (items.length > 0 || one.items.length === 0) left.push({ ...one, items });
    }
    this.#waiting = left;
    this.#tidy_at = Math.max(TIDY_AT, 2 * left.length);
  }
}

/** Somebody waits for an answer to it, for so long and no longer; what is only told is good for ever. */
const isAwaited = (head: Head): boolean => head.kind === "ask" && !head.told;
