// Where the bytes of a hash stand, in a folder as in a bucket.

import { type SmallSize, small_sizes } from "../protocol/uploads.ts";

/** Two levels, so that no folder gets very many entries. */
export function placeOf(hash: string): string {
  return `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
}

/** As what the small version of an image is kept, beside it. */
export function smallHash(hash: string, size: SmallSize): string {
  return `${hash}-${size}`;
}

export function smallHashes(hash: string): string[] {
  return small_sizes.map((size) => smallHash(hash, size));
}
