// What a node makes of what it reads in the database: whom it takes for dead, and which slots it should take or give.
// Plain decisions over plain data; nothing here is done.

import { all_slots, shareOf } from "../slots.ts";

export interface SeenNode {
  number: number;
  incarnation: number;
  holder: string;
  beat: number;
  state: string;
  description: string;
}

/** What is one process's alone: a number is used again, in another incarnation. */
export type Place = Pick<SeenNode, "number" | "incarnation">;

/** So many asks one process is taken to send, that the ids of as many processes of one number differ, within 2^53. */
const ASKS = 2 ** 36;
const PROCESSES = 2 ** 17;

/** From here on this process numbers what it asks: what one before it of its number asked may still be answered. */
export function firstAskOf({ incarnation }: Pick<Place, "incarnation">): number {
  return (incarnation % PROCESSES) * ASKS + 1;
}

export interface SeenSlot {
  epoch: number;
  node: number | null;
}

/**
 * For how long each node's beat has been the same, by one's own clock, and only over times in which one's own renewals
 * went through: where the database is slow or away for all, nobody is found dead for it.
 */
export class Beats {
  readonly #since = new Map<number, { holder: string; beat: number; from_ms: number }>();

  /** What was read, by a renewal that was asked for at `asked_ms`. */
  note(nodes: readonly SeenNode[], asked_ms: number): void {
    const present = new Set(nodes.map(({ number }) => number));
    for (const number of this.#since.keys()) if (!present.has(number)) this.#since.delete(number);
    for (const { number, holder, beat } of nodes) {
      const seen = this.#since.get(number);
      // From when it was asked: the answer may have been long on its way.
      if (seen?.holder !== holder || seen.beat !== beat) this.#since.set(number, { holder, beat, from_ms: asked_ms });
    }
  }

  /** In how many milliseconds the first of them would be found to have stood still for so long; null: none of them will. */
  dueIn(for_ms: number, now_ms: number): number | null {
    const dues = [...this.#since.values()].map(({ from_ms }) => from_ms + for_ms - now_ms);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  /** A renewal failed or was late: what was seen before says nothing of who lives. */
  forget(): void {
    this.#since.clear();
  }

  /** Those whose beat stood still for so long, as far as a renewal that was asked for at `asked_ms` has read. */
  still(for_ms: number, asked_ms: number): Dead[] {
    return [...this.#since]
      .filter(([, { from_ms }]) => asked_ms - from_ms >= for_ms)
      .map(([number, { holder, beat }]) => ({ number, holder, beat }));
  }
}

/** What is buried: by number, holder and beat, as it was read. */
export type Dead = Pick<SeenNode, "number" | "holder" | "beat">;

/** Whose beat stood still, and whose processes have ended for certain; each with the beat that was read of it last. */
export function deadOf(nodes: readonly SeenNode[], still: readonly Dead[], gone: ReadonlySet<string>): Dead[] {
  const numbers = new Set(still.map(({ number }) => number));
  const sure = nodes.filter(({ holder, number }) => gone.has(holder) && !numbers.has(number));
  return [...still, ...sure.map(({ number, holder, beat }) => ({ number, holder, beat }))];
}

/** The slots as they are once these nodes have none any more. */
export function slotsWithout(
  slots: ReadonlyMap<number, SeenSlot>,
  gone: readonly { number: number }[],
): ReadonlyMap<number, SeenSlot> {
  const numbers = new Set<number | null>(gone.map(({ number }) => number));
  return new Map([...slots].map(([slot, seen]) => [slot, numbers.has(seen.node) ? { ...seen, node: null } : seen]));
}

/** The free slots that this node should claim: its share of them, or all when nobody else has for too long. */
export function slotsToClaim(
  slots: ReadonlyMap<number, SeenSlot>,
  me: number,
  serving: readonly number[],
  isOverdue: (slot: number) => boolean,
): number[] {
  if (!serving.includes(me)) return [];
  return Array.from({ length: all_slots }, (_, slot) => slot).filter((slot) => {
    if (slots.get(slot)?.node !== null) return false;
    return shareOf(slot, serving) === me || isOverdue(slot);
  });
}

/** The slots of this node that should be another's, and whose. */
export function slotsToGive(
  slots: ReadonlyMap<number, SeenSlot>,
  me: number,
  serving: readonly number[],
): { slot: number; epoch: number; to: number }[] {
  return [...slots].flatMap(([slot, { epoch, node }]) => {
    if (node !== me) return [];
    const to = shareOf(slot, serving);
    return to === null || to === me ? [] : [{ slot, epoch, to }];
  });
}
