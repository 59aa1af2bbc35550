// A GIF without what a program says in it: of its extensions those stay that time its frames, repeat them and say their
// colours. Comments, XMP and what nobody knows go, and so does what follows the end.

const BLOCK = { extension: 0x21, image: 0x2c, end: 0x3b };
const TIMING = 0xf9;
const OF_A_PROGRAM = 0xff;
const KEPT: ReadonlySet<string> = new Set(["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"]);
const SCREEN_END = 13;

/** Of a whole GIF. */
export function strippedGif(file: Buffer): Buffer {
  const from = SCREEN_END + colorsAt(file, 10);
  const kept = [file.subarray(0, from)];
  for (let at = from; at < file.length; ) {
    const kind = file[at];
    if (kind !== BLOCK.extension && kind !== BLOCK.image) break;
    const head = kind === BLOCK.extension ? 2 : 11 + colorsAt(file, at + 9);
    const end = dataEnd(file, at + head);
    if (kind === BLOCK.image || stays(file, at)) kept.push(file.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, Buffer.from([BLOCK.end])]);
}

function stays(file: Buffer, at: number): boolean {
  if (file[at + 1] === TIMING) return true;
  return file[at + 1] === OF_A_PROGRAM && file[at + 2] === 11 && KEPT.has(file.toString("latin1", at + 3, at + 14));
}

/** Where the pieces of data that begin here end, each a length and so many bytes; one of no length ends them. */
function dataEnd(file: Buffer, from: number): number {
  let at = from;
  for (let length = file[at]; length !== undefined && length > 0; length = file[at]) at += 1 + length;
  return Math.min(at + 1, file.length);
}

/** The bytes of the table of colours that the flags at a place announce. */
function colorsAt(file: Buffer, at: number): number {
  const flags = file[at] ?? 0;
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}
