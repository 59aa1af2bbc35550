// An image as it is kept: without place, camera, time and words, and with the same pixels, colours and turn. Its parts
// are sorted, never unpacked.

import type { ImageType } from "../../protocol/uploads.ts";
import { strippedGif } from "./gif.ts";
import { strippedIsoMedia } from "./iso-media.ts";
import { strippedJpeg } from "./jpeg.ts";
import { strippedPng } from "./png.ts";
import { strippedWebp } from "./webp.ts";

export type StrippedType = ImageType | "image/heic";

const ways: Readonly<Record<StrippedType, (file: Buffer) => Buffer>> = {
  "image/jpeg": strippedJpeg,
  "image/png": strippedPng,
  "image/webp": strippedWebp,
  "image/gif": strippedGif,
  "image/avif": strippedIsoMedia,
  "image/heic": strippedIsoMedia,
};

/** Of a whole image of this type; null where its parts make no sense. */
export function stripped(file: Buffer, type: StrippedType): Buffer | null {
  try {
    return ways[type](file);
  } catch {
    return null;
  }
}
