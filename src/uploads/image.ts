// What kind of image some bytes are and how large it is shown, by content alone. Only heads are read, never pixels: a
// small file can't make the server unpack a large image. Bun reads heads on a thread of its own.
// Must not trust a name or a declared type: whoever uploads chooses those.

import { GIF } from "image-size/types/gif";
import { HEIF } from "image-size/types/heif";
import { limits } from "../domain/limits.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import type { ImageType } from "../protocol/uploads.ts";

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
  if (!image) return refusal("The file is no PNG, JPEG, WebP, GIF or AVIF image, or it is damaged.");
  return success(image);
}

const refusal = (message: string) => failure("bad_request", message, { path: "file" });

function isShowable({ width, height }: Image): boolean {
  return Math.max(width, height) <= limits.image_side && width * height <= limits.image_pixels;
}

const END_OF_JPEG = Buffer.from([0xff, 0xd9]);

/** `isWhole` finds what was cut off, as far as that shows without unpacking. */
const formats: Record<string, { type: ImageType; isWhole(file: Buffer): boolean }> = {
  png: { type: "image/png", isWhole: (file) => file.includes("IEND", "latin1") },
  jpeg: { type: "image/jpeg", isWhole: (file) => file.includes(END_OF_JPEG) },
  webp: { type: "image/webp", isWhole: (file) => file.length >= 8 + file.readUInt32LE(4) },
  // Some programs leave a few bytes after the end.
  gif: { type: "image/gif", isWhole: (file) => file.subarray(-16).includes(0x3b) },
};

async function head(file: Buffer): Promise<Image | "too_large" | null> {
  try {
    const { format, ...size } = await new Bun.Image(file, { maxPixels: limits.image_pixels }).metadata();
    const known = formats[format];
    // Of a GIF Bun tells the size of the first frame, which may be a part of what is shown.
    const { width, height } = format === "gif" ? GIF.calculate(file) : size;
    return known?.isWhole(file) && width > 0 && height > 0 ? { type: known.type, width, height } : null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ERR_IMAGE_TOO_MANY_PIXELS" ? "too_large" : null;
  }
}

/** `avis` is an AVIF that moves. */
function isAvif(file: Buffer): boolean {
  return /^ftypavi[fs]$/.test(file.toString("latin1", 4, 12));
}

/** Bun reads AVIF on some systems only. */
function avifHead(file: Buffer): Image | null {
  try {
    // The time that this takes may grow with the square of what it is given.
    const { width, height, images = [] } = HEIF.calculate(file.subarray(0, limits.avif_head_bytes));
    // An image made of tiles lists them, too.
    const largest = images.reduce((most, one) => (area(one) > area(most) ? one : most), { width, height });
    return area(largest) > 0 ? { type: "image/avif", ...{ width: largest.width, height: largest.height } } : null;
  } catch {
    return null;
  }
}

const area = ({ width, height }: { width: number; height: number }) => width * height;
