// Small versions of images: made when one is first asked for, in one place at a time, and kept beside the image. Of an
// image that moves it is the first picture. Where none can be made, that is remembered, and the image itself has to do.

import { LRUCache } from "lru-cache";
import type { Store } from "../db/store.ts";
import type { Upload } from "../domain/community.ts";
import type { FairShare, Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import { createLocks, type Locks } from "../domain/locks.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import { type ImageType, isImageType, type SmallSize } from "../protocol/uploads.ts";
import type { Log } from "../telemetry/log.ts";
import type { Files } from "./files.ts";
import { readKept } from "./kept.ts";
import { turnOf } from "./metadata/turn.ts";
import { keyOf, smallKey } from "./place.ts";

export const SMALL_TYPE = "image/webp";

export interface SmallImages {
  store: Pick<Store, "uploads">;
  files: Files;
  pools: { small_images: FairShare };
  log: Log;
}

type Body = Blob | ReadableStream;

/** Null where there is none, nor can be; `unavailable` where too many wait for theirs. */
export type ReadSmall = (upload: Upload, size: SmallSize, who: Party) => Promise<Outcome<Body | null>>;

export function createSmallImages(on: SmallImages): ReadSmall {
  /** Hashes of damaged images, and of those whose format this system can't read. */
  const failed = new LRUCache<string, true>({ max: limits.small_failures });
  const locks = createLocks();
  return async (upload, size, who) => {
    if (!isLarger(upload, size)) return success(null);
    const { hash } = upload;
    try {
      const kept = await readKept(on.files, upload, { size });
      if (kept || failed.has(hash)) return success(kept);
      const onFailed = () => void failed.set(hash, true);
      return await on.pools.small_images.run(who, () => made(on, locks, upload, size, onFailed), crowded);
    } catch (error) {
      on.log.error({ err: error, hash }, "a small version can't be had");
      return failure("unavailable", "The server can't reach its uploads; ask again later.");
    }
  };
}

function isLarger({ type, width, height }: Upload, size: SmallSize): boolean {
  return isImageType(type) && Math.max(width, height) > size && width * height <= limits.small_pixels;
}

/** Once, however many ask this process for it at one time. */
function made(
  { files, store }: SmallImages,
  locks: Locks,
  upload: Upload,
  size: SmallSize,
  onFailed: () => void,
): Promise<Outcome<Body | null>> {
  const { id, type } = upload;
  const key = keyOf(upload);
  return locks.hold(key, async () => {
    const kept = await readKept(files, upload, { size });
    const original = kept ? null : await readKept(files, upload);
    if (!original || !isImageType(type)) return success(kept);
    const bytes = await smaller(Buffer.from(await new Response(original as Blob).arrayBuffer()), type, size);
    if (!bytes) {
      onFailed();
      return success(null);
    }
    await files.put(smallKey(key, size), bytes);
    // Whoever took the image away, its row first, may not have found what was made of it meanwhile.
    if (!(await store.uploads.byId(id))) await files.remove(key);
    return success(await files.read(smallKey(key, size)));
  });
}

/** Null where it can't be made. */
async function smaller(file: Buffer<ArrayBuffer>, type: ImageType, size: SmallSize): Promise<Uint8Array | null> {
  try {
    const { degrees, is_mirrored } = turnOf(file, type);
    const image = new Bun.Image(file, { maxPixels: limits.small_pixels }).rotate(degrees);
    if (is_mirrored) image.flop();
    image.resize(size, size, { fit: "inside", withoutEnlargement: true });
    return await image.webp({ quality: limits.small_quality }).bytes();
  } catch {
    return null;
  }
}
