// A WebP without what a camera or a program says in it: the chunks stay that make the picture, its movement and its
// colours, within the frames of one that moves as well. Its turn stays in an EXIF that says nothing else.

import { orientationAlone } from "./orientation.ts";

const FIRST_CHUNK = 12;
const HEAD_BYTES = 8;
const KEPT: ReadonlySet<string> = new Set(["VP8 ", "VP8L", "VP8X", "ICCP", "ANIM", "ANMF", "ALPH"]);
const FRAME_HEAD_BYTES = 16;
/** Of the flags of `VP8X`. */
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;
/** Some programs put before the TIFF what a JPEG has there. */
const JPEG_PREFIX = "Exif\0\0";

interface Chunk {
  type: string;
  content: Buffer;
}

/** Of a whole WebP. */
export function strippedWebp(file: Buffer): Buffer {
  const chunks = [...chunksIn(file, FIRST_CHUNK, HEAD_BYTES + file.readUInt32LE(4))];
  const turn = orientationAlone(exifIn(chunks));
  const kept = chunks.filter(({ type }) => KEPT.has(type)).map(stripped);
  const flags = kept.find(({ type }) => type === "VP8X")?.content;
  if (flags) flags[0] = ((flags[0] ?? 0) & ~(HAS_EXIF | HAS_XMP)) | (turn ? HAS_EXIF : 0);
  const body = [...kept, ...(turn && flags ? [{ type: "EXIF", content: turn }] : [])].map(bytesOf);
  const whole = Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP", "latin1"), ...body]);
  whole.writeUInt32LE(whole.length - HEAD_BYTES, 4);
  return whole;
}

function exifIn(chunks: readonly Chunk[]): Buffer | null {
  const exif = chunks.find(({ type }) => type === "EXIF")?.content ?? null;
  const is_prefixed = exif?.toString("latin1", 0, JPEG_PREFIX.length) === JPEG_PREFIX;
  return exif && is_prefixed ? exif.subarray(JPEG_PREFIX.length) : exif;
}

function stripped({ type, content }: Chunk): Chunk {
  if (type !== "ANMF") return { type, content: type === "VP8X" ? Buffer.from(content) : content };
  const frame = [...chunksIn(content, FRAME_HEAD_BYTES, content.length)].filter((chunk) => KEPT.has(chunk.type));
  return { type, content: Buffer.concat([content.subarray(0, FRAME_HEAD_BYTES), ...frame.map(bytesOf)]) };
}

function* chunksIn(file: Buffer, from: number, to: number): Generator<Chunk> {
  for (let at = from; at + HEAD_BYTES <= Math.min(to, file.length); ) {
    const length = file.readUInt32LE(at + 4);
    const content = file.subarray(at + HEAD_BYTES, Math.min(at + HEAD_BYTES + length, to));
    yield { type: file.toString("latin1", at, at + 4), content };
    at += HEAD_BYTES + length + (length % 2);
  }
}

function bytesOf({ type, content }: Chunk): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(type, 0, "latin1");
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}
