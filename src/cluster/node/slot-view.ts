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
    return followed.node === node && followed.epoch < epoch ? this.#free(slot) : null;
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
    this.#followed[slot] = now;
    this.moves += 1;
    return { slot, now };
  }
}
