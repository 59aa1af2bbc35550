// Where the slots lie, as one node acts on it. What it knows, from the database or from others, runs ahead of what it
// follows: it goes over to a slot's next owner when the one before has let go in so many words, behind all that it said
// in the slot, or is lost. So nothing of an older owner is ever heard after something of a newer one. Epochs only grow.

import { all_slots } from "../slots.ts";

export interface Holding {
  epoch: number;
  /** Null while nobody has the slot. */
  node: number | null;
}

/** A slot that is followed elsewhere than before. */
export interface Turn {
  slot: number;
  now: Holding;
}

const NOBODY: Holding = { epoch: 0, node: null };

export class SlotView {
  readonly #known: Holding[] = Array.from({ length: all_slots }, () => NOBODY);
  readonly #followed: Holding[] = Array.from({ length: all_slots }, () => NOBODY);
  /**
   * By slot and node: since which epoch it has the slot no more, where it said so ahead. What two nodes say, each in a
   * stream of its own, comes in any order: who had the slot before it may not have let go yet.
   */
  readonly #let_go = new Map<number, Map<number, number>>();

  /** How often a slot was followed to another owner. */
  moves = 0;

  /** Who has the slot, as this node acts on it. */
  of(slot: number): Holding {
    return this.#followed[slot] ?? NOBODY;
  }

  /** What is known of it, to be told to others. */
  knownOf(slot: number): Holding {
    return this.#known[slot] ?? NOBODY;
  }

  /** The slot is known to be so; the turn, where nobody has to let go first. */
  learn(slot: number, holding: Holding): Turn | null {
    if (holding.epoch > this.knownOf(slot).epoch) this.#known[slot] = holding;
    return this.of(slot).node === null ? this.#follow(slot) : null;
  }

  /** The node says that it has the slot no more, since this epoch. */
  letGo(slot: number, node: number, epoch: number): Turn | null {
    const followed = this.of(slot);
    if (followed.epoch >= epoch) return null;
    if (followed.node === node) return this.#free(slot);
    const said = this.#let_go.get(slot) ?? new Map<number, number>();
    this.#let_go.set(slot, said.set(node, Math.max(epoch, said.get(node) ?? 0)));
    return null;
  }

  /** The node says nothing any more, or some of what it said is lost: what is known to be another's is followed. */
  lost(node: number): Turn[] {
    return this.slotsOf(node).flatMap((slot) => {
      const is_known = this.knownOf(slot).epoch > this.of(slot).epoch;
      return is_known ? this.#free(slot) : [];
    });
  }

  slotsOf(node: number): number[] {
    return this.#followed.flatMap((holding, slot) => (holding.node === node ? [slot] : []));
  }

  /** Nobody's, as far as is known, where it isn't known yet who has it now. */
  #free(slot: number): Turn {
    const was = this.of(slot);
    this.#followed[slot] = { ...was, node: null };
    return this.#follow(slot) ?? { slot, now: this.of(slot) };
  }

  #follow(slot: number): Turn | null {
    const now = this.knownOf(slot);
    if (now.epoch <= this.of(slot).epoch) return null;
    this.#followed[slot] = this.#hasLetGo(slot, now) ? { ...now, node: null } : now;
    this.moves += 1;
    return { slot, now: this.of(slot) };
  }

  /** Whether it said so before it was followed; what is older says nothing any more. */
  #hasLetGo(slot: number, { node, epoch }: Holding): boolean {
    const said = this.#let_go.get(slot);
    if (!said) return false;
    for (const [other, since] of said) if (since <= epoch) said.delete(other);
    if (said.size === 0) this.#let_go.delete(slot);
    return node !== null && said.has(node);
  }
}
