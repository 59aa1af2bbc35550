// The bytes of one upload among all that are kept: under its own key, or under its hash, where an earlier version stored
// them. Nothing is stored under a hash any more, so those go with the last upload that has it.

import type { Upload } from "../domain/community.ts";
import type { SmallSize } from "../protocol/uploads.ts";
import type { ByteRange, Files } from "./files.ts";
import { keyOf, smallKey } from "./place.ts";

type Kept = Pick<Upload, "id" | "hash">;

/** Null when there are none, nor a small version of that size where one is asked for. */
export async function readKept(
  files: Pick<Files, "read">,
  upload: Kept,
  { size, range }: { size?: SmallSize; range?: ByteRange | undefined } = {},
): Promise<Blob | ReadableStream | null> {
  for (const key of [keyOf(upload), upload.hash]) {
    const body = await files.read(size === undefined ? key : smallKey(key, size), range);
    if (body) return body;
  }
  return null;
}

/** `is_last`: no other upload has the same bytes. */
export function removeKept(files: Pick<Files, "remove">, upload: Kept, is_last: boolean): Promise<void> {
  return files.remove(keyOf(upload), ...(is_last ? [upload.hash] : []));
}
