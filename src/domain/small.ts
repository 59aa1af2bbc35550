// A set of numbers, and a map by them, that take little room while they hold little: a Set of twenty numbers takes
// 2.7 KB, and each session has several. They hold few in arrays, and more than that in a Set or a Map of their own.

import { limits } from "./limits.ts";

export class SmallSet implements Iterable<number> {
  /** One alone stands for itself. */
  #held: number | number[] | Set<number> | null = null;

  get size(): number {
    if (this.#held === null) return 0;
    if (typeof this.#held === "number") return 1;
    return Array.isArray(this.#held) ? this.#held.length : this.#held.size;
  }

  has(value: number): boolean {
    if (this.#held === null) return false;
    if (typeof this.#held === "number") return this.#held === value;
    return Array.isArray(this.#held) ? this.#held.includes(value) : this.#held.has(value);
  }

  add(value: number): this {
    if (this.has(value)) return this;
    if (this.#held === null) this.#held = value;
    else if (typeof this.#held === "number") this.#held = [this.#held, value];
    else if (!Array.isArray(this.#held)) this.#held.add(value);
    else if (this.#held.push(value) > limits.small) this.#held = new Set(this.#held);
    return this;
  }

  delete(value: number): boolean {
    if (!this.has(value)) return false;
    if (Array.isArray(this.#held)) takeOut(this.#held, this.#held.indexOf(value));
    else if (typeof this.#held === "number") this.#held = null;
    else this.#held?.delete(value);
    return true;
  }

  [Symbol.iterator](): Iterator<number> {
    if (this.#held === null) return [].values();
    return typeof this.#held === "number" ? [this.#held].values() : this.#held.values();
  }
}

export class SmallMap<Value = number> {
  /** Keys, and at the same places their values. */
  #keys: number[] = [];
  #values: Value[] = [];
  #many: Map<number, Value> | null = null;

  get size(): number {
    return this.#many?.size ?? this.#keys.length;
  }

  has(key: number): boolean {
    return this.#many?.has(key) ?? this.#keys.includes(key);
  }

  get(key: number): Value | undefined {
    return this.#many ? this.#many.get(key) : this.#values[this.#keys.indexOf(key)];
  }

  set(key: number, value: Value): this {
    const at = this.#keys.indexOf(key);
    if (this.#many) this.#many.set(key, value);
    else if (at !== -1) this.#values[at] = value;
    else {
      this.#keys.push(key);
      this.#values.push(value);
      if (this.#keys.length > limits.small) this.#grow();
    }
    return this;
  }

  delete(key: number): boolean {
    if (this.#many) return this.#many.delete(key);
    const at = this.#keys.indexOf(key);
    takeOut(this.#values, at);
    return takeOut(this.#keys, at);
  }

  keys(): IteratorObject<number> {
    return this.#many?.keys() ?? this.#keys.values();
  }

  values(): IteratorObject<Value> {
    return this.#many?.values() ?? this.#values.values();
  }

  entries(): IteratorObject<[number, Value]> {
    return this.#many?.entries() ?? this.#keys.values().map((key, at) => [key, this.#values[at] as Value]);
  }

  /** Walks all of them without making anything for each. They must not change meanwhile. */
  forEach(visit: (value: Value, key: number) => void): void {
    if (this.#many) return this.#many.forEach(visit);
    for (let at = 0; at < this.#keys.length; at += 1) visit(this.#values[at] as Value, this.#keys[at] as number);
  }

  #grow(): void {
    this.#many = new Map(this.entries());
    this.#keys = [];
    this.#values = [];
  }
}

function takeOut(values: unknown[], at: number): boolean {
  if (at === -1) return false;
  values.splice(at, 1);
  return true;
}
