// The memory that all unfinished uploads share. Where there is no more of it, one that others wait for gives way: what
// comes by drops, or the slowest of whoever has the most. Only who has the most already is refused. It keeps account of
// bytes and holds none; time is passed in.

import type { Party } from "./fair-share.ts";
import { limits } from "./limits.ts";

/** What one upload holds. */
export interface Holding {
  readonly who: Party;
  bytes: number;
  /** It has come whole, and is being stored: it doesn't give way any more. */
  is_whole: boolean;
  /** It had to give way: its bytes are to be let go of. */
  gave_way: boolean;
  /** Tells whoever receives it. */
  readonly giveWay: () => void;
  /** When it last had come on by as much as an upload should, and with how many bytes. */
  came_on_ms: number;
  came_on_bytes: number;
}

export class UploadMemory {
  readonly #most: number;
  readonly #holdings = new Set<Holding>();
  #bytes = 0;
  #refused = 0;

  constructor(most_bytes: number = limits.uploads_in_memory_bytes) {
    this.#most = most_bytes;
  }

  /** Bytes held, and how often one was refused or gave way. */
  get stats(): { bytes: number; refused: number } {
    return { bytes: this.#bytes, refused: this.#refused };
  }

  begin(who: Party, giveWay: () => void, now_ms: number): Holding {
    const state = { bytes: 0, is_whole: false, gave_way: false };
    const holding = { ...state, who, giveWay, came_on_ms: now_ms, came_on_bytes: 0 };
    this.#holdings.add(holding);
    return holding;
  }

  /** Whether it may hold so many more. Others give way for it, if there are such. */
  take(holding: Holding, bytes: number, now_ms: number): boolean {
    while (this.#bytes + bytes > this.#most) {
      const other = this.#slowest(holding, now_ms) ?? this.#slowestOfTheHeaviest(holding, bytes);
      this.#refused += 1;
      if (!other) return false;
      this.end(other);
      other.gave_way = true;
      other.giveWay();
    }
    holding.bytes += bytes;
    this.#bytes += bytes;
    if (holding.bytes - holding.came_on_bytes >= limits.upload_pace_bytes) {
      holding.came_on_bytes = holding.bytes;
      holding.came_on_ms = now_ms;
    }
    return true;
  }

  /** It holds nothing any more. */
  end(holding: Holding): void {
    if (!this.#holdings.delete(holding)) return;
    this.#bytes -= holding.bytes;
    holding.bytes = 0;
  }

  /** The one that has not come on for longest, if that is too long. */
  #slowest(but: Holding, now_ms: number): Holding | null {
    const slowest = longestAgo(this.#arriving(but));
    return slowest && now_ms - slowest.came_on_ms > limits.upload_pace_ms ? slowest : null;
  }

  /** Of an address with far more than this one's, or else of a user with several uploads and more than this one's. */
  #slowestOfTheHeaviest(asking: Holding, bytes: number): Holding | null {
    for (const by of ["group", "party"] as const) {
      const share = by === "group" ? this.#most / limits.uploads_in_memory_shares : 0;
      const most = Math.max(share, limits.upload_bytes);
      const weights = this.#weights(by);
      const own = weights.get(asking.who[by]) ?? 0;
      const arriving = this.#arriving(asking).filter(({ who }) => {
        const weight = weights.get(who[by]) ?? 0;
        return who[by] !== asking.who[by] && weight > most && weight > own + bytes;
      });
      const heaviest = Math.max(...arriving.map(({ who }) => weights.get(who[by]) ?? 0));
      const found = longestAgo(arriving.filter(({ who }) => weights.get(who[by]) === heaviest));
      if (found) return found;
    }
    return null;
  }

  #weights(by: keyof Party): Map<string, number> {
    const weights = new Map<string, number>();
    for (const { who, bytes } of this.#holdings) weights.set(who[by], (weights.get(who[by]) ?? 0) + bytes);
    return weights;
  }

  #arriving(but: Holding): Holding[] {
    return [...this.#holdings].filter((holding) => holding !== but && !holding.is_whole && holding.bytes > 0);
  }
}

function longestAgo(holdings: readonly Holding[]): Holding | null {
  let found: Holding | null = null;
  for (const one of holdings) if (!found || one.came_on_ms < found.came_on_ms) found = one;
  return found;
}
