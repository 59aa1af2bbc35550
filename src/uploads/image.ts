// What kind of image some bytes are and how large it is shown, by content alone. Only heads are read, never pixels: a
// small file can't make the server unpack a large image. Bun reads heads on a thread of its own.
// Must not trust a name or a declared type: whoever uploads chooses those.

import { limits } from "../domain/limits.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import type { ImageType } from "../protocol/uploads.ts";
import { avifSize, isAvif, type Size } from "./avif.ts";
import { isOnItsSide } from "./exif.ts";
import { isWholeGif, isWholeJpeg, isWholeWebp, pngParts } from "./image-ends.ts";

export interface Image {
  type: ImageType;
  width: number;
  height: number;
}

/** Refused with `bad_request`. Width and height are those that a viewer sees, a photograph's orientation applied. */
export async function readImage(bytes: Uint8Array): Promise<Outcome<Image>> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const image = isAvif(file) ? avifHead(file) : await head(file);
  if (image === "too_large" || (image && !isShowable(image))) {
    return refusal(`An image has at most ${limits.image_pixels} pixels, and ${limits.image_side} on each side.`);
  }
  if (!image) return refusal("The image is damaged.");
  return success(image);
}

/** Whether the file begins as one of the images that are known: then it must be one. */
export function looksLikeImage(first: Buffer): boolean {
  const riff = first.toString("latin1", 0, 4) === "RIFF" && first.toString("latin1", 8, 12) === "WEBP";
  return riff || isAvif(first) || SIGNATURES.some((one) => first.subarray(0, one.length).equals(one));
}

const SIGNATURES = ["ffd8ff", "89504e470d0a1a0a", "474946383761", "474946383961"].map((hex) => Buffer.from(hex, "hex"));

const refusal = (message: string) => failure("bad_request", message, { path: "file" });

function isShowable({ width, height }: Image): boolean {
  return Math.max(width, height) <= limits.image_side && width * height <= limits.image_pixels;
}

const formats: Record<string, { type: ImageType; isWhole(file: Buffer): boolean }> = {
  png: { type: "image/png", isWhole: (file) => pngParts(file).isWhole },
  jpeg: { type: "image/jpeg", isWhole: isWholeJpeg },
  webp: { type: "image/webp", isWhole: isWholeWebp },
  gif: { type: "image/gif", isWhole: isWholeGif },
};

async function head(file: Buffer): Promise<Image | "too_large" | null> {
  try {
    const { format, ...size } = await new Bun.Image(file, { maxPixels: limits.image_pixels }).metadata();
    const known = formats[format];
    const { width, height } = shownSize(file, format, size);
    return known?.isWhole(file) && width > 0 && height > 0 ? { type: known.type, width, height } : null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ERR_IMAGE_TOO_MANY_PIXELS" ? "too_large" : null;
  }
}

/** Bun turns JPEGs upright; of a GIF it tells the size of the first frame, which may be a part of what is shown. */
function shownSize(file: Buffer, format: string, size: Size): Size {
  if (format === "gif") return { width: file.readUInt16LE(6), height: file.readUInt16LE(8) };
  const exif = format === "png" ? pngParts(file).exif : null;
  return exif && isOnItsSide(exif) ? { width: size.height, height: size.width } : size;
}

function avifHead(file: Buffer): Image | null {
  const size = avifSize(file);
  return size && size.width > 0 && size.height > 0 ? { type: "image/avif", ...size } : null;
}
