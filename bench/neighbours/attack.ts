// What an attack is, and what whoever attacks can do: open sessions, ask as fast as the limits allow, and go on until
// told to stop. It stays within the limits, since beyond them it would be refused; where it is refused it slows down.

import { limits, rates } from "../../src/domain/limits.ts";
import { serverId, tokenOf } from "../seed.ts";
import { LoadSocket, type Reply } from "../socket.ts";
import type { Land, Own, Size } from "./land.ts";

export interface Attack {
  name: string;
  /** What one or few accounts of one address do, in a line. */
  title: string;
  /** What it wants to find in the database. */
  seed?(land: Land, own: Own, size: Size): void;
  /** Makes ready, calls `begin`, and returns; what it has set going ends with the attacker. */
  run(by: Attacker): Promise<void>;
}

const TICK_MS = 25;
/** How long it is silent after a refusal. */
const PAUSE_MS = 500;

export class Attacker {
  readonly origin: string;
  readonly own: Own;
  readonly size: Size;
  /** What became of what was asked, by error code or `ok`. */
  readonly answers: Record<string, number> = {};
  readonly #address: string;
  readonly #sockets: LoadSocket[] = [];
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #ended = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  #tick = 0;

  constructor(origin: string, address: string, own: Own, size: Size) {
    this.origin = origin;
    this.own = own;
    this.size = size;
    this.#address = address;
  }

  get server_id(): number {
    return serverId(this.own.server);
  }

  /** When it has made ready. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get is_over(): boolean {
    return this.#ended.signal.aborted;
  }

  begin(): void {
    this.#begun.resolve();
  }

  /** An open session of one of its accounts. */
  async session(account = 0): Promise<LoadSocket> {
    const socket = await LoadSocket.open(this.origin, `auth=${await this.token(account)}`, this.#address);
    socket.onClose = () => this.#count("closed");
    this.#sockets.push(socket);
    return socket;
  }

  sessions(count: number, account = 0): Promise<LoadSocket[]> {
    return Promise.all(Array.from({ length: count }, () => this.session(account)));
  }

  token(account = 0): Promise<string> {
    return tokenOf(this.own.user(account));
  }

  /** Does it again and again until the end. */
  every(interval_ms: number, work: () => unknown): void {
    this.#timers.push(setInterval(work, interval_ms));
  }

  /**
   * Has the sessions of one account ask as much as they may, what each costs so many tokens: all that they have saved at
   * once, and then what is refilled.
   */
  ask(sockets: readonly LoadSocket[], cost: number, request: (at: number) => [type: string, data: object]): void {
    this.spend(sockets, cost, (socket, at) => void socket.post(...request(at)));
  }

  /** The same with frames of any kind. */
  spend(sockets: readonly LoadSocket[], cost: number, send: (socket: LoadSocket, at: number) => void): void {
    const { session_requests: session, user_requests: user } = rates;
    const share = Math.min(session.burst, user.burst / sockets.length - limits.session_cost);
    const per_ms = Math.min(session.per_s, user.per_s / sockets.length) / 1000;
    const purses = sockets.map((socket) => new Purse(socket, share, per_ms, cost));
    let at = 0;
    for (const purse of purses) {
      purse.socket.onReply = (_, bytes, start, end) => {
        const code = codeOf(bytes, start, end);
        this.#count(code);
        if (code === "rate_limited") purse.refused();
      };
    }
    const go = () => {
      for (const purse of purses) {
        for (let count = purse.take(); count > 0; count -= 1) {
          send(purse.socket, at);
          at += 1;
        }
      }
    };
    go();
    this.every(TICK_MS, go);
  }

  /** Asks and waits for the reply. */
  async demand(socket: LoadSocket, type: string, data: object): Promise<Reply> {
    const reply = await socket.ask(type, data);
    this.#count(reply["type"] === "error" ? String(reply["code"]) : "ok");
    return reply;
  }

  /** Does so many at the same time, each again when it is done. */
  loop(width: number, work: (at: number) => Promise<unknown>): void {
    const worker = async () => {
      while (!this.is_over) {
        this.#tick += 1;
        await work(this.#tick);
      }
    };
    for (let at = 0; at < width; at += 1) void worker();
  }

  /** A call below the API's prefix; null when the server let go of it. */
  async call(method: string, path: string, body?: RequestInit["body"], headers: Record<string, string> = {}) {
    const from = { "x-forwarded-for": this.#address, ...headers };
    try {
      const init = { method, headers: from, signal: this.#ended.signal, ...(body === undefined ? {} : { body }) };
      const response = await fetch(`${this.origin}/api/v1${path}`, init);
      await response.arrayBuffer();
      this.#count(response.ok ? "ok" : String(response.status));
      // A loop doesn't spin on a refusal.
      if (response.status === 429) await Bun.sleep(PAUSE_MS);
      return response.status;
    } catch {
      this.#count("broken_off");
      await Bun.sleep(TICK_MS);
      return null;
    }
  }

  atTheEnd(work: () => void): void {
    this.#ended.signal.addEventListener("abort", work);
  }

  end(): void {
    this.#ended.abort();
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) {
      socket.onClose = null;
      socket.drop();
    }
  }

  #count(what: string): void {
    this.answers[what] = (this.answers[what] ?? 0) + 1;
  }
}

/** What one session may still ask. */
class Purse {
  readonly socket: LoadSocket;
  readonly #per_ms: number;
  readonly #most: number;
  #cost: number;
  #tokens: number;
  #at_ms = performance.now();

  constructor(socket: LoadSocket, tokens: number, per_ms: number, cost: number) {
    this.socket = socket;
    this.#tokens = tokens;
    this.#most = tokens;
    this.#per_ms = per_ms;
    this.#cost = cost;
  }

  /** How many requests it can pay for now. */
  take(): number {
    const now_ms = performance.now();
    this.#tokens = Math.min(this.#most, this.#tokens + (now_ms - this.#at_ms) * this.#per_ms);
    this.#at_ms = now_ms;
    if (this.socket.closed || this.socket.is_backed_up) return 0;
    const count = Math.max(0, Math.floor(this.#tokens / this.#cost));
    this.#tokens -= count * this.#cost;
    return count;
  }

  /** What it asks costs more than it thought. */
  refused(): void {
    this.#tokens = Math.min(this.#tokens, -PAUSE_MS * this.#per_ms);
    this.#cost *= 1.05;
  }
}

/** The error code of a reply, or `ok`. */
function codeOf(bytes: Buffer, start: number, end: number): string {
  const head = bytes.toString("latin1", start, Math.min(end, start + 120));
  return head.includes('"type":"error"') ? (/"code":"(\w+)"/.exec(head)?.[1] ?? "error") : "ok";
}

/** Its reply, when it must not be refused. */
export function demanded(reply: Reply): Reply {
  if (reply["type"] === "error") throw new Error(`an attack can't be made ready: ${JSON.stringify(reply)}`);
  return reply;
}
