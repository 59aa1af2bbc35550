// Small images of every kind, and ways to spoil them.

export interface Sample {
  type: string;
  extension: string;
  width: number;
  height: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const dot = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const gif = Buffer.from("R0lGODlhAgABAIAAAP8AAAD/ACwAAAAAAgABAAACAkQKADs=", "base64");
const avif = Buffer.from(
  "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYA" +
    "AAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAB0AAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IA" +
    "AAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAIAAAACAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgQ0MAAAAABNjb2xybmNseAACAAIAAYAA" +
    "AAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAACVtZGF0EgAKCBgANogQEAwgMg8f8D///8WfhwB8+ErK42A=",
  "base64",
);

const drawn = (width: number, height: number) => new Bun.Image(dot).resize(width, height);

/** A PNG of one colour. */
export async function pngOf(width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await drawn(width, height).png().bytes());
}

export async function jpegOf(width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await drawn(width, height).jpeg().bytes());
}

/** A valid PNG of exactly so many bytes, all but the first few of them behind its pixels, where no viewer looks. */
export function pngOfBytes(bytes: number, filler = 0x78): Uint8Array<ArrayBuffer> {
  const end_at = dot.length - 12;
  const chunk = Buffer.alloc(bytes - dot.length, filler);
  chunk.writeUInt32BE(chunk.length - 12, 0);
  chunk.write("IDAT", 4, "latin1");
  chunk.writeUInt32BE(Bun.hash.crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([dot.subarray(0, end_at), chunk, dot.subarray(end_at)]);
}

let different = 0;
/** A PNG that no other test of this process uploads. */
export function anyPng(): Uint8Array<ArrayBuffer> {
  different += 1;
  return pngOfBytes(200 + different);
}

export const samples: Record<string, Sample> = {
  png: { type: "image/png", extension: "png", width: 6, height: 4, bytes: await pngOf(6, 4) },
  jpeg: { type: "image/jpeg", extension: "jpg", width: 6, height: 4, bytes: await jpegOf(6, 4) },
  webp: {
    ...{ type: "image/webp", extension: "webp", width: 6, height: 4 },
    bytes: new Uint8Array(await drawn(6, 4).webp().bytes()),
  },
  "lossless webp": {
    ...{ type: "image/webp", extension: "webp", width: 6, height: 4 },
    bytes: new Uint8Array(await drawn(6, 4).webp({ lossless: true }).bytes()),
  },
  gif: { type: "image/gif", extension: "gif", width: 2, height: 1, bytes: new Uint8Array(gif) },
  avif: { type: "image/avif", extension: "avif", width: 2, height: 2, bytes: new Uint8Array(avif) },
};

/** A copy with some bytes, given as hexadecimal digits, written over those at a place. */
export function spoiled(bytes: Uint8Array, at: number, hex: string): Uint8Array<ArrayBuffer> {
  const copy = Buffer.from(bytes);
  copy.write(hex, at, "hex");
  return copy;
}
