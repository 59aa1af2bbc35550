// A queue in which what was taken leaves nothing behind. It is an array and not a Map, a Set or a linked list: the
// collector's quick rounds spare what any old object refers to, dead or not, and such objects refer to all that came
// after them, so that everything that passed through would stay until a slow round.

/** Taken ones are cut off once there are so many of them. */
const CUT_AT = 1024;

export class Fifo<Item extends {}> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The one that is taken next. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the first. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.#clear();
    else if (this.#head >= CUT_AT && this.#head * 2 > this.#items.length) this.#cut();
    return item;
  }

  #clear(): void {
    this.#items.length = 0;
    this.#head = 0;
  }

  #cut(): void {
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }
}
