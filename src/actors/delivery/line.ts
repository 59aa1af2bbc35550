// The one line for all that actors say: replies, frames, subscriptions, in the order in which they were said. Nothing
// on it happens before the turn in which it was said is over, so that no actor's code runs inside another's turn. What
// one item brings about comes before the next item.

export type Item = () => void;

export class Line {
  readonly #onFault: (error: unknown) => void;
  #waiting: Item[] = [];
  /** An item is being done. */
  #inside = false;
  /** What it brings about; null while that is nothing. */
  #caused: Item[] | null = null;
  #scheduled = false;
  readonly #flushLater = () => {
    this.#scheduled = false;
    this.flush();
  };

  /** `onFault` is told what an item threw; the line goes on. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Takes an item; it is done when the turn is over, at the latest in a microtask. */
  put(item: Item): void {
    if (this.#inside) {
      this.#caused ??= [];
      this.#caused.push(item);
      return;
    }
    this.#waiting.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#flushLater);
  }

  /** Does all that waits: a turn is over. */
  flush(): void {
    // What is said within an item is done right after it, without this.
    if (this.#inside || this.#waiting.length === 0) return;
    const items = this.#waiting;
    this.#waiting = [];
    this.#inside = true;
    try {
      for (const item of items) this.#do(item);
    } finally {
      this.#inside = false;
    }
  }

  #do(item: Item): void {
    try {
      item();
    } catch (error) {
      this.#onFault(error);
    }
    const caused = this.#caused;
    if (caused === null) return;
    // Each brings about its own, which comes before the next.
    this.#caused = null;
    for (const one of caused) this.#do(one);
  }
}
