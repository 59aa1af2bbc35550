// A user's connection to a server, over any number of sockets, as a program has it: what it asks, sends and hears, and
// the cache that is kept up to date. It ends when the program says so or the server turns the user away.

import type { Message } from "../protocol/community/entities.ts";
import { Asks, bodyOf } from "./asks.ts";
import { type Cache, type Kept, nothingKept } from "./cache.ts";
import type { Frame } from "./connection.ts";
import type {
  AskType,
  EventFrame,
  Parameters,
  Push,
  Ready,
  ReplyBody,
  ReportAdded,
  Request,
  SilentType,
  TypingStarted,
} from "./contract.ts";
import { Dialer } from "./dialer.ts";
import { Emitter } from "./emitter.ts";
import { closed, disconnected, pauseAfter, type RequestError, refusalOf } from "./errors.ts";
import { newNonce } from "./nonces.ts";
import type { AskOptions, ClientEvents, ClientOptions, ClientState, CloseReason, Draft, Readable } from "./options.ts";
import { Outbox, type OutboxEntry } from "./outbox.ts";
import { Session } from "./session.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import { keptUnder } from "./sync.ts";
import { lookAt } from "./trimming.ts";
import { onAbort, type Patience, Pauses } from "./waiting.ts";
import { onWaking } from "./waking.ts";

