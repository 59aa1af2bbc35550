// A client that can stop reading: its frames wait in the server's and the system's buffers until it goes on. It speaks
// just enough of the WebSocket protocol for that.

import { connect, type Socket } from "node:net";
import type { Frame } from "./client.ts";

/** Of a client's frames; the key is all zeros, so that what is masked stays as it is. */
const MASK = Buffer.alloc(4);

export class SlowReader {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #unread: Frame[] = [];
  #onFrame: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Past its `ready`. */
  static async open(url: string, token: string): Promise<SlowReader> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const reader = new SlowReader(socket);
    const upgraded = new Promise<void>((resolve) => {
      socket.once("data", (head: Buffer) => {
        const body = head.indexOf("\r\n\r\n") + 4;
        socket.on("data", (bytes: Buffer) => reader.#take(bytes));
        reader.#take(head.subarray(body));
        resolve();
      });
    });
    const lines = [
      `GET /subscribe?auth=${encodeURIComponent(token)} HTTP/1.1`,
      ...[`Host: ${hostname}:${port}`, "Upgrade: websocket", "Connection: Upgrade"],
      ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    await upgraded;
    await reader.until(({ type }) => type === "ready");
    return reader;
  }

  stall(): void {
    this.#socket.pause();
  }

  read(): void {
    this.#socket.resume();
  }

  send(frame: Frame): void {
    const payload = Buffer.from(JSON.stringify(frame));
    if (payload.length > 125) throw new Error("a longer frame than this client can send");
    this.#socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), MASK, payload]));
  }

  async ask(request: Frame): Promise<Frame> {
    this.send({ ...request, id: "asked" });
    return (await this.until(({ id }) => id === "asked")).at(-1) as Frame;
  }

  /** All frames up to the first that is meant, which is the last of them. */
  async until(isMeant: (frame: Frame) => boolean): Promise<Frame[]> {
    for (;;) {
      const at = this.#unread.findIndex(isMeant);
      if (at >= 0) return this.#unread.splice(0, at + 1);
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let frame = this.#next(); frame !== null; frame = this.#next()) {
      if (frame.opcode === 1) this.#unread.push(JSON.parse(frame.payload.toString()));
    }
    this.#onFrame();
  }

  #next(): { opcode: number; payload: Buffer } | null {
    const bytes = this.#bytes;
    if (bytes.length < 2) return null;
    const short = (bytes[1] as number) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head) return null;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < head + length) return null;
    this.#bytes = bytes.subarray(head + length);
    return { opcode: (bytes[0] as number) & 0x0f, payload: bytes.subarray(head, head + length) };
  }
}
