// What becomes of a file that has come: an image is read, looked at and stripped of what its camera says; any other is
// kept as it came and never read. Whoever sent it chose its name, so the name says nothing of what it is.

import { limits } from "../domain/limits.ts";
import { typeByName } from "../protocol/file-types.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import type { Files, Incoming } from "./files.ts";
import { looksLikeImage, readImage } from "./image.ts";
import { isHeif } from "./metadata/iso-media.ts";
import { type StrippedType, stripped } from "./metadata/stripped.ts";

/** Width and height are 0 where it is no image. */
export interface TakenIn {
  hash: string;
  type: string;
  width: number;
  height: number;
  bytes: number;
  keep(files: Files, key: string): Promise<void>;
}

const damaged = failure("bad_request", "The image is damaged.", { path: "file" });
const empty = failure("bad_request", "There is nothing in the file.", { path: "file" });
const too_large = failure("too_large", `An image has at most ${limits.image_bytes} bytes.`);

/** `bad_request` for nothing and for a damaged image, `too_large` for one of too many bytes. */
export async function takenIn(content: Incoming, name: string | null): Promise<Outcome<TakenIn>> {
  if (content.bytes === 0) return empty;
  const is_image = looksLikeImage(content.first);
  if (!is_image && !isHeif(content.first)) return success(asItCame(content, name));
  if (content.bytes > limits.image_bytes) return too_large;
  const file = await content.read();
  const image = is_image ? await readImage(file) : success({ type: "image/heic", width: 0, height: 0 } as const);
  return image.ok ? withoutCamera(file, image.value) : image;
}

function asItCame(content: Incoming, name: string | null): TakenIn {
  const kept = { hash: content.hash(), bytes: content.bytes };
  return { ...kept, type: typeByName(name), width: 0, height: 0, keep: (_, key) => content.keep(key) };
}

function withoutCamera(
  file: Buffer,
  { type, width, height }: { type: StrippedType; width: number; height: number },
): Outcome<TakenIn> {
  const bytes = stripped(file, type);
  if (!bytes) return damaged;
  const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const keep = (files: Files, key: string) => files.put(key, bytes);
  return success({ hash, type, width, height, bytes: bytes.length, keep });
}
