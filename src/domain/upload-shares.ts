// What each user, or each address, holds of the room for unfinished uploads. Those that hold more than their part are
// known by name: there are never more of them than parts, so that the heaviest is found at once.

import type { Holding } from "./upload-room.ts";

interface Share {
  readonly name: string;
  bytes: number;
  uploads: number;
  /** Those of its uploads that can give way, the slowest first. */
  readonly arriving: Set<Holding>;
}

export class UploadShares {
  readonly #part: number;
  readonly #nameOf: (holding: Holding) => string;
  readonly #shares = new Map<string, Share>();
  /** Those that hold more than a part. */
  readonly #heavy = new Set<Share>();

  constructor(part_bytes: number, nameOf: (holding: Holding) => string) {
    this.#part = part_bytes;
    this.#nameOf = nameOf;
  }

  begin(holding: Holding): void {
    const name = this.#nameOf(holding);
    const share = this.#shares.get(name) ?? { name, bytes: 0, uploads: 0, arriving: new Set() };
    this.#shares.set(name, share);
    share.uploads += 1;
  }

  /** It holds so many bytes more, or less. */
  add(holding: Holding, bytes: number): void {
    const share = this.#shares.get(this.#nameOf(holding));
    if (!share) return;
    share.bytes += bytes;
    if (share.bytes > this.#part) this.#heavy.add(share);
    else this.#heavy.delete(share);
  }

  /** It can give way, and is no slower than any other. */
  cameOn(holding: Holding): void {
    const arriving = this.#shares.get(this.#nameOf(holding))?.arriving;
    arriving?.delete(holding);
    arriving?.add(holding);
  }

  /** It can't give way any more. */
  settle(holding: Holding): void {
    this.#shares.get(this.#nameOf(holding))?.arriving.delete(holding);
  }

  /** Once for each that began. Its bytes are taken off before. */
  end(holding: Holding): void {
    const share = this.#shares.get(this.#nameOf(holding));
    if (!share) return;
    share.arriving.delete(holding);
    share.uploads -= 1;
    if (share.uploads === 0) this.#shares.delete(share.name);
  }

  /** The slowest upload of whoever else has the most: more than a part, and more than this one's has with so many more. */
  slowestOfTheHeaviest(asking: Holding, bytes: number): Holding | null {
    const own = this.#shares.get(this.#nameOf(asking));
    let most = (own?.bytes ?? 0) + bytes;
    let found: Holding | null = null;
    for (const share of this.#heavy) {
      const [slowest] = share.arriving;
      if (share === own || !slowest || share.bytes < most) continue;
      const is_slower = found !== null && share.bytes === most && slowest.came_on_ms < found.came_on_ms;
      if (share.bytes === most && !is_slower) continue;
      found = slowest;
      most = share.bytes;
    }
    return found;
  }
}
