// The one line on which everything goes that actors say to each other's askers and to sessions: replies, frames,
// subscriptions, in the order in which they were said. Nothing of it happens before the turn in which it was said is
// over, so that no actor's code runs inside another's. What one item brings about comes before the next item.

export type Item = () => void;

export class Line {
  readonly #onFault: (error: unknown) => void;
  /** From the first that waits on; those before `#at` are done. */
  #waiting: Item[] = [];
  #at = 0;
  /** What the item at hand brings about; null between items. */
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
    if (this.#caused) return void this.#caused.push(item);
    this.#waiting.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#flushLater);
  }

  /** Does all that waits: a turn is over. */
  flush(): void {
    // Within an item nothing waits that isn't done right after it.
    if (this.#caused) return;
    while (this.#at < this.#waiting.length) {
      const item = this.#waiting[this.#at] as Item;
      this.#at += 1;
      this.#do(item);
    }
    if (this.#at > 0) this.#waiting = [];
    this.#at = 0;
  }

  #do(item: Item): void {
    const outer = this.#caused;
    const caused: Item[] = [];
    this.#caused = caused;
    try {
      item();
    } catch (error) {
      this.#onFault(error);
    }
    // Each brings about its own, which comes before the next.
    for (const one of caused) this.#do(one);
    this.#caused = outer;
  }
}
