// A queue in which what was taken leaves nothing behind. It is an array and not a Map, a Set or a linked list: the
// collector's quick rounds spare what any old object refers to, dead or not, and such objects refer to all that came
// after them, so that everything that passed through would stay until a slow round.

/** Taken ones are cut off once there are so many of them. */
const CUT_AT = 1024;

export class Fifo<Item extends {}> {
  /** From the head on, what waits; null when nothing does, as in most of the many that there are. */
  #items: (Item | undefined)[] | null = null;
  #head = 0;

  get length(): number {
    return this.#items ? this.#items.length - this.#head : 0;
  }

  /** The one that is taken next. */
  get first(): Item | undefined {
    return this.#items?.[this.#head];
  }

  push(item: Item): void {
    if (this.#items) this.#items.push(item);
    else this.#items = [item];
  }

  /** Takes the first. */
  shift(): Item | undefined {
    const items = this.#items;
    if (!items) return undefined;
    const item = items[this.#head];
    items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === items.length) this.#restart(null);
    else if (this.#head >= CUT_AT && this.#head * 2 > items.length) this.#restart(items.slice(this.#head));
    return item;
  }

  /** Takes the last. */
  pop(): Item | undefined {
    const last = this.#items?.pop();
    if (this.#items && this.length === 0) this.#restart(null);
    return last;
  }

  #restart(items: (Item | undefined)[] | null): void {
    this.#items = items;
    this.#head = 0;
  }
}
