// A client's device: the connection it has or hasn't, what it asks on it, and what it keeps. Whatever breaks the protocol
// on its way in is a fault.

import type { Frame, Json } from "../harness/client.ts";
import { Copy } from "./copy.ts";
import type { House } from "./house.ts";
import type { Line } from "./network.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";

export interface DeviceParts {
  house: House;
  time: VirtualTime;
  trace: Trace;
  /** Something that must not happen did. */
  onFault(words: string): void;
}

interface Asked {
  request: Frame;
  resolve(reply: Frame): void;
}

/** The server answers each request within ten seconds; those of one session wait for each other. */
const DEADLINE_MS = 10_000;
const SLACK_MS = 5_000;
/** What comes right after the greeting waits until the friends are listed, which may take its time. */
const GREETING_MS = 25_000;
const OPENING_MS = 30_000;
const INSISTING_MS = 500;
const TOLD_LENGTH = 220;
const TOKEN_CODES = [4001, 4002];

/** What came where the connection ended first. */
export const CLOSED: Frame = { type: "closed" };

export class Device {
  readonly name: string;
  readonly user_id: number;
  readonly copy: Copy;
  token: string;
  /** Its token is no good any more. */
  isLoggedOut = false;
  /** Nobody takes it up again before the end. */
  isLaidAside = false;
  /** It has greeted and caught up: what it keeps is kept up to date. */
  isCurrent = false;
  isBeingOpened = false;
  line: Line | null = null;
  /** Told when a connection has ended, unless it is just being opened. */
  onClosed: () => void = () => {};
  readonly #on: DeviceParts;
  readonly #asked = new Map<string, Asked>();
  #numbers = 0;
  #ready: PromiseWithResolvers<Frame> | null = null;
  /** What to ask `sync` about, of what was kept when the connection began; null for a device that keeps nothing. */
  #kept_topics: Record<string, number> | null = null;
  /** Of this connection: the last seq of each topic, and the events. */
  #seqs = new Map<string, number>();
  #events = new Set<string>();
  /** Topics of which it may or may not be told: of a load of them, it wasn't told the end. */
  #maybe = new Set<string>();
  #hasSynced = false;

  constructor(name: string, user_id: number, token: string, on: DeviceParts) {
    this.name = name;
    this.user_id = user_id;
    this.token = token;
    this.#on = on;
    this.copy = new Copy(user_id);
  }

  get isOpen(): boolean {
    return this.line?.isOpenForClient ?? false;
  }

