// What images are made of, for those that no program would write: boxes, segments and chunks.

export const text = (words: string) => Buffer.from(words, "latin1");

/** An ISO media box. */
export function box(type: string, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

export function sizeBox(width: number, height: number): Buffer {
  const size = Buffer.alloc(12);
  size.writeUInt32BE(width, 4);
  size.writeUInt32BE(height, 8);
  return box("ispe", size);
}

/** The head of an AVIF with these boxes as its items' properties. */
export function avifOf(brand: string, ...properties: Uint8Array[]): Buffer {
  const meta = box("meta", Buffer.alloc(4), box("iprp", box("ipco", ...properties)));
  return Buffer.concat([box("ftyp", text(`${brand}\0\0\0\0${brand}mif1`)), meta]);
}

/** A big-endian number of so many bytes. */
export function whole(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

export interface Photograph {
  properties: Buffer[];
  /** Those of each item, counted from 1; the first item is the main one. */
  of_items: number[][];
  brand?: string;
  /** In the longer forms of its boxes. */
  long?: boolean;
}

/** A whole AVIF with items of 100 bytes each, which are found by their place. */
export function photographOf({ properties, of_items, brand = "avif", long = false }: Photograph): Buffer {
  const [version, id_bytes, index_bytes] = long ? [1, 4, 2] : [0, 2, 1];
  const full = (v: number, flags = 0) => whole(v * 2 ** 24 + flags, 4);
  const ids = of_items.map((_, index) => 7 + index);
  const pitm = box("pitm", full(version), whole(ids[0] ?? 0, id_bytes));
  const associations = of_items.flatMap((indexes, item) => [
    whole(ids[item] ?? 0, id_bytes),
    whole(indexes.length, 1),
    // As a property that must be understood, and one that need not be.
    ...indexes.map((index, at) => whole(index + (at % 2) * 2 ** (8 * index_bytes - 1), index_bytes)),
  ]);
  const ipma = box("ipma", full(version, long ? 1 : 0), whole(of_items.length, 4), ...associations);
  const iprp = box("iprp", box("ipco", ...properties), ipma);
  const head = (at: number): Buffer => {
    const places = ids.flatMap((id, item) => {
      const method = long ? [whole(0, 2)] : [];
      return [whole(id, long ? 4 : 2), ...method, whole(0, 2), whole(1, 2), whole(at + 100 * item, 4), whole(100, 4)];
    });
    const iloc = box("iloc", full(long ? 2 : 0), whole(0x4400, 2), whole(ids.length, long ? 4 : 2), ...places);
    const ftyp = box("ftyp", text(`${brand}\0\0\0\0${brand}mif1`));
    return Buffer.concat([ftyp, box("meta", full(0), pitm, iloc, iprp)]);
  };
  const pixels = box("mdat", Buffer.alloc(100 * ids.length, 1));
  return Buffer.concat([head(head(0).length + 8), pixels]);
}

export const turn = (quarters: number) => box("irot", whole(quarters, 1));
export const mirror = (axis: number) => box("imir", whole(axis, 1));

/** A photograph's EXIF that says how the camera was held. */
export function exifOf(orientation: number, order: "II" | "MM" = "II"): Buffer {
  const number = (value: number, bytes: number) =>
    order === "MM" ? whole(value, bytes) : whole(value, bytes).reverse();
  const entry = [number(0x0112, 2), number(3, 2), number(1, 4), number(orientation, 2), number(0, 2)];
  return Buffer.concat([text(order), number(42, 2), number(8, 4), number(1, 2), ...entry, number(0, 4)]);
}

export function jpegSegment(marker: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([whole(0xff00 + marker, 2), whole(body.length + 2, 2), body]);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const checked = Buffer.concat([text(type), data]);
  return Buffer.concat([whole(data.length, 4), checked, whole(Bun.hash.crc32(checked), 4)]);
}
