// The room on the disk that all unfinished uploads share. Where there is no more of it, one that others wait for gives way: what
// comes by drops, or the slowest of whoever has the most. Only who has the most already is refused. It keeps account of
// bytes and holds none; time is passed in. Who gives way is found at once, however many uploads there are.

import type { Party } from "./fair-share.ts";
import { limits } from "./limits.ts";
import { UploadShares } from "./upload-shares.ts";

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
  /** When its first bytes came, or it last had come on by as much as an upload should; and with how many bytes. */
  came_on_ms: number;
  came_on_bytes: number;
}

export class UploadRoom {
  readonly #most: number;
  readonly #holdings = new Set<Holding>();
  /** Those that can give way, the slowest first: they hold something, and have not come whole. */
  readonly #arriving = new Set<Holding>();
  readonly #by_group: UploadShares;
  readonly #by_party: UploadShares;
  #bytes = 0;
  #refused = 0;

  /** `upload_bytes`: what one upload may have. */
  constructor(most_bytes: number = limits.unfinished_uploads_bytes, upload_bytes: number = limits.upload_bytes) {
    this.#most = most_bytes;
    const part = Math.max(most_bytes / limits.unfinished_uploads_shares, upload_bytes);
    this.#by_group = new UploadShares(part, ({ who }) => who.group);
    this.#by_party = new UploadShares(upload_bytes, ({ who }) => who.party);
  }

  /** Bytes held, and how often one was refused or gave way. */
  get stats(): { bytes: number; refused: number } {
    return { bytes: this.#bytes, refused: this.#refused };
  }

  begin(who: Party, giveWay: () => void): Holding {
    const holding = { who, giveWay, bytes: 0, is_whole: false, gave_way: false, came_on_ms: 0, came_on_bytes: 0 };
    this.#holdings.add(holding);
    this.#by_group.begin(holding);
    this.#by_party.begin(holding);
    return holding;
  }

  /** Whether it may hold so many more. Others give way for it, if there are such. It must not have ended. */
  take(holding: Holding, bytes: number, now_ms: number): boolean {
    while (this.#bytes + bytes > this.#most) {
      const other = this.#givingWay(holding, bytes, now_ms);
      this.#refused += 1;
      if (!other) return false;
      this.end(other);
      other.gave_way = true;
      other.giveWay();
    }
    const is_first = holding.bytes === 0;
    this.#add(holding, bytes);
    if (is_first || holding.bytes - holding.came_on_bytes >= limits.upload_pace_bytes) this.#cameOn(holding, now_ms);
    return true;
  }

  /** It has come whole. */
  finish(holding: Holding): void {
    holding.is_whole = true;
    this.#arriving.delete(holding);
    this.#by_group.settle(holding);
    this.#by_party.settle(holding);
  }

  /** It holds nothing any more. */
  end(holding: Holding): void {
    if (!this.#holdings.delete(holding)) return;
    this.#add(holding, -holding.bytes);
    this.#arriving.delete(holding);
    this.#by_group.end(holding);
    this.#by_party.end(holding);
  }

  #add(holding: Holding, bytes: number): void {
    holding.bytes += bytes;
    this.#bytes += bytes;
    this.#by_group.add(holding, bytes);
    this.#by_party.add(holding, bytes);
  }

  /** From now on it is no slower than any other. */
  #cameOn(holding: Holding, now_ms: number): void {
    holding.came_on_ms = now_ms;
    holding.came_on_bytes = holding.bytes;
    if (holding.is_whole) return;
    this.#arriving.delete(holding);
    this.#arriving.add(holding);
    this.#by_group.cameOn(holding);
    this.#by_party.cameOn(holding);
  }

  /**
   * What has not come on for too long, or else what an address with far more than this one's has, or else what a user
   * with several uploads and more than this one's has; null where there is no such.
   */
  #givingWay(asking: Holding, bytes: number, now_ms: number): Holding | null {
    const slowest = this.#slowestBut(asking);
    if (slowest && now_ms - slowest.came_on_ms > limits.upload_pace_ms) return slowest;
    return this.#by_group.slowestOfTheHeaviest(asking, bytes) ?? this.#by_party.slowestOfTheHeaviest(asking, bytes);
  }

  #slowestBut(asking: Holding): Holding | null {
    for (const holding of this.#arriving) if (holding !== asking) return holding;
    return null;
  }
}
