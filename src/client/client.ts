// A user's connection to a server, over any number of sockets: it comes back after each loss, has the cache brought up
// to date, and sends again what was not acknowledged. It ends when the program says so or the server turns the user away.

import type { Message } from "../protocol/community/entities.ts";
import { Asks, bodyOf } from "./asks.ts";
import { type Cache, type Kept, nothingKept } from "./cache.ts";
import { Connection, type Frame } from "./connection.ts";
import type {
  AskType,
  EventFrame,
  Parameters,
  Push,
  Ready,
  ReplyBody,
  Request,
  SilentType,
  TypingStarted,
} from "./contract.ts";
import { Emitter } from "./emitter.ts";
import { closed, disconnected, pauseAfter, RequestError } from "./errors.ts";
import { callHttp } from "./http.ts";
import { newNonce } from "./nonces.ts";
import type { ClientEvents, ClientOptions, ClientState, CloseReason, Draft, Readable } from "./options.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { Session } from "./session.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import {
  backoffDelay,
  type Clock,
  default_times,
  type SocketConstructor,
  system_clock,
  type Times,
} from "./surroundings.ts";
import { keptUnder } from "./sync.ts";

const final_codes: Readonly<Record<number, CloseReason>> = {
  4001: "unauthorized",
  4002: "revoked",
  4010: "too_many_sessions",
};

export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

