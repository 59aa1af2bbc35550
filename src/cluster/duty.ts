// Whether the work that only one node does is this one's: its lease holds, and the database says that the people's slot is
// its own. So two nodes never begin a step of it at one time.

import type { Duty } from "../db/upkeep/duty.ts";
import type { Membership } from "./membership/membership.ts";
import { people_slot } from "./slots.ts";

export class NodeDuty implements Duty {
  readonly #membership: () => Pick<Membership, "isGood" | "slot" | "place"> | null;
  readonly #begins: (() => void)[] = [];
  /** It was when somebody asked last. */
  #was_mine = false;

  /** Null: not yet a node. */
  constructor(membership: () => Pick<Membership, "isGood" | "slot" | "place"> | null) {
    this.#membership = membership;
  }

  isMine(): boolean {
    const membership = this.#membership();
    const is_mine = membership?.isGood === true && membership.slot(people_slot).node === membership.place.number;
    // Whatever breaks off for it begins anew when it is again.
    if (!is_mine) this.#was_mine = false;
    return is_mine;
  }

  onMine(begin: () => void): void {
    this.#begins.push(begin);
  }

  /** The lease was renewed, and whose the slots are is known as of then. */
  renewed(): void {
    const was_mine = this.#was_mine;
    this.#was_mine = this.isMine();
    if (this.#was_mine && !was_mine) for (const begin of this.#begins) begin();
  }
}
