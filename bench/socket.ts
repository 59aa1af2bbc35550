// A WebSocket client for load: raw TCP, no compression, frames looked at in place. It parses JSON only for whoever
// `ask`s; all else is counted, or handed on as bytes. Valid only within the call are the bytes that a callback gets.
// With a server whose address says so it speaks as a client of Socket.IO's.

import type { Socket as TcpSocket } from "bun";

export type Reply = Record<string, unknown>;

/** The payload is `bytes` from `start` to `end`. */
type OnFrame = (bytes: Buffer, start: number, end: number) => void;

/** What the origin of a server that speaks Socket.IO ends in. */
export const SOCKET_IO_PATH = "/socket.io/";

const LETTER_I = 0x69;
const [ZERO, TWO, THREE, FOUR, NINE] = [0x30, 0x32, 0x33, 0x34, 0x39];
/** Where the digits begin in `{"id":"`, with which every reply begins. */
const ID_AT = '{"id":"'.length;
const TEXT = 0x81;
const PONG = 0x8a;
const [OPCODE_CLOSE, OPCODE_PING] = [0x8, 0x9];

export class LoadSocket {
  /** Frames that were no reply: events and pushes. */
  events = 0;
  onEvent: OnFrame | null = null;
  /** Of a request that was `post`ed: its number. */
  onReply: ((id: number, bytes: Buffer, start: number, end: number) => void) | null = null;
  onClose: (() => void) | null = null;
  closed = false;
  /** The first frame, as text: orchard's `ready`. */
  greeting = "";
  #tcp: TcpSocket<LoadSocket> | null = null;
  #upgraded = false;
  #left: Buffer | null = null;
  #unsent: Buffer[] = [];
  #ids = 0;
  #is_socket_io = false;
  readonly #asked = new Map<number, (reply: Reply) => void>();
  readonly #ready = Promise.withResolvers<void>();