export class Client {
  readonly #options: ClientOptions;
  readonly #times: Times;
  readonly #clock: Clock;
  readonly #WebSocket: SocketConstructor;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #asks: Asks;
  readonly #outbox: Outbox;
  #state: ClientState = "connecting";
  #kept: Kept;
  #token: string | undefined;
  #ready: Ready | null = null;
  #connection: Connection | null = null;
  #session: Session | null = null;
  #started = false;
  readonly #pauses = new Set<() => void>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#times = { ...default_times, ...definedOf(options) };
    this.#clock = options.clock ?? system_clock;
    this.#WebSocket = webSocketOf(options);
    this.#token = options.token;
    const stored = options.snapshot ? readSnapshot(options.snapshot) : null;
    this.#kept = stored?.kept ?? nothingKept(0, "");
    this.#asks = new Asks({
      clock: this.#clock,
      deadline_ms: this.#times.ask_deadline_ms,
      retry_ms: this.#times.retry_ms,
      onReply: (type, asked, reply) => this.#session?.takeReply(type, asked, reply),
    });
    this.#outbox = new Outbox(
      {
        add: (entry) => this.#add(entry),
        later: (refusal, run) => this.#later(pauseAfter(refusal, this.#times.retry_ms), run),
        onDelivered: (delivery) => this.#emitter.emit("delivery", delivery),
      },
      stored?.outbox ?? [],
    );
  }

  get state(): ClientState {
    return this.#state;
  }

  /** What was loaded, kept up to date. */
  get cache(): Readable<Cache> {
    return this.#kept.cache;
  }

  /** Who one is, and what the server allows; null before the first connection. */
  get ready(): Ready | null {
    return this.#ready;
  }

  /** To be kept for the next start in place of the password. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Messages that are not acknowledged yet. */
  get outbox(): readonly OutboxEntry[] {
    return this.#outbox.entries();
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Begins to connect; resolves when the cache is in step for the first time, rejects when the user is turned away. */
  connect(): Promise<void> {
    if (this.#state === "closed") return Promise.reject(closed());
    const connected = new Promise<void>((resolve, reject) => {
      const stop = [
        this.on("state", (state) => {
          if (state !== "ready") return;
          for (const off of stop) off();
          resolve();
        }),
        this.on("closed", (reason) => {
          for (const off of stop) off();
          reject(reason === "program" ? closed() : new RequestError("unauthorized", `The server says: ${reason}.`));
        }),
      ];
    });
    // Who doesn't wait for it is told by `closed`.
    connected.catch(() => {});
    if (!this.#started) {
      this.#started = true;
      void this.#run();
    }
    return this.#state === "ready" ? Promise.resolve() : connected;
  }

  /**
   * Asks, and keeps what is loaded; rejects with a `RequestError`. Waits for a connection. What makes something is
   * made once, under its nonce, however often the connection is lost in the time that there is for an ask.
   */
  ask<Name extends AskType>(type: Name, ...[parameters]: Parameters<Name>): Promise<ReplyBody<Name>> {
    return this.#asks.ask(type, parameters ?? ({} as Request<Name>));
  }

  /** Says what is not answered; answers whether it could be sent. A refusal comes as `refused`. */
  tell<Name extends SilentType>(type: Name, ...[parameters]: Parameters<Name>): boolean {
    return this.#connection?.tell(type, parameters ?? {}) ?? false;
  }

  /**
   * Adds a message, once, however often the connection is lost. Resolves when it is durable; rejects when it is
   * refused, or the client closes before: then it stays in the outbox.
   */
  send(channel_id: number, draft: string | Draft): Promise<Message> {
    if (this.#state === "closed") return Promise.reject(closed());
    const parts = typeof draft === "string" ? { content: draft } : draft;
    return this.#outbox.send({ ...parts, channel_id, nonce: parts.nonce ?? newNonce() });
  }

  /** Resolves when all that is kept is as the server has it at this moment. */
  async settled(): Promise<void> {
    do {
      await this.ask("ping");
      await this.#session?.mended();
    } while (!this.#session?.isWhole);
  }

  /** What is kept and what is not acknowledged, for `createClient` to go on from, be it in a year. */
  snapshot(): string {
    return writeSnapshot({ kept: this.#kept, outbox: this.#outbox.entries() });
  }

  close(): void {
    this.#close("program");
  }

  /** Connects again and again until it is over. */
  async #run(): Promise<void> {
    for (let failed = 0; this.#state !== "closed"; ) {
      this.#setState("connecting");
      if (failed > 0) await this.#pause(backoffDelay(failed, this.#times, this.#options.random ?? Math.random));
      const began_ms = this.#clock.now();
      const reason = await this.#attempt();
      if (reason) return this.#close(reason);
      failed = this.#clock.now() - began_ms >= this.#times.stable_ms ? 1 : failed + 1;
    }
  }

  /** One connection, from log-in to its end; the reason when there should be no other. */
  async #attempt(): Promise<CloseReason | null> {
    if (this.#state === "closed") return null;
    const had_token = this.#token !== undefined;
    const refused = await this.#logIn();
    if (refused !== null) return refused ? "unauthorized" : null;
    if (this.#isClosed()) return null;
    const code = await this.#connect(this.#token ?? "");
    this.#leaveConnection();
    if (code !== 4001 || !had_token || !this.#options.credentials) return final_codes[code] ?? null;
    this.#token = undefined;
    return null;
  }

  /** Null when there is a token; else whether it was refused for good. */
  async #logIn(): Promise<boolean | null> {
    if (this.#token !== undefined) return null;
    const { url, credentials, fetch } = this.#options;
    if (!credentials) return true;
    try {
      const { token } = await callHttp("login", { url, body: credentials, ...(fetch && { fetch }) });
      this.#token = token;
      return null;
    } catch (error) {
      return final_refusals.has((error as RequestError).code);
    }
  }

  #connect(token: string): Promise<number> {
    const address = `${this.#options.url.replace(/^http/, "ws").replace(/\/+$/, "")}/subscribe`;
    return new Promise((resolve) => {
      this.#connection = new Connection(`${address}?auth=${encodeURIComponent(token)}`, {
        ...{ WebSocket: this.#WebSocket, clock: this.#clock, times: this.#times },
        onFrame: (frame) => this.#take(frame),
        onEnd: resolve,
      });
    });
  }

  #take(frame: Frame): void {
    if (frame.type === "ready") return this.#begin(frame["data"] as Ready);
    if (frame.type === "error") {
      const { code, message, details } = frame as unknown as RequestError;
      return this.#emitter.emit("refused", new RequestError(code, message, details));
    }
    if (typeof frame["seq"] === "number") return this.#session?.take(frame as unknown as EventFrame);
    if (typeof frame["topic"] === "string") return this.#emitter.emit("event", frame as unknown as TypingStarted);
    if (frame.type !== "pong") this.#emitter.emit("push", frame as unknown as Push);
  }

  #begin(ready: Ready): void {
    const connection = this.#connection;
    if (!connection) return;
    this.#ready = ready;
    if (this.#kept.user_id !== 0 && this.#kept.user_id !== ready.user.id) this.#outbox.discard();
    const { kept, changes } = keptUnder(this.#kept, ready.user.id, ready.epoch);
    this.#kept = kept;
    if (changes.length > 0) this.#emitter.emit("change", changes);
    const session = new Session({
      ...{ connection, clock: this.#clock, retry_ms: this.#times.retry_ms, limits: ready.limits, kept },
      onChanges: (changes) => this.#emitter.emit("change", changes),
      onEvent: (event) => this.#emitter.emit("event", event),
      onCaughtUp: () => {
        this.#asks.resume(connection);
        this.#outbox.resume();
        this.#setState("ready");
      },
    });
    this.#session = session;
    this.#setState("syncing");
    const whole = () => {
      if (this.#session === session) this.#emitter.emit("synced", ready);
    };
    // What keeps it from catching up ends the connection, which begins anew.
    session.catchUp().then(whole, () => {});
  }

  async #add(entry: OutboxEntry): Promise<Message> {
    const connection = this.#connection;
    if (!connection) throw disconnected();
    const frame = await new Promise<Frame>((onReply, onFailure) =>
      connection.request({ type: "add_message", parameters: entry, onReply, onFailure }),
    );
    return (bodyOf("add_message", frame) as ReplyBody<"add_message">).message;
  }

  #leaveConnection(): void {
    this.#asks.pause();
    this.#outbox.pause();
    this.#session?.end();
    this.#session = null;
    this.#connection = null;
  }

  #setState(state: ClientState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #close(reason: CloseReason): void {
    if (this.#state === "closed") return;
    this.#setState("closed");
    this.#asks.close();
    this.#outbox.close();
    this.#connection?.end(1000);
    for (const wake of [...this.#pauses]) wake();
    this.#emitter.emit("closed", reason);
  }

  #pause(pause_ms: number): Promise<void> {
    return new Promise((resolve) => this.#later(pause_ms, resolve));
  }

  /** Runs it after the pause, or at once when the client closes. */
  #later(pause_ms: number, run: () => void): void {
    const wake = () => {
      cancel();
      this.#pauses.delete(wake);
      run();
    };
    const cancel = this.#clock.after(pause_ms, wake);
    this.#pauses.add(wake);
  }
}

/** Asking again would change nothing. */
const final_refusals: ReadonlySet<RequestError["code"]> = new Set(["unauthorized", "forbidden", "bad_request"]);

function webSocketOf({ WebSocket = globalThis.WebSocket as unknown as SocketConstructor }: ClientOptions) {
  if (!WebSocket) throw new Error("This runtime has no WebSocket: hand one in as an option.");
  return WebSocket;
}

/** An option that is there but undefined is none. */
function definedOf(options: ClientOptions): Partial<Times> {
  const names = Object.keys(default_times) as (keyof Times)[];
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}
