// How large an AVIF is shown, by the boxes of its head, and whether all is there that the head speaks of. Bun reads AVIF
// on some systems only. The size is the main item's, turned as its properties say; its tiles and thumbnail have sizes too.
// Each box is looked at once, in a bounded piece of the file; what doesn't fit its box throws.

import { limits } from "../domain/limits.ts";
import { type Box, boxesIn } from "./boxes.ts";

export interface Size {
  width: number;
  height: number;
}

/** Without them whole, there is no image. */
const NEEDED = ["meta", "moov", "mdat"];

/** `avis` is an AVIF that moves. */
export function isAvif(file: Buffer): boolean {
  return /^ftypavi[fs]$/.test(file.toString("latin1", 4, 12));
}

/** Null for a head that makes no sense, and for a file that was cut off. */
export function avifSize(file: Buffer): Size | null {
  try {
    const meta = metaOf(file);
    // Nothing is read behind the head, however far its boxes claim to reach.
    const head = file.subarray(0, limits.avif_head_bytes);
    return meta && isAllThere(head, meta, file.length) ? shownSize(head, meta) : null;
  } catch {
    return null;
  }
}

/** The content of `meta`, by the types of its boxes; null where a part of the file that must be there is cut off. */
function metaOf(file: Buffer): Map<string, Box> | null {
  let meta: Box | undefined;
  for (const box of boxesIn(file, 0, file.length).take(limits.avif_boxes)) {
    if (NEEDED.includes(box.type) && box.to > file.length) return null;
    if (box.type === "meta") meta ??= box;
  }
  if (!meta || meta.to > limits.avif_head_bytes) return null;
  return new Map([...boxesIn(file.subarray(0, meta.to), meta.from + 4, meta.to)].map((box) => [box.type, box]));
}

function shownSize(file: Buffer, meta: Map<string, Box>): Size | null {
  const iprp = meta.get("iprp");
  const parts = iprp ? [...boxesIn(file, iprp.from, iprp.to)] : [];
  const ipco = parts.find(({ type }) => type === "ipco");
  if (!ipco) return null;
  const properties = [...boxesIn(file, ipco.from, ipco.to)];
  const main = parts
    .filter(({ type }) => type === "ipma")
    .flatMap((ipma) => propertiesOf(file, ipma, mainItem(file, meta)));
  const of_main = main.map((index) => properties[index - 1]).filter((property) => property !== undefined);
  const size = largest(file, of_main) ?? largest(file, properties);
  // A mirrored image has its sides where they were.
  const turns = of_main.filter(({ type, from }) => type === "irot" && (file.readUInt8(from) & 1) === 1).length;
  return size && turns % 2 === 1 ? { width: size.height, height: size.width } : size;
}

/** Null where there is none. */
function largest(file: Buffer, properties: Box[]): Size | null {
  const sizes = properties
    .filter(({ type }) => type === "ispe")
    .map(({ from }) => ({ width: file.readUInt32BE(from + 4), height: file.readUInt32BE(from + 8) }));
  return sizes.reduce<Size | null>((most, one) => (most && area(most) >= area(one) ? most : one), null);
}

const area = ({ width, height }: Size) => width * height;

/** The id of the main item; null where none is named. */
function mainItem(file: Buffer, meta: Map<string, Box>): number | null {
  const pitm = meta.get("pitm");
  if (!pitm) return null;
  return file.readUInt8(pitm.from) === 0 ? file.readUInt16BE(pitm.from + 4) : file.readUInt32BE(pitm.from + 4);
}

/** Which properties an item has, counted from 1. */
function propertiesOf(file: Buffer, ipma: Box, item: number | null): number[] {
  const has_long_ids = file.readUInt8(ipma.from) > 0;
  const index_bytes = file.readUInt8(ipma.from + 3) & 1 ? 2 : 1;
  const found: number[] = [];
  let at = ipma.from + 8;
  for (let entries = file.readUInt32BE(ipma.from + 4); entries > 0 && at < ipma.to; entries -= 1) {
    const id = has_long_ids ? file.readUInt32BE(at) : file.readUInt16BE(at);
    at += has_long_ids ? 4 : 2;
    const end = at + 1 + index_bytes * file.readUInt8(at);
    for (at += 1; at < end; at += index_bytes) {
      // Its first bit says that who doesn't know the property must not show the image.
      const index = index_bytes === 2 ? file.readUInt16BE(at) & 0x7fff : file.readUInt8(at) & 0x7f;
      if (id === item) found.push(index);
    }
  }
  return found;
}

/** Whether the file reaches to the end of everything that lies in it by its place. */
function isAllThere(head: Buffer, meta: Map<string, Box>, length: number): boolean {
  const iloc = meta.get("iloc");
  return !iloc || endOfItems(head, iloc) <= length;
}

/** Where the last of the items ends, of those that are found by their place in the file. */
function endOfItems(head: Buffer, iloc: Box): number {
  const version = head.readUInt8(iloc.from);
  const sizes = head.readUInt16BE(iloc.from + 4);
  const [offset_bytes, length_bytes, base_bytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const index_bytes = version > 0 ? sizes & 15 : 0;
  let at = iloc.from + 6;
  const to = Math.min(iloc.to, head.length);
  const next = (bytes: number): number => {
    if (at + bytes > to) throw new Error("the list of items is cut off");
    at += bytes;
    return bytes === 0 ? 0 : Number(`0x${head.toString("hex", at - bytes, at)}`);
  };
  let end = 0;
  for (let items = next(version < 2 ? 2 : 4); items > 0; items -= 1) {
    next(version < 2 ? 2 : 4);
    const is_in_file = version === 0 || (next(2) & 15) === 0;
    next(2);
    const base = next(base_bytes);
    const extents_named = next(2);
    const has_places = index_bytes + offset_bytes + length_bytes > 0;
    for (let extents = has_places ? extents_named : 0; extents > 0; extents -= 1) {
      next(index_bytes);
      const offset = base + next(offset_bytes);
      const extent_end = offset + next(length_bytes);
      if (is_in_file) end = Math.max(end, extent_end);
    }
  }
  return end;
}
