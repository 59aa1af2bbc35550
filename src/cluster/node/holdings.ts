// What this node does in the slots that it has. Everything that is asked of a slot is begun only while the node serves
// it, and is counted until its answer has been said; so that a slot can be handed over when nothing is under way in it
// any more. What is said while the lease has run out is kept, in its order, until the lease is renewed.

import type { SlotView } from "./slot-view.ts";

export interface HoldingsOptions {
  me: number;
  view: SlotView;
  /** The lease holds. */
  isGood(): boolean;
}

export class Holdings {
  readonly #on: HoldingsOptions;
  readonly #giving = new Set<number>();
  /** Of those that are being given: where somebody stays who was to be sent away. */
  readonly #spared = new Set<number>();
  /** This node's, and not known yet well enough to be served. */
  readonly #preparing = new Set<number>();
  /** By slot: what was begun and isn't answered, and what is to be said. */
  readonly #begun = new Map<number, number>();
  readonly #idle = new Map<number, PromiseWithResolvers<void>>();
  readonly #unsaid: { slot: number; say: () => void }[] = [];

  constructor(options: HoldingsOptions) {
    this.#on = options;
  }

  isMine(slot: number): boolean {
    return this.#on.view.of(slot).node === this.#on.me;
  }

  /** What is asked of the slot is begun now. */
  isServing(slot: number): boolean {
    return (
      this.isMine(slot) &&
      !this.#giving.has(slot) &&
      !this.#preparing.has(slot) &&
      this.#on.isGood() &&
      this.#unsaid.length === 0
    );
  }

  hold(slot: number): void {
    this.#preparing.add(slot);
  }

  release(slot: number): void {
    this.#preparing.delete(slot);
  }

  isGiving(slot: number): boolean {
    return this.#giving.has(slot);
  }

  /** Whether whoever is to be sent away stays: the slot is being given, and they go on at its next owner, or hear anew. */
  spares(slot: number): boolean {
    if (this.#giving.has(slot)) this.#spared.add(slot);
    return this.#giving.has(slot);
  }

  begin(slot: number): void {
    this.#begun.set(slot, (this.#begun.get(slot) ?? 0) + 1);
  }

  end(slot: number): void {
    const left = (this.#begun.get(slot) ?? 0) - 1;
    if (left > 0) return void this.#begun.set(slot, left);
    this.#begun.delete(slot);
    this.#idle.get(slot)?.resolve();
    this.#idle.delete(slot);
  }

  /** From now on nothing is begun in the slot. */
  close(slot: number): void {
    this.#giving.add(slot);
  }

  /** It is begun again, if the slot is still this node's. True where somebody was spared meanwhile. */
  reopen(slot: number): boolean {
    this.#giving.delete(slot);
    return this.#spared.delete(slot);
  }

  /** Nothing is under way in the slot. */
  isIdle(slot: number): boolean {
    return !this.#begun.has(slot);
  }

  /** Settles when it is. */
  whenIdle(slot: number): Promise<void> {
    if (this.isIdle(slot)) return Promise.resolve();
    const idle = this.#idle.get(slot) ?? Promise.withResolvers<void>();
    this.#idle.set(slot, idle);
    return idle.promise;
  }

  /** Says what was done in the slot: now, or once the lease is renewed. What the slot's next owner tells, never. */
  speak(slot: number, say: () => void): void {
    if (!this.isMine(slot)) return;
    if (this.#unsaid.length === 0 && this.#on.isGood()) return say();
    this.begin(slot);
    this.#unsaid.push({ slot, say });
  }

  /** The lease is renewed. */
  sayUnsaid(): void {
    if (!this.#on.isGood()) return;
    // What is said because of one comes behind all others.
    for (let [first] = this.#unsaid; first; [first] = this.#unsaid) {
      try {
        first.say();
      } finally {
        this.#unsaid.shift();
        this.end(first.slot);
      }
    }
  }
}
