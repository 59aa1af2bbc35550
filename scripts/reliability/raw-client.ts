// Clients that no library is: bytes on a connection, sent and read as slowly as the test likes.

import { connect, type Socket } from "node:net";

export interface RawClient {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  /** Resolves with all that came, once it has this in it. */
  until(text: string): Promise<string>;
  /** When the server has let go of it. */
  readonly closed: Promise<void>;
}

/** The head of an upgrade, without the line that ends it. */
export const upgradeHead = (token: string) =>
  [
    `GET /subscribe?auth=${token} HTTP/1.1`,
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
  ].join("\r\n");

export function rawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = "";
  let check = () => {};
  socket.on("data", (bytes) => {
    received += bytes.toString("latin1");
    check();
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {});
  const until = (text: string) =>
    new Promise<string>((resolve) => {
      check = () => {
        if (received.includes(text)) resolve(received);
      };
      check();
    });
  const client: RawClient = { socket, write: (bytes) => void socket.write(bytes), until, closed };
  return new Promise((resolve) => socket.on("connect", () => resolve(client)));
}

/** A masked text frame of less than 64 KiB; the mask is zero. */
export function textFrame(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const length = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 0xff];
  return new Uint8Array([0x81, ...length, 0, 0, 0, 0, ...bytes]);
}
