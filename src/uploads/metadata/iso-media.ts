// An AVIF, or a HEIC, without what a camera or a program says in it. Its items lie at places that its head names, so
// everything stays where it is: what says something is written over. Boxes that make no picture become `free`; the
// items that hold EXIF or XMP become empty ones; moments become none. How it is turned, its own properties say.
// What doesn't fit its box throws.

import { limits } from "../../domain/limits.ts";
import { type Box, boxesIn } from "../boxes.ts";

/** At the file's own level. What is no box behind the last one goes. */
const KEPT_BOXES: ReadonlySet<string> = new Set(["ftyp", "meta", "mdat", "moov", "free", "skip"]);
/** In which boxes lie that are looked at, too. */
const CONTAINERS: ReadonlySet<string> = new Set(["moov", "trak", "mdia", "minf", "stbl"]);
const TELLING_BOXES: ReadonlySet<string> = new Set(["udta", "uuid", "meta", "free", "skip"]);
/** How deep these lie. */
const DEPTH = 5;
const TIMED_BOXES: ReadonlySet<string> = new Set(["mvhd", "tkhd", "mdhd"]);
/** Items with words. All others make the picture. */
const TELLING_ITEMS: ReadonlySet<string> = new Set(["Exif", "mime", "uri "]);
const EMPTY_XMP = Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>', "latin1");
const SPACE = 0x20;
/** An EXIF that says nothing, behind the four bytes that say where it begins. */
const EMPTY_EXIF = Buffer.from("\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", "latin1");

/** `heic` and its like, and the brands of which they and an AVIF are kinds. */
export function isHeif(first: Buffer): boolean {
  return /^ftyp(hei[cxms]|hev[cxms]|mif[12]|msf1|miaf)$/.test(first.toString("latin1", 4, 12));
}

/** Of a whole one. */
export function strippedIsoMedia(whole: Buffer): Buffer {
  const boxes = [...boxesIn(whole, 0, whole.length).take(limits.avif_boxes)].filter(({ to }) => to <= whole.length);
  const file = Buffer.from(whole.subarray(0, boxes.at(-1)?.to ?? 0));
  for (const box of boxes) {
    if (!KEPT_BOXES.has(box.type) || box.type === "free" || box.type === "skip") empty(file, box);
    else if (box.type === "moov") emptyWithin(file, box);
    else if (box.type === "meta") emptyItems(file, box);
  }
  return file;
}

function empty(file: Buffer, { head, from, to }: Box): void {
  file.write("free", head + 4, "latin1");
  file.fill(0, from, to);
}

function emptyWithin(file: Buffer, parent: Box, depth = 0): void {
  if (depth > DEPTH) throw new Error("boxes within each other without end");
  for (const claimed of boxesIn(file, parent.from, parent.to)) {
    const box = { ...claimed, to: Math.min(claimed.to, parent.to) };
    if (TELLING_BOXES.has(box.type)) empty(file, box);
    else if (TIMED_BOXES.has(box.type)) file.fill(0, box.from + 4, box.from + (file[box.from] === 1 ? 20 : 12));
    else if (CONTAINERS.has(box.type)) emptyWithin(file, box, depth + 1);
  }
}

function emptyItems(file: Buffer, meta: Box): void {
  const parts = new Map([...boxesIn(file, meta.from + 4, meta.to)].map((box) => [box.type, box]));
  for (const type of ["udta", "uuid"]) {
    const telling = parts.get(type);
    if (telling) empty(file, telling);
  }
  const [iinf, iloc] = [parts.get("iinf"), parts.get("iloc")];
  if (!iinf || !iloc) return;
  const telling = tellingItems(file, iinf);
  if (telling.size === 0) return;
  let left = file.length;
  for (const { item, at, length } of extentsIn(file, iloc, parts.get("idat"))) {
    const type = telling.get(item);
    if (type === undefined) continue;
    const end = length === 0 ? file.length : Math.min(at + length, file.length);
    left -= Math.max(end - at, 0);
    if (left < 0) throw new Error("items lie upon each other");
    const empty_one = type === "Exif" ? EMPTY_EXIF : EMPTY_XMP;
    file.fill(type === "Exif" ? 0 : SPACE, at, end);
    if (end - at >= empty_one.length) empty_one.copy(file, at);
  }
}

/** The items with words, by their ids, each with its type. */
function tellingItems(file: Buffer, iinf: Box): Map<number, string> {
  const found = new Map<number, string>();
  const has_long_count = file.readUInt8(iinf.from) > 0;
  for (const { type, from } of boxesIn(file, iinf.from + (has_long_count ? 8 : 6), iinf.to)) {
    const version = file.readUInt8(from);
    if (type !== "infe" || version < 2) continue;
    const id = version === 2 ? file.readUInt16BE(from + 4) : file.readUInt32BE(from + 4);
    const type_at = from + (version === 2 ? 8 : 10);
    const item_type = file.toString("latin1", type_at, type_at + 4);
    if (TELLING_ITEMS.has(item_type)) found.set(id, item_type);
  }
  return found;
}

interface Extent {
  item: number;
  /** In the file. */
  at: number;
  /** 0: to the end of the file. */
  length: number;
}

/** Where the items lie that lie in the file, or in `idat`. */
function* extentsIn(file: Buffer, iloc: Box, idat: Box | undefined): Generator<Extent> {
  const version = file.readUInt8(iloc.from);
  const sizes = file.readUInt16BE(iloc.from + 4);
  const [offset_bytes, length_bytes, base_bytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const index_bytes = version > 0 ? sizes & 15 : 0;
  let at = iloc.from + 6;
  const next = (bytes: number): number => {
    if (at + bytes > iloc.to) throw new Error("the list of items is cut off");
    at += bytes;
    return bytes === 0 ? 0 : Number(`0x${file.toString("hex", at - bytes, at)}`);
  };
  for (let items = next(version < 2 ? 2 : 4); items > 0; items -= 1) {
    const item = next(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : next(2) & 15;
    next(2);
    const base = next(base_bytes) + (method === 1 ? (idat?.from ?? file.length) : 0);
    const named = next(2);
    const has_places = index_bytes + offset_bytes + length_bytes > 0;
    for (let extents = has_places ? named : Math.min(named, 1); extents > 0; extents -= 1) {
      next(index_bytes);
      const offset = next(offset_bytes);
      yield { item, at: base + offset, length: next(length_bytes) };
    }
  }
}