/** Throws a `RequestError`, `bad_request`, where `url` is no address. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

export class Client {
  readonly #settings: Settings;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #asks: Asks;
  readonly #outbox: Outbox;
  readonly #pauses: Pauses;
  readonly #dialer: Dialer;
  #state: ClientState = "connecting";
  #kept: Kept;
  #ready: Ready | null = null;
  #session: Session | null = null;
  #trouble: RequestError | null = null;
  #stopWaking: (() => void) | null = null;

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options);
    const { clock, times, bounds } = this.#settings;
    this.#pauses = new Pauses(clock);
    const stored = options.snapshot ? readSnapshot(options.snapshot) : null;
    this.#kept = stored?.kept ?? nothingKept(0, "");
    this.#asks = new Asks({
      ...{ clock, deadline_ms: times.ask_deadline_ms, retry_ms: times.retry_ms },
      onReply: (type, asked, reply) => this.#session?.takeReply(type, asked, reply),
    });
    this.#outbox = new Outbox(
      {
        add: (entry) => this.#add(entry),
        later: (refusal, run) => void this.#pauses.after(pauseAfter(refusal, times.retry_ms), run),
        onDelivered: (delivery) => this.#emitter.emit("delivery", delivery),
        most: bounds.outbox_length,
      },
      stored?.outbox ?? [],
    );
    this.#dialer = new Dialer({
      ...{ ...this.#settings, options, pauses: this.#pauses },
      onConnecting: () => this.#setState("connecting"),
      onFrame: (frame) => this.#take(frame),
      onLost: () => this.#leaveConnection(),
      onTrouble: (trouble) => {
        this.#trouble = trouble.error;
        this.#emitter.emit("trouble", trouble);
      },
    });
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Why there is no connection, or will be none any more; null while there is one, and before the first attempt. */
  get trouble(): RequestError | null {
    return this.#trouble;
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
    return this.#dialer.token;
  }

  /** Messages that are not acknowledged yet. */
  get outbox(): readonly OutboxEntry[] {
    return this.#outbox.entries();
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Begins to connect; resolves when the cache is in step for the first time, rejects when the user is turned away. The
   * signal ends the waiting, not the client.
   */
  connect({ signal }: Patience = {}): Promise<void> {
    if (this.#state === "closed") return Promise.reject(this.#ending());
    const connected = new Promise<void>((resolve, reject) => {
      const ends: (() => void)[] = [];
      const settle = (end: () => void) => {
        for (const off of ends) off();
        end();
      };
      ends.push(
        this.on("state", (state) => state === "ready" && settle(resolve)),
        this.on("closed", () => settle(() => reject(this.#ending()))),
      );
      ends.push(onAbort(signal, (error) => settle(() => reject(error))));
    });
    // Who doesn't wait for it is told by `closed`.
    connected.catch(() => {});
    if (!this.#stopWaking) {
      this.#stopWaking = onWaking(this.#settings.clock, () => this.wake());
      void this.#dialer.run().then((refusal) => refusal && this.#close(refusal.reason, refusal.error));
    }
    return this.#state === "ready" ? Promise.resolve() : connected;
  }

  /**
   * Asks, and keeps what is loaded; rejects with a `RequestError`. Waits for a connection. What makes something is
   * made once, under its nonce, however often the connection is lost in the time that there is for an ask.
   */
  ask<Name extends AskType>(
    type: Name,
    ...[parameters, options]: [...Parameters<Name>, options?: AskOptions]
  ): Promise<ReplyBody<Name>> {
    return this.#asks.ask(type, (parameters ?? {}) as Request<Name>, options as AskOptions | undefined);
  }

  /** Says what is not answered; answers whether it could be sent. A refusal comes as `refused`. */
  tell<Name extends SilentType>(type: Name, ...[parameters]: Parameters<Name>): boolean {
    return this.#dialer.connection?.tell(type, parameters ?? {}) ?? false;
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
  async settled(options: Patience = {}): Promise<void> {
    do {
      await this.#look(options);
      await this.#session?.mended(options);
    } while (!this.#session?.isWhole);
  }

  /**
   * Says which message of a channel the program shows; null, as it is without a word: the newest. Where more come than
   * are kept, those around it stay; and a page with it is kept, be there what may between it and those that are.
   */
  look(channel_id: number, message_id: number | null): void {
    lookAt(this.#kept, channel_id, message_id);
  }

  /** Has the connection looked after now, as it is when the network or the page comes back. */
  wake(): void {
    this.#dialer.wake();
  }

  /** What is kept and what is not acknowledged, for `createClient` to go on from, be it in a year. */
  snapshot(): string {
    return writeSnapshot({ kept: this.#kept, outbox: this.#outbox.entries() });
  }

  close(): void {
    this.#close("program", closed());
  }

  /** What is answered comes after all that was told; of one's own topic also after what was stored and not told yet. */
  #look(options: Patience): Promise<unknown> {
    if (!this.#kept.cache.conversations) return this.ask("ping", {}, options);
    return this.ask("get_conversations", { amount: 1, anchor: 0 }, options);
  }

  #take(frame: Frame): void {
    if (frame.type === "ready") return this.#begin(frame["data"] as Ready);
    if (frame.type === "error") return this.#emitter.emit("refused", refusalOf(frame));
    if (typeof frame["seq"] === "number") return this.#session?.take(frame as unknown as EventFrame);
    if (typeof frame["topic"] === "string")
      return this.#emitter.emit("event", frame as unknown as TypingStarted | ReportAdded);
    if (frame.type !== "pong") this.#emitter.emit("push", frame as unknown as Push);
  }

  #begin(ready: Ready): void {
    const { connection } = this.#dialer;
    if (!connection) return;
    this.#ready = ready;
    this.#trouble = null;
    if (this.#kept.user_id !== 0 && this.#kept.user_id !== ready.user.id) this.#outbox.discard();
    const { kept, changes } = keptUnder(this.#kept, ready.user.id, ready.epoch);
    this.#kept = kept;
    if (changes.length > 0) this.#emitter.emit("change", changes);
    const { clock, times, bounds } = this.#settings;
    const session = new Session({
      ...{ connection, clock, kept, bounds, retry_ms: times.retry_ms, limits: ready.limits ?? {} },
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
    const { connection } = this.#dialer;
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
  }

  #setState(state: ClientState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }

  #ending(): RequestError {
    return this.#trouble ?? closed();
  }

  #close(reason: CloseReason, error: RequestError): void {
    if (this.#state === "closed") return;
    this.#trouble = error;
    this.#setState("closed");
    this.#stopWaking?.();
    this.#asks.close();
    this.#outbox.close();
    this.#dialer.close();
    this.#pauses.end();
    this.#emitter.emit("closed", reason);
  }
}
