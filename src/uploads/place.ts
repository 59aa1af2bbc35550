// Where the bytes of an upload stand, in a folder as in a bucket: under their hash and the upload's id. No other upload
// ever has that key, so what takes one away takes nothing that somebody is just storing, at whatever node.

import type { Upload } from "../domain/community.ts";
import { type SmallSize, small_sizes } from "../protocol/uploads.ts";

/** As what its bytes are kept. Those of an earlier version are under their hash alone, shared by all of the same bytes. */
export function keyOf({ id, hash }: Pick<Upload, "id" | "hash">): string {
  return `${hash}.${id}`;
}

/** Two levels, so that no folder gets very many entries. */
export function placeOf(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2, 4)}/${key}`;
}

/** As what the small version of an image is kept, beside it. */
export function smallKey(key: string, size: SmallSize): string {
  return `${key}-${size}`;
}

export function smallKeys(key: string): string[] {
  return small_sizes.map((size) => smallKey(key, size));
}
