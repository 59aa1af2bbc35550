// How long slots were nobody's, as this node read it: until it found them taken, from when it found them free, or from
// when it last heard of their owner, where that is no node any more. Who buries a node takes what it had in the same
// step, so that the time in which nobody answered lies before that. For operators alone.

import type { SeenNode, SeenSlot } from "../membership/decisions.ts";
import type { Membership } from "../membership/membership.ts";
import { all_slots } from "../slots.ts";

interface Life {
  node: SeenNode;
  /** When its present beat was first read, or its process ended. */
  last_ms: number;
  has_ended: boolean;
}

export class WithoutOwner {
  readonly #since = new Map<number, number>();
  readonly #seen = new Map<number, SeenSlot>();
  /** By number, the nodes that there were when that was last read. */
  #lives = new Map<number, Life>();
  /** Milliseconds, of those that were taken last; of several, the longest. */
  last_ms = 0;

  /** The process of that holder has ended. */
  ended(holder: string, now_ms: number): void {
    for (const life of this.#lives.values()) {
      if (life.node.holder === holder) Object.assign(life, { last_ms: now_ms, has_ended: true });
    }
  }

  /** What was read now. */
  note(membership: Pick<Membership, "slot" | "nodes">, now_ms: number): void {
    const lost = this.#renewLives(membership.nodes, now_ms);
    const taken: number[] = [];
    for (let slot = 0; slot < all_slots; slot += 1) {
      const before = this.#seen.get(slot);
      const seen = membership.slot(slot);
      this.#seen.set(slot, seen);
      const lost_ms = before && wasFree(before, seen) ? lost.get(before.node ?? -1) : undefined;
      const since_ms = this.#since.get(slot) ?? lost_ms;
      if (seen.node === null) this.#since.set(slot, since_ms ?? now_ms);
      else if (since_ms !== undefined) {
        taken.push(now_ms - since_ms);
        this.#since.delete(slot);
      }
    }
    if (taken.length > 0) this.last_ms = Math.max(...taken);
  }

  /** By number: until when those are known to have lived that are none of the nodes any more. */
  #renewLives(nodes: readonly SeenNode[], now_ms: number): Map<number, number> {
    const before = this.#lives;
    this.#lives = new Map(
      nodes.map((node) => {
        const life = before.get(node.number);
        // What it said before it ended may be read only afterwards.
        const is_still = life?.node.holder === node.holder && (life.has_ended || life.node.beat === node.beat);
        return [node.number, is_still ? life : { node, last_ms: now_ms, has_ended: false }];
      }),
    );
    const lost = [...before].filter(([number, { node }]) => this.#lives.get(number)?.node.holder !== node.holder);
    return new Map(lost.map(([number, { last_ms }]) => [number, last_ms]));
  }
}

/** Since it was read before: who is given a slot has it in the next epoch, who takes a free one in a later. */
function wasFree(before: SeenSlot, { epoch, node }: SeenSlot): boolean {
  return epoch > before.epoch && (node === null || epoch > before.epoch + 1);
}
