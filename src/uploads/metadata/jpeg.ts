// A JPEG without what a camera or a program says in it: of its segments those stay that make the picture, its colours
// (ICC, Adobe) and its density (JFIF). Its turn stays in an EXIF that says nothing else. What follows its end goes: a
// camera puts other pictures and videos there. Scans are copied as they are.

import { orientationAlone } from "./orientation.ts";

const MARKER = { start: 0xd8, end: 0xd9, scan: 0xda, app0: 0xe0, app15: 0xef, comment: 0xfe };
const EXIF = "Exif\0\0";
const KEPT: Readonly<Record<number, string>> = { 224: "JFIF\0", 226: "ICC_PROFILE\0", 238: "Adobe" };
/** A JFIF segment up to the thumbnail that it may have. */
const JFIF_BYTES = 16;

/** Of a whole JPEG. */
export function strippedJpeg(file: Buffer): Buffer {
  const kept: Buffer[] = [file.subarray(0, 2)];
  let exif: Buffer | null = null;
  for (const { marker, part } of partsOf(file)) {
    if (marker === 0xe1 && startsWith(part, EXIF)) exif ??= part.subarray(4 + EXIF.length);
    const stays = staying(marker, part);
    if (stays) kept.push(stays);
  }
  const turn = orientationAlone(exif);
  // Where there is a JFIF segment, it stands first.
  if (turn) kept.splice(kept[1]?.[1] === MARKER.app0 ? 2 : 1, 0, segment(0xe1, Buffer.concat([text(EXIF), turn])));
  return Buffer.concat([...kept, Buffer.from([0xff, MARKER.end])]);
}

function staying(marker: number, part: Buffer): Buffer | null {
  if (marker === MARKER.comment) return null;
  if (marker < MARKER.app0 || marker > MARKER.app15) return part;
  const name = KEPT[marker];
  if (name === undefined || !startsWith(part, name)) return null;
  if (marker !== MARKER.app0) return part;
  const jfif = Buffer.from(part.subarray(4, 2 + JFIF_BYTES));
  // Width and height of its thumbnail, which may be another picture.
  jfif.fill(0, jfif.length - 2);
  return part.length < 2 + JFIF_BYTES ? null : segment(marker, jfif);
}

/** The segments behind the start, each scan with the data behind it, up to the end. */
function* partsOf(file: Buffer): Generator<{ marker: number; part: Buffer }> {
  for (let at = 2; at + 4 <= file.length; ) {
    const marker = file[at + 1] ?? 0;
    // What stands between segments is passed over by viewers.
    if (file[at] !== 0xff || marker === 0xff || marker === 0) {
      at += 1;
      continue;
    }
    if (marker === MARKER.end) return;
    const is_bare = marker === 0x01 || (marker >= 0xd0 && marker <= MARKER.start);
    const segment_end = at + 2 + (is_bare ? 0 : file.readUInt16BE(at + 2));
    const end = marker === MARKER.scan ? scanEnd(file, segment_end) : segment_end;
    yield { marker, part: file.subarray(at, end) };
    at = end;
  }
}

/** Where the data of a scan ends: at a marker that is no escaped byte and no restart. */
function scanEnd(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.length;
}

function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

const text = (words: string) => Buffer.from(words, "latin1");
const startsWith = (part: Buffer, name: string) => part.toString("latin1", 4, 4 + name.length) === name;
