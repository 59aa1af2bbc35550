// Who has which slot, as a node has read it in the database; and since when it has read of those that nobody has that
// they are free.

import type { SqlValue } from "../../db/engine/driver.ts";
import type { SeenSlot } from "./decisions.ts";
import { slotIn } from "./tables.ts";

type Rows = readonly (readonly SqlValue[])[];

export class KnownSlots {
  readonly #slots = new Map<number, SeenSlot>();
  readonly #free_since = new Map<number, number>();
  readonly #floors = new Map<number, number>();
  #changed = 0;

  /** The last change that was read. */
  get changed(): number {
    return this.#changed;
  }

  get all(): ReadonlyMap<number, SeenSlot> {
    return this.#slots;
  }

  of(slot: number): SeenSlot {
    return this.#slots.get(slot) ?? { epoch: 0, node: null };
  }

  /** For how long nobody has had it, as far as was read. */
  freeFor(slot: number, now_ms: number): number {
    return now_ms - (this.#free_since.get(slot) ?? now_ms);
  }

  /** No greater id was made for it before this node had it. */
  floorOf(slot: number): number {
    return this.#floors.get(slot) ?? 0;
  }

  /** What has changed. */
  read(rows: Rows, now_ms: number): void {
    for (const { slot, node, changed, floor } of rows.map(slotIn)) {
      this.#floors.set(slot, floor);
      this.#changed = Math.max(this.#changed, changed);
      if (node !== null) this.#free_since.delete(slot);
      else this.#free_since.set(slot, now_ms);
    }
    this.note(rows);
  }

  /** Whose slots are; what was read before is passed over. */
  note(rows: Rows): void {
    for (const { slot, epoch, node } of rows.map(slotIn)) {
      if (epoch >= this.of(slot).epoch) this.#slots.set(slot, { epoch, node });
    }
  }
}