  /**
   * Connects; resolves at the server's first frame. `query` is the part of the address behind `/subscribe?`; `address`
   * is where the client is to seem to come from, if the server trusts this machine as a proxy.
   */
  static async open(origin: string, query: string, address?: string): Promise<LoadSocket> {
    const { hostname, port, pathname } = new URL(origin);
    const socket = new LoadSocket();
    socket.#is_socket_io = pathname === SOCKET_IO_PATH;
    const path = socket.#is_socket_io ? `${SOCKET_IO_PATH}?EIO=4&transport=websocket&` : "/subscribe?";
    socket.#tcp = await Bun.connect({ hostname, port: Number(port), data: socket, socket: handlers });
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
    const from = address ? `\r\nX-Forwarded-For: ${address}` : "";
    const headers = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13${from}`;
    socket.#tcp.write(`GET ${path}${query} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${headers}\r\n\r\n`);
    await socket.#ready.promise;
    return socket;
  }

  /** Sends a frame as it is. */
  send(text: string): void {
    this.#write(frameOf(TEXT, Buffer.from(text)));
  }

  /** Sends bytes as they are. */
  write(bytes: Buffer): void {
    this.#write(bytes);
  }

  /** Whether what was sent waits for the server to read it. */
  get is_backed_up(): boolean {
    return this.#unsent.length > 0;
  }

  /** Reads no more. */
  pause(): void {
    this.#tcp?.pause();
  }

  /** Sends a request; its number comes back in `onReply`. */
  post(type: string, data: object): number {
    this.#ids += 1;
    const [id, text] = [this.#ids, JSON.stringify(data)];
    this.send(this.#is_socket_io ? `42${id}["${type}",${text}]` : `{"id":"${id}","type":"${type}","data":${text}}`);
    return id;
  }

  /** Sends a request and parses its reply, whatever it says; an error `gone` when the connection ends first. */
  ask(type: string, data: object): Promise<Reply> {
    return new Promise((resolve) => this.#asked.set(this.post(type, data), resolve));
  }

  /** `ask`, the reply's data as whoever asks knows it; throws when it was refused. */
  async demand<Data = unknown>(type: string, data: object): Promise<Data> {
    const reply = await this.ask(type, data);
    if (reply["type"] === "error") throw new Error(`${type}: ${JSON.stringify(reply)}`);
    return reply["data"] as Data;
  }

  /** Ends the connection without a farewell, as a network does. */
  drop(): void {
    this.#tcp?.terminate();
  }

  take(chunk: Buffer): void {
    const bytes = this.#left ? Buffer.concat([this.#left, chunk]) : chunk;
    this.#left = null;
    let at = 0;
    if (!this.#upgraded) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end === -1) return this.#keep(bytes, 0);
      if (!bytes.subarray(0, 12).equals(SWITCHING)) return this.#refused(bytes);
      this.#upgraded = true;
      at = end + 4;
    }
    while (at < bytes.length) {
      const next = this.#frame(bytes, at);
      if (next === null) return this.#keep(bytes, at);
      at = next;
    }
  }

  drained(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const piece of unsent) this.#write(piece);
  }

  ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.#ready.reject(new Error("the socket closed before its first frame"));
    for (const resolve of this.#asked.values()) resolve(GONE);
    this.#asked.clear();
    this.onClose?.();
  }

  #refused(answer: Buffer): void {
    this.#ready.reject(new Error(`no upgrade: ${answer.subarray(0, 80)}`));
    this.#tcp?.end();
  }

  #keep(bytes: Buffer, at: number): void {
    this.#left = at === 0 ? bytes : bytes.subarray(at);
  }

  /** Takes the frame at `at`; returns where the next one begins, or null when it isn't whole. */
  #frame(bytes: Buffer, at: number): number | null {
    if (bytes.length < at + 2) return null;
    const short = (bytes[at + 1] as number) & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < at + head) return null;
    const length = head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
    const [start, end] = [at + head, at + head + length];
    if (bytes.length < end) return null;
    const opcode = (bytes[at] as number) & 0xf;
    if (opcode === OPCODE_PING) this.#write(frameOf(PONG, bytes.subarray(start, end)));
    else if (opcode === OPCODE_CLOSE) this.#tcp?.end();
    else if (this.#is_socket_io) this.#packet(bytes, start, end);
    else if (bytes[start + 2] === LETTER_I) this.#reply(bytes, start, end, start + ID_AT);
    else this.#event(bytes, start, end);
    return end;
  }

  /** Of Socket.IO: `0` opens, `2` is a ping, and of what begins with `4`, `43` is a reply. */
  #packet(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === ZERO) this.send("40");
    else if (bytes[start] === TWO) this.send("3");
    else if (bytes[start] !== FOUR) return;
    else if (bytes[start + 1] === THREE) this.#reply(bytes, start, end, start + 2);
    else this.#event(bytes, start, end);
  }

  #event(bytes: Buffer, start: number, end: number): void {
    if (this.events === 0) {
      this.greeting = bytes.toString("utf8", start, end);
      this.#ready.resolve();
    }
    this.events += 1;
    this.onEvent?.(bytes, start, end);
  }

  #reply(bytes: Buffer, start: number, end: number, digits_at: number): void {
    let id = 0;
    let at = digits_at;
    for (; isDigit(bytes[at] as number); at += 1) id = id * 10 + (bytes[at] as number) - ZERO;
    const resolve = this.#asked.get(id);
    if (!resolve) return this.onReply?.(id, bytes, start, end);
    this.#asked.delete(id);
    // Of Socket.IO it is an array of one.
    const [reply] = this.#is_socket_io
      ? JSON.parse(bytes.toString("utf8", at, end))
      : [JSON.parse(bytes.toString("utf8", start, end))];
    resolve(reply);
  }

  #write(bytes: Buffer): void {
    if (this.#unsent.length > 0) return void this.#unsent.push(bytes);
    const written = this.#tcp?.write(bytes) ?? 0;
    if (written >= 0 && written < bytes.length) this.#unsent.push(bytes.subarray(written));
  }
}

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE;

/** What stands for the reply to a request that the connection's end overtook. */
const GONE: Reply = { type: "error", code: "gone" };
const SWITCHING = Buffer.from("HTTP/1.1 101");

const handlers = {
  data: (tcp: TcpSocket<LoadSocket>, chunk: Buffer) => tcp.data.take(chunk),
  drain: (tcp: TcpSocket<LoadSocket>) => tcp.data.drained(),
  close: (tcp: TcpSocket<LoadSocket>) => tcp.data.ended(),
  error: (tcp: TcpSocket<LoadSocket>) => tcp.data.ended(),
};

/** A frame of a client: masked, as it must be, with zeros, which leave it as it is. */
export function frameOf(first: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const bytes = Buffer.alloc(head + length);
  bytes[0] = first;
  bytes[1] = 0x80 | (head === 6 ? length : head === 8 ? 126 : 127);
  if (head === 8) bytes.writeUInt16BE(length, 2);
  if (head === 14) bytes.writeUInt32BE(length, 6);
  bytes.set(payload, head);
  return bytes;
}

/** Opens one socket for each query, at the origins in turn, at most `at_once` at the same time. */
export async function openAll(
  origin: string | readonly string[],
  queries: readonly string[],
  at_once = 200,
): Promise<LoadSocket[]> {
  const origins = [origin].flat();
  const sockets: LoadSocket[] = new Array(queries.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < queries.length; index = next++) {
      sockets[index] = await LoadSocket.open(origins[index % origins.length] as string, queries[index] as string);
    }
  };
  await Promise.all(Array.from({ length: at_once }, worker));
  return sockets;
}

/** The name of the server's history, by which a client knows whether what it keeps is still good. */
export function epochOf({ greeting }: LoadSocket): string {
  return JSON.parse(greeting).data.epoch;
}
