// What nodes say to each other, as bytes: a line for the stream, then items. An item has a head, small and plain, and
// may have a text, such as a frame for a client, which is passed on as it is: nobody between its owner and the socket
// parses it or writes it anew.

/** A node of one life: `<number>.<incarnation>`. */
export type PeerId = `${number}.${number}`;

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

export interface Item {
  readonly head: Plain;
  readonly text?: string;
}

/** How far a stream has got: its number, and that of the last message in it; 0 before the first. */
export interface Mark {
  stream: number;
  count: number;
}

/** Items, or a piece of them where they are too long for one message. */
export interface ItemsMessage {
  kind: "items";
  from: PeerId;
  stream: number;
  /** From 1 on, one more with each message of the stream. */
  count: number;
  /** More pieces of the same items follow. */
  more: boolean;
  payload: Uint8Array;
}

/** How things stand, said again and again: a lost one does no harm. */
export interface BeatMessage {
  kind: "beat";
  from: PeerId;
  /** What the sender has said so far: the number of its stream, and of the last message in it; 0 before the first. */
  stream: number;
  count: number;
  /** What the sender has heard so far of the one it is sent to. */
  heard_stream: number;
  heard_count: number;
  /** The stream in which something is missing, so that another is wanted; 0 when nothing is. */
  wants_anew: number;
}

export type Message = ItemsMessage | BeatMessage;

/** What fits into one message needs not be bytes before it is one. */
type Said = BeatMessage | (Omit<ItemsMessage, "payload"> & { payload: Uint8Array | string });

const NEW_LINE = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The most bytes that the first line of a message takes. */
export const line_bytes = 128;

export function encodeMessage(message: Said): Uint8Array {
  if (message.kind === "beat") {
    const { from, stream, count, heard_stream, heard_count, wants_anew } = message;
    return encoder.encode(`b ${from} ${stream} ${count} ${heard_stream} ${heard_count} ${wants_anew}\n`);
  }
  const { from, stream, count, more, payload } = message;
  const words = `i ${from} ${stream} ${count} ${more ? 1 : 0}\n`;
  if (typeof payload === "string") return encoder.encode(words + payload);
  const line = encoder.encode(words);
  const bytes = new Uint8Array(line.length + payload.length);
  bytes.set(line);
  bytes.set(payload, line.length);
  return bytes;
}

/** Null for what no node says. */
export function decodeMessage(bytes: Uint8Array): Message | null {
  const end = bytes.indexOf(NEW_LINE);
  if (end === -1 || end >= line_bytes) return null;
  const [kind, from = "", ...words] = decoder.decode(bytes.subarray(0, end)).split(" ");
  const numbers = words.map(Number);
  if (!isPeerId(from) || !numbers.every(isCount)) return null;
  const [stream = 0, count = 0] = numbers;
  if (kind === "i" && numbers.length === 3) {
    return { kind: "items", from, stream, count, more: numbers[2] === 1, payload: bytes.subarray(end + 1) };
  }
  if (kind !== "b" || numbers.length !== 5) return null;
  const [, , heard_stream = 0, heard_count = 0, wants_anew = 0] = numbers;
  return { kind: "beat", from, stream, count, heard_stream, heard_count, wants_anew };
}

/** Items as a payload, which is sent in UTF-8. */
export function wordItems(items: readonly Item[]): string {
  const heads = items.map(({ head, text }) => (text === undefined ? [head] : [head, text.length]));
  return `${JSON.stringify(heads)}\n${items.map(({ text = "" }) => text).join("")}`;
}

/** The most bytes that a character of a text takes, as JavaScript counts them. */
const CHARACTER_BYTES = 3;

/** The payloads of messages of at most so many bytes, one after another. */
export function payloadsOf(text: string, bytes: number): (Uint8Array | string)[] {
  if (text.length * CHARACTER_BYTES <= bytes) return [text];
  const whole = encoder.encode(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += bytes) pieces.push(whole.subarray(at, at + bytes));
  return pieces;
}

/** Null for what `wordItems` didn't make. */
export function decodeItems(payload: Uint8Array): Item[] | null {
  const all = decoder.decode(payload);
  const end = all.indexOf("\n");
  const heads = end === -1 ? null : parsed(all.slice(0, end));
  if (!Array.isArray(heads)) return null;
  let at = end + 1;
  const items: Item[] = [];
  for (const one of heads) {
    if (!Array.isArray(one)) return null;
    const [head, length] = one as [Plain, number | undefined];
    if (length === undefined) {
      items.push({ head });
      continue;
    }
    items.push({ head, text: all.slice(at, at + length) });
    at += length;
  }
  return at === all.length ? items : null;
}

export function isPeerId(text: string): text is PeerId {
  return /^\d{1,4}\.\d{1,15}$/.test(text);
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
