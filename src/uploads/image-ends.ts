// Whether a file of an image is all there, as far as its parts show it without unpacking: each is walked from part to
// part, since what looks like the end may lie within one, as a photograph's thumbnail does.
// Each walk looks at a part once, and at no pixel, and at so many parts at most: a file of nothing but parts is none.
// What follows the end is none of a viewer's business.

import { limits } from "../domain/limits.ts";

const JPEG = { start: 0xd8, end: 0xd9, scan: 0xda, temporary: 0x01, first_restart: 0xd0 };
const END_OF_JPEG = Buffer.from([0xff, JPEG.end]);

/** Up to the first scan by the lengths of its segments; in what follows, the end is escaped wherever it isn't one. */
export function isWholeJpeg(file: Buffer): boolean {
  for (let at = 2, parts = 0; at + 4 <= file.length && parts < limits.image_parts; parts += 1) {
    const marker = file[at + 1] ?? 0;
    if (file[at] !== 0xff || marker === 0xff) {
      at += 1;
      continue;
    }
    const is_bare = marker === JPEG.temporary || (marker >= JPEG.first_restart && marker <= JPEG.start);
    if (marker === JPEG.end) return false;
    const next = at + 2 + (is_bare ? 0 : file.readUInt16BE(at + 2));
    if (marker === JPEG.scan) return file.includes(END_OF_JPEG, next);
    at = next;
  }
  return false;
}

const PNG = {
  first_chunk: 8,
  /** A chunk's length, type and checksum. */
  wrapping_bytes: 12,
  /** Types, as the numbers that they are. */
  end: 0x49454e44,
  pixels: 0x49444154,
  exif: 0x65584966,
};

/** Whether the end mark is reached, and what a camera says of itself, which counts where it comes before the pixels. */
export function pngParts(file: Buffer): { isWhole: boolean; exif: Buffer | null } {
  let exif: Buffer | null = null;
  let has_pixels = false;
  for (let at = PNG.first_chunk, parts = 0; at + 8 <= file.length && parts < limits.image_parts; parts += 1) {
    const length = file.readUInt32BE(at);
    const type = file.readUInt32BE(at + 4);
    if (type === PNG.end) return { isWhole: true, exif };
    if (type === PNG.pixels) has_pixels = true;
    if (type === PNG.exif && !has_pixels) exif ??= file.subarray(at + 8, at + 8 + length);
    at += PNG.wrapping_bytes + length;
  }
  return { isWhole: false, exif };
}

export function isWholeWebp(file: Buffer): boolean {
  return file.length >= 8 + file.readUInt32LE(4);
}

const GIF = { extension: 0x21, image: 0x2c, end: 0x3b };

/** Where a frame was whole and then comes what is no block, viewers stop, or look for the end. */
export function isWholeGif(file: Buffer): boolean {
  let frames = 0;
  let at = 13 + colorsAt(file, 10);
  // The blocks of a frame or an extension are each a length and so many bytes; one of no length ends them.
  let is_within = false;
  for (let parts = 0; at < file.length && parts < limits.image_parts; parts += 1) {
    const kind = file[at];
    if (is_within) {
      is_within = kind !== 0;
      at += 1 + (kind ?? 0);
      continue;
    }
    if (kind === GIF.end) return true;
    if (kind !== GIF.extension && kind !== GIF.image) return frames > 0 && file.includes(GIF.end, at);
    frames += kind === GIF.image ? 1 : 0;
    at += kind === GIF.extension ? 2 : 11 + colorsAt(file, at + 9);
    is_within = true;
  }
  return false;
}

/** The bytes of the table of colours that the flags at a place announce. */
function colorsAt(file: Buffer, at: number): number {
  const flags = file[at] ?? 0;
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
