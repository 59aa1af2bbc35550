// A PNG without what a program says in it: the chunks stay that make the picture and its movement, its colours and its
// density; all others go, those that nobody knows too, and what follows the end.

import { orientationAlone } from "./orientation.ts";

const FIRST_CHUNK = 8;
const WRAPPING_BYTES = 12;
const KEPT: ReadonlySet<string> = new Set(
  "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV mDCv cLLI cLLi sBIT bKGD pHYs acTL fcTL fdAT".split(" "),
);

/** Of a whole PNG. */
export function strippedPng(file: Buffer): Buffer {
  const kept: Buffer[] = [file.subarray(0, FIRST_CHUNK)];
  let exif: Buffer | null = null;
  let pixels_at = 0;
  for (let at = FIRST_CHUNK; at + 8 <= file.length; ) {
    const type = file.toString("latin1", at + 4, at + 8);
    const next = at + WRAPPING_BYTES + file.readUInt32BE(at);
    if (type === "IDAT" && pixels_at === 0) pixels_at = kept.length;
    if (type === "eXIf" && pixels_at === 0) exif ??= file.subarray(at + 8, next - 4);
    if (KEPT.has(type)) kept.push(file.subarray(at, next));
    if (type === "IEND") break;
    at = next;
  }
  const turn = orientationAlone(exif);
  if (turn && pixels_at > 0) kept.splice(pixels_at, 0, chunk("eXIf", turn));
  return Buffer.concat(kept);
}

function chunk(type: string, content: Buffer): Buffer {
  const whole = Buffer.alloc(WRAPPING_BYTES + content.length);
  whole.writeUInt32BE(content.length, 0);
  whole.write(type, 4, "latin1");
  content.copy(whole, 8);
  whole.writeUInt32BE(Bun.hash.crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}