  /** Connects, and catches up where it has been before; false where that came to nothing. */
  async open(): Promise<boolean> {
    const { house, time } = this.#on;
    this.#seqs = new Map();
    this.#events = new Set();
    this.#maybe = new Set();
    this.isCurrent = false;
    this.#ready = Promise.withResolvers();
    this.line = house.connect(this.token, { frame: (text) => this.#hear(text), closed: (code) => this.#closed(code) });
    if (!this.line) return false;
    this.copy.connected();
    const line = this.line;
    time.after(OPENING_MS, () => {
      if (this.line === line && line.isOpenForClient && this.#ready) this.#fault("it was never greeted");
    });
    const ready = await this.#ready.promise;
    if (ready === CLOSED) return false;
    const topics = this.#kept_topics;
    if (topics && !(await this.#insist("sync", { epoch: ready["data"].epoch, topics }))) return false;
    this.#hasSynced = true;
    // Of servers whose seq it doesn't know, it heard only their names.
    if (!this.copy.isListed && !(await this.#insist("get_servers", {}))) return false;
    this.isCurrent = await this.#insist("subscribe", { topics: ["self"] });
    return this.isCurrent;
  }

  /** Asks until it is answered; false when the connection ends. */
  async #insist(type: string, data: Json): Promise<boolean> {
    for (;;) {
      const reply = await this.ask(type, data);
      if (reply["type"] === type) return true;
      if (reply === CLOSED) return false;
      if (reply["code"] !== "unavailable") this.#fault(`${type} is answered ${reply["code"]}`);
      await this.#on.time.sleep(INSISTING_MS);
    }
  }

  /** The reply, or CLOSED. */
  ask(type: string, data: Json = {}): Promise<Frame> {
    return this.send({ type, data });
  }

  /** The same for a frame as it is: the console has its data beside the type. */
  send(request: Frame): Promise<Frame> {
    const { line } = this;
    if (!line?.isOpenForClient) return Promise.resolve(CLOSED);
    this.#numbers += 1;
    const id = String(this.#numbers);
    const { promise, resolve } = Promise.withResolvers<Frame>();
    this.#asked.set(id, { request, resolve });
    const text = JSON.stringify({ ...request, id });
    this.#note("says", text);
    line.say(text);
    const patience_ms = DEADLINE_MS * this.#asked.size + SLACK_MS + (this.isCurrent ? 0 : GREETING_MS);
    this.#on.time.after(patience_ms, () => {
      if (this.#asked.has(id)) this.#fault(`no answer within ${patience_ms} ms to ${text.slice(0, TOLD_LENGTH)}`);
    });
    return promise;
  }

  /** Says something that has no answer where it goes well. */
  tell(request: Frame): void {
    this.line?.say(JSON.stringify(request));
  }

  /** Which login its token stands for. */
  get login(): number {
    if (this.token.startsWith("bot.")) return Number(this.token.split(".")[1]);
    return Number(JSON.parse(Buffer.from(this.token.split(".")[1] ?? "", "base64url").toString()).jti);
  }

  cut(server_sees_ms: number): void {
    this.#note("is cut", `the server sees it after ${server_sees_ms.toFixed(0)} ms`);
    this.line?.cut(server_sees_ms);
  }

  #closed(code: number): void {
    this.#note("closed", String(code));
    if (TOKEN_CODES.includes(code)) this.isLoggedOut = true;
    this.isCurrent = false;
    this.line = null;
    this.#ready?.resolve(CLOSED);
    this.#ready = null;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { resolve } of asked) resolve(CLOSED);
    if (!this.isBeingOpened) this.onClosed();
  }

  #hear(text: string): void {
    this.#note("hears", text);
    const frame: Frame = JSON.parse(text);
    if (frame["type"] === "ready") {
      // Now: what is told from here on is no part of the copy that is to be caught up.
      this.#kept_topics = this.#hasSynced ? this.copy.heard() : null;
      this.#ready?.resolve(frame);
      this.#ready = null;
    }
    const id: string | undefined = frame["id"];
    const asked = id === undefined ? undefined : this.#asked.get(id);
    if (id !== undefined && !asked) this.#fault(`a second answer, or to nobody: ${text}`);
    if (id !== undefined) this.#asked.delete(id);
    if (frame["seq"] !== undefined && typeof frame["topic"] === "string") this.#expectOrder(frame, text);
    if (frame["code"] === "internal") this.#fault(`an answer is internal: ${JSON.stringify(asked?.request)}`);
    this.copy.take(frame, asked?.request);
    if (frame["code"] === "unavailable") this.#loadMayHaveBegun(asked?.request);
    const isExpected = this.#maybe.has(frame["topic"]);
    for (const words of this.copy.faults.splice(0)) if (!isExpected) this.#fault(words);
    asked?.resolve(frame);
  }

  /** What was answered too late may be told of all the same. */
  #loadMayHaveBegun(request: Frame | undefined): void {
    const { channel_id, server_id } = request?.["data"] ?? {};
    if (channel_id) this.#maybe.add(`channel:${channel_id}`);
    if (server_id) this.#maybe.add(`server:${server_id}`);
  }

  #expectOrder({ topic, seq }: Frame, text: string): void {
    const last = this.#seqs.get(topic) ?? 0;
    if (seq < last) this.#fault(`of ${topic}, ${seq} comes after ${last}: ${text}`);
    if (this.#events.has(text)) this.#fault(`an event comes twice: ${text}`);
    this.#events.add(text);
    this.#seqs.set(topic, seq);
  }

  #fault(words: string): void {
    this.#on.onFault(`${this.name}: ${words}`);
  }

  #note(what: string, text: string): void {
    this.#on.trace.note(this.name, `${what} ${text}`);
  }
}
