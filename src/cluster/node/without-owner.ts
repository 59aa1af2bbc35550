// How long slots were nobody's, as this node read it: from when it found them free until it found them taken. For
// operators alone.

import type { Membership } from "../membership/membership.ts";
import { all_slots } from "../slots.ts";

export class WithoutOwner {
  readonly #since = new Map<number, number>();
  /** Milliseconds, of those that were taken last. */
  last_ms = 0;

  /** What was read now. */
  note(membership: Pick<Membership, "slot">, now_ms: number): void {
    for (let slot = 0; slot < all_slots; slot += 1) {
      const since_ms = this.#since.get(slot);
      if (membership.slot(slot).node === null) this.#since.set(slot, since_ms ?? now_ms);
      else if (since_ms !== undefined) {
        this.last_ms = now_ms - since_ms;
        this.#since.delete(slot);
      }
    }
  }
}
