// What other nodes have asked of slots that this one doesn't serve just now, in its order: it waits for a lease to be
// renewed, a hand-over to end, or for this node to know what the asker knows. Who asked may have given it up meanwhile.

import { monotonic } from "../../clock.ts";
import type { Head } from "./items.ts";

export type AskHead = Extract<Head, { kind: "ask" }>;

interface Held {
  from: number;
  head: AskHead;
  came_ms: number;
}

export class HeldAsks {
  readonly #patience_ms: number;
  readonly #clock: () => number;
  readonly #slots = new Map<number, Held[]>();
  /** When the one came that is taken again. */
  #came_ms: number | null = null;

  /** `patience_ms`: nobody waits for an answer any longer than that. `clock`: milliseconds, never going back. */
  constructor(patience_ms: number, clock: () => number = monotonic) {
    this.#patience_ms = patience_ms;
    this.#clock = clock;
  }

  /** Whether something that the node asked before is among them. */
  has(slot: number, from: number): boolean {
    return this.#slots.get(slot)?.some((held) => held.from === from) ?? false;
  }

  add(slot: number, from: number, head: AskHead): void {
    const held = this.#slots.get(slot) ?? [];
    held.push({ from, head, came_ms: this.#came_ms ?? this.#clock() });
    this.#slots.set(slot, held);
  }

  /** Takes all of them again, in their order; what still can't be done is added anew, and has waited as long as before. */
  goOn(take: (from: number, head: AskHead) => void): void {
    const now_ms = this.#clock();
    for (const [slot, held] of [...this.#slots]) {
      this.#slots.delete(slot);
      for (const { from, head, came_ms } of held) {
        // What is only told, nobody waits for and nobody says again.
        if (!head.told && now_ms - came_ms >= this.#patience_ms) continue;
        this.#came_ms = came_ms;
        take(from, head);
        this.#came_ms = null;
      }
    }
  }

  /** The node asks them anew, or not at all. */
  dropOf(node: number): void {
    for (const [slot, held] of this.#slots) {
      const left = held.filter(({ from }) => from !== node);
      if (left.length > 0) this.#slots.set(slot, left);
      else this.#slots.delete(slot);
    }
  }
}
