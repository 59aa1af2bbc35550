// A client as outside programs are: a socket, frames in the order in which they came, nothing of the server's insides.

import { undocumentedFrame } from "./documented.ts";
import { heard } from "./processes.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a server sends is what a test asserts, not what it assumes.
export type Json = any;
export type Frame = Record<string, Json>;
type Wanted = string | ((frame: Frame) => boolean);

const PATIENCE_MS = 8_000;

interface Waiter {
  matches(frame: Frame): boolean;
  resolve(frame: Frame): void;
}

export class TestClient {
  readonly socket: WebSocket;
  /** How the socket closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Every frame that came, in order, for those who look at the whole. */
  readonly seen: Frame[] = [];
  #unread: Frame[] = [];
  #waiters: Waiter[] = [];
  #ids = 0;
  /** What of the first frame that isn't as documented, of those that nobody asked for. */
  #fault: string | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  /** Opens a socket and doesn't wait for `ready`. `headers` stand in for the token in the address. */
  static async open(url: string, token: string | null, headers: Record<string, string> = {}): Promise<TestClient> {
    const query = token === null ? "" : `?auth=${encodeURIComponent(token)}`;
    const address = `${url.replace(/^http/, "ws")}/subscribe${query}`;
    const socket = new WebSocket(address, { headers } as unknown as string[]);
    const client = new TestClient(socket);
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => socket.close(), PATIENCE_MS);
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("close", () => reject(new Error("the socket did not open")));
      for (const end of ["open", "close"]) socket.addEventListener(end, () => clearTimeout(late));
    });
    return client;
  }

  /** Sends a frame: an object as JSON, text and bytes as they are. */
  send(frame: Frame | string | Uint8Array): void {
    const raw = typeof frame === "string" || frame instanceof Uint8Array;
    this.socket.send(raw ? (frame as string) : JSON.stringify(frame));
  }

  /** Sends a request and waits for the frame with its `id`. */
  async ask(request: Frame): Promise<Frame> {
    this.#ids += 1;
    const id = `${this.#ids}-${Math.random()}`;
    const coming = this.take((frame) => frame["id"] === id);
    this.send({ ...request, id });
    const reply = await coming;
    expectDocumented(undocumentedFrame(reply, request["type"]));
    return reply;
  }

  /** The first frame not taken yet of that type, or that the function accepts; waits for it. Others stay. */
  take(wanted: Wanted): Promise<Frame> {
    const matches = typeof wanted === "string" ? (frame: Frame) => frame["type"] === wanted : wanted;
    const at = this.#unread.findIndex(matches);
    if (at >= 0) return Promise.resolve(this.#unread.splice(at, 1)[0] as Frame);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { matches, resolve: () => {} };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(new Error(`no such frame came: ${wanted}; unread: ${JSON.stringify(this.#unread)}`));
      }, PATIENCE_MS);
      waiter.resolve = (frame) => {
        clearTimeout(timer);
        resolve(frame);
      };
      this.#waiters.push(waiter);
    });
  }

  /** All that came so far and was not taken; what the server told before this call is in it. */
  async rest(): Promise<Frame[]> {
    await this.ask({ type: "ping" });
    if (await heard(this.socket.url)) await this.ask({ type: "ping" });
    expectDocumented(this.#fault);
    return this.#unread.splice(0);
  }

  /** Closes the socket and waits until it is closed. */
  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #receive(frame: Frame): void {
    this.seen.push(frame);
    if (frame["id"] === undefined) this.#fault ??= undocumentedFrame(frame);
    const at = this.#waiters.findIndex((waiter) => waiter.matches(frame));
    if (at >= 0) this.#waiters.splice(at, 1)[0]?.resolve(frame);
    else this.#unread.push(frame);
  }
}

function expectDocumented(fault: string | null): void {
  if (fault) throw new Error(`a frame isn't as documented: ${fault}`);
}
