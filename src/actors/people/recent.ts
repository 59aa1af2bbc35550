// What was told of people a moment ago, for answers put together from what was read just before. It is kept for as long
// as a request may take: what is read later is read in the database.

interface Noted<Value> {
  value: Value;
  at_ms: number;
}

export class Recent<Value, Key = number> {
  readonly #window_ms: number;
  /** Milliseconds since any one moment; must not go back. */
  readonly #clock: () => number;
  /** By whom it is of, oldest first. */
  readonly #noted = new Map<Key, Noted<Value>>();

  constructor(window_ms: number, clock: () => number) {
    this.#window_ms = window_ms;
    this.#clock = clock;
  }

  /** Nothing was noted lately, as far as that is known without looking. */
  get isEmpty(): boolean {
    return this.#noted.size === 0;
  }

  note(key: Key, value: Value): void {
    const at_ms = this.#clock();
    this.#noted.delete(key);
    this.#noted.set(key, { value, at_ms });
    for (const [id, noted] of this.#noted) {
      if (at_ms - noted.at_ms <= this.#window_ms) return;
      this.#noted.delete(id);
    }
  }

  /** The last value noted; undefined when there was none lately. */
  of(key: Key): Value | undefined {
    const noted = this.#noted.get(key);
    return noted && this.#clock() - noted.at_ms <= this.#window_ms ? noted.value : undefined;
  }
}
