// One actor's queue: bounded, first in first out, one item at a time, and no fault of one item harms the next.
// It knows nothing of addresses or replies.

import { monotonic } from "../../clock.ts";
import { Fifo } from "../../domain/fifo.ts";

/** One object serves many mailboxes: it is told whose the item is. */
export interface MailboxOptions<Item, Owner = void> {
  /** Items that may wait; one more is refused. */
  limit: number;
  handle(item: Item, owner: Owner): void | Promise<void>;
  /** Called with whatever `handle` threw; the mailbox goes on with the next item. */
  onFault(error: unknown, item: Item, owner: Owner): void;
  /** Called when `handle` has returned, even if its promise is still pending, and after `onFault`. */
  afterTurn(): void;
}

interface Entry<Item> {
  item: Item;
  posted_ms: number;
}

export class Mailbox<Item, Owner = void> {
  readonly #options: MailboxOptions<Item, Owner>;
  readonly #owner: Owner;
  readonly #entries = new Fifo<Entry<Item>>();
  #running = false;
  /** Made when somebody waits until it is idle. */
  #resting: PromiseWithResolvers<void> | null = null;

  constructor(options: MailboxOptions<Item, Owner>, owner: Owner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** Items that wait, without the one being handled. */
  get length(): number {
    return this.#entries.length;
  }

  /** Nothing waits and nothing is being handled. */
  get idle(): boolean {
    return !this.#running && this.length === 0;
  }

  /** Settles when it is idle. */
  rest(): Promise<void> {
    if (this.idle) return Promise.resolve();
    this.#resting ??= Promise.withResolvers<void>();
    return this.#resting.promise;
  }

  /** Milliseconds that the oldest waiting item has waited; 0 when none waits. */
  ageMs(now_ms: number = monotonic()): number {
    const oldest = this.#entries.first;
    return oldest ? now_ms - oldest.posted_ms : 0;
  }

  /**
   * Queues the item and returns at once; false when the mailbox is full and the item was not taken. With `always` it is
   * taken however full the mailbox is.
   */
  post(item: Item, always = false, now_ms: number = monotonic()): boolean {
    if (!always && this.length >= this.#options.limit) return false;
    this.#entries.push({ item, posted_ms: now_ms });
    if (!this.#running) {
      this.#running = true;
      // The code that posts goes on first.
      queueMicrotask(() => this.#drain());
    }
    return true;
  }

  /** No promise is made where an item makes none. */
  #drain(): void {
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) {
      const { item } = entry;
      const pending = this.#begin(item);
      if (!pending) continue;
      // A promise is itself; what only looks like one, or is none, can't break off the walk.
      Promise.resolve(pending).then(
        () => this.#drain(),
        (error) => {
          this.#fault(error, item);
          this.#drain();
        },
      );
      return;
    }
    this.#running = false;
    this.#resting?.resolve();
    this.#resting = null;
  }

  #begin(item: Item): void | Promise<void> {
    try {
      const pending = this.#options.handle(item, this.#owner);
      this.#options.afterTurn();
      return pending;
    } catch (error) {
      this.#fault(error, item);
    }
  }

  #fault(error: unknown, item: Item): void {
    this.#options.onFault(error, item, this.#owner);
    this.#options.afterTurn();
  }
}
