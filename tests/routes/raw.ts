// A connection below HTTP: the bytes as they are written, and the bytes that come back until the server closes.

import { connect } from "node:net";
import type { TestServer } from "../harness/server.ts";

/** Writes, then reads until the server closes the connection; latin1 in and out, so that a character is a byte. */
export function exchange(server: Pick<TestServer, "url">, request: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.on("data", (chunk) => void chunks.push(Buffer.from(chunk as Uint8Array)));
    // A connection that is reset has ended as well.
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    socket.write(Buffer.from(request, "latin1"));
  });
}

/** A request with these header lines, for one answer. */
export function requestOf(line: string, headers: readonly string[] = [], body = "", host = "orchard.test"): string {
  return `${[`${line} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers].join("\r\n")}\r\n\r\n${body}`;
}

/** The statuses of all answers in what came. */
export function statusesIn(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

export interface WireFrame {
  opcode: number;
  payload: Buffer<ArrayBuffer>;
}

/** A frame as clients send it, masked with zeros. `first_byte` is FIN, the reserved bits and the opcode. */
export function wireFrame(first_byte: number, payload: Uint8Array | string = ""): Buffer {
  const body = Buffer.from(payload as string);
  const length = body.length < 126 ? [body.length] : [127, ...uint64(body.length)];
  const [short = 0, ...long] = length;
  return Buffer.concat([Buffer.from([first_byte, short | 0x80, ...long, 0, 0, 0, 0]), body]);
}

const uint64 = (value: number) => [0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (value >>> shift) & 255)];

const UPGRADE = [
  ...["Upgrade: websocket", "Connection: Upgrade"],
  ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
];

/** Opens a socket at the path and writes these bytes on it; the frames that came until the server closed it. */
export async function socketExchange(
  server: Pick<TestServer, "url">,
  path: string,
  bytes: readonly Buffer[] = [],
  host = "orchard.test",
): Promise<WireFrame[]> {
  const head = `${[`GET ${path} HTTP/1.1`, `Host: ${host}`, ...UPGRADE].join("\r\n")}\r\n\r\n`;
  const answer = await exchange(server, head + Buffer.concat(bytes).toString("latin1"));
  const end = answer.indexOf("\r\n\r\n");
  if (!answer.startsWith("HTTP/1.1 101 ")) throw new Error(`no upgrade: ${answer.slice(0, end)}`);
  return framesIn(Buffer.from(answer.slice(end + 4), "latin1"));
}

/** The frames in bytes that came; the last may not be whole. */
export function framesIn(bytes: Buffer<ArrayBuffer>): WireFrame[] {
  const frames: WireFrame[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const start = at + (short === 126 ? 4 : 2);
    const end = start + (short === 126 ? bytes.readUInt16BE(at + 2) : short);
    frames.push({ opcode: bytes.readUInt8(at) & 15, payload: bytes.subarray(start, end) });
    at = end;
  }
  return frames;
}

/** The code in a close frame, the last of them; null when there is none. */
export function closeCodeOf(frames: readonly WireFrame[]): number | null {
  const last = frames.at(-1);
  return last?.opcode === 8 && last.payload.length >= 2 ? last.payload.readUInt16BE(0) : null;
}
