// A server made of nothing: sockets whose other end is the test, and a clock that goes when the test says so.

import { type Client, type ClientOptions, type Clock, createClient, type Socket } from "../../src/client/index.ts";
import type { Frame } from "../harness/client.ts";

export const ME = 7;
const EPOCH = "first";

export class FakeClock implements Clock {
  #now_ms = 0;
  #asleep_ms = 0;
  readonly #timers = new Set<{ at_ms: number; run: () => void }>();

  now(): number {
    return this.#now_ms;
  }

  wall(): number {
    return this.#now_ms + this.#asleep_ms;
  }

  /** The machine sleeps, and its timers with it. */
  sleep(duration_ms: number): void {
    this.#asleep_ms += duration_ms;
  }

  after(delay_ms: number, run: () => void): () => void {
    const timer = { at_ms: this.#now_ms + delay_ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets the time pass, and what comes of it. */
  async pass(duration_ms: number): Promise<void> {
    const end_ms = this.#now_ms + duration_ms;
    for (;;) {
      await turn();
      const due = [...this.#timers].filter(({ at_ms }) => at_ms <= end_ms).sort((a, b) => a.at_ms - b.at_ms)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now_ms = due.at_ms;
      due.run();
    }
    this.#now_ms = end_ms;
  }
}

/** All that is under way in this turn is done. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class FakeSocket implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly protocols: string[];
  /** What the client sent, in order, and has not been looked at. */
  readonly sent: Frame[] = [];
  closed = false;

  constructor(url: string, protocols: string[] = []) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  /** Sends the client a frame. */
  push(frame: Frame): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as never);
  }

  ready(more: { epoch?: string; limits?: Record<string, number>; user_id?: number } = {}): void {
    const { epoch = EPOCH, limits = {}, user_id = ME } = more;
    this.push({
      type: "ready",
      data: { user: { id: user_id, name: "me" }, session_id: 1, epoch, protocol: 1, limits },
    });
  }

  event(type: string, topic: string, seq: number, data: object): void {
    this.push({ type, topic, seq, data });
  }

  /** The next request, which is to be of that type. */
  async next(type: string): Promise<Frame> {
    await turn();
    const frame = this.sent.shift();
    if (frame?.["type"] !== type) throw new Error(`expected ${type}, got ${JSON.stringify(frame)}`);
    return frame;
  }

  /** Answers the next request, which is to be of that type, and returns it. */
  async answer(type: string, data: object): Promise<Frame> {
    const { id, ...request } = await this.next(type);
    this.push({ id, type, data });
    await turn();
    return request;
  }

  async refuse(type: string, code: string, details?: object): Promise<void> {
    const { id } = await this.next(type);
    this.push({ id, type: "error", code, message: "No.", details });
    await turn();
  }

  /** The other side is there, though it has not said who one is. */
  open(): void {
    this.onopen?.({} as never);
  }

  /** The connection ends. */
  drop(code = 1006): void {
    this.onclose?.({ code } as never);
  }

  /** It isn't opened. */
  fail(code?: string): void {
    this.onerror?.({ error: { code } } as never);
    this.drop();
  }
}

export interface Fake {
  client: Client;
  clock: FakeClock;
  /** All that were opened, the newest last. */
  sockets: FakeSocket[];
  /** The newest one. */
  socket(): FakeSocket;
}

const nobody = async () => {
  throw new Error("Nobody is there.");
};

export function fakeClient(options: Partial<ClientOptions> = {}): Fake {
  const [clock, sockets] = [new FakeClock(), [] as FakeSocket[]];
  class Opened extends FakeSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const socket = () => {
    const newest = sockets.at(-1);
    if (!newest) throw new Error("no socket was opened");
    return newest;
  };
  const client = createClient({
    ...{ url: "http://orchard.test", token: "token", WebSocket: Opened, clock, random: () => 0.5, fetch: nobody },
    ...options,
  });
  return { client, clock, sockets, socket };
}

/** The same, connected. */
export async function connectedFake(options: Partial<ClientOptions> = {}): Promise<Fake> {
  const fake = fakeClient(options);
  const connected = fake.client.connect();
  await turn();
  fake.socket().ready();
  await connected;
  return fake;
}

/** The connection is lost, and the next is open: it has said who it is, but not yet what happened. */
export async function comeBack(fake: Fake, more?: Parameters<FakeSocket["ready"]>[0]): Promise<FakeSocket> {
  const opened = fake.sockets.length;
  fake.socket().drop();
  while (fake.sockets.length === opened) await fake.clock.pass(50);
  fake.socket().ready(more);
  await turn();
  return fake.socket();
}
