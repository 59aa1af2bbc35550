// A map that keeps so many entries at most, those that were put in last, and takes room only for what it holds. To be
// looked up keeps nothing young, so that looking up costs no more than in any map.

export class NewestMap<Key, Value> {
  readonly #limit: number;
  /** Oldest first. */
  readonly #entries = new Map<Key, Value>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
