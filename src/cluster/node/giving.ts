// Hands over the slots that should be another node's, in lots: what is asked of them waits from then on, what is under
// way ends, their owners end, and then the database is told. One that doesn't come to rest in time stays for now.

import type { Membership } from "../membership/membership.ts";
import { people_slot } from "../slots.ts";
import type { Holdings } from "./holdings.ts";

export interface GivingOptions {
  membership: Membership;
  holdings: Holdings;
  /** It is there, and hears of this node. */
  isReached(node: number): boolean;
  /** People stay while others come, and go when this node does. */
  isLeaving(): boolean;
  /** Ends the owners in these slots; settles when nothing of them is under way. */
  end(slots: ReadonlySet<number>): Promise<void>;
  /** They stay this node's, and so did somebody whom an owner in them wanted to send away. */
  onSpared(slots: readonly number[]): void;
  /** Whose they are now is known, and their owners have ended. */
  onGiven(slots: readonly number[]): void;
}

/** So many slots are handed over in one step. */
const SLOTS_AT_ONCE = 32;
/** What waits for a hand-over waits so long for what is under way, and then for the database. */
const PATIENCE_MS = 500;

export class Giving {
  readonly #on: GivingOptions;
  #underway: Promise<void> | null = null;

  constructor(options: GivingOptions) {
    this.#on = options;
  }

  /** Gives until nothing is to be given, or can be now. Never rejects. */
  goOn(): Promise<void> {
    if (!this.#underway && this.#due().length === 0) return Promise.resolve();
    this.#underway ??= this.#giveAll().finally(() => {
      this.#underway = null;
    });
    return this.#underway;
  }

  #due() {
    const { membership, holdings, isReached, isLeaving } = this.#on;
    if (!membership.isGood) return [];
    const mayGo = (slot: number) => holdings.isMine(slot) && (slot !== people_slot || isLeaving());
    return membership.toGive().filter(({ slot, to }) => mayGo(slot) && isReached(to));
  }

  async #giveAll(): Promise<void> {
    for (let due = this.#due(); due.length > 0; due = this.#due()) {
      const to = due[0]?.to ?? 0;
      const lot = due.filter((one) => one.to === to).slice(0, SLOTS_AT_ONCE);
      if (!(await this.#giveLot(lot, to))) return;
    }
  }

  /** Whether any was given. */
  async #giveLot(lot: readonly { slot: number; epoch: number }[], to: number): Promise<boolean> {
    const { holdings, membership, end, onSpared, onGiven } = this.#on;
    for (const { slot } of lot) holdings.close(slot);
    const idle = new Set<number>();
    const resting = Promise.all(lot.map(({ slot }) => holdings.whenIdle(slot).then(() => idle.add(slot))));
    await Promise.race([resting, Bun.sleep(PATIENCE_MS)]);
    const ready = lot.filter(({ slot }) => idle.has(slot));
    const restless = lot.flatMap(({ slot }) => (idle.has(slot) ? [] : slot));
    const anew = restless.filter((slot) => holdings.reopen(slot));
    if (anew.length > 0) onSpared(anew);
    await end(new Set(ready.map(({ slot }) => slot)));
    await membership.give(
      ready.filter(({ slot }) => holdings.isIdle(slot)),
      to,
    );
    onGiven(ready.map(({ slot }) => slot));
    return ready.some(({ slot }) => !holdings.isMine(slot));
  }
}
