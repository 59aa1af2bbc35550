// The network of a simulation: connections over which frames come late, in their order, and packet by packet; a cut loses
// what is on its way. It is the server's gateway on one side, and what clients hold on the other.

import { Backlog } from "../../src/actors/delivery/backlog.ts";
import type { Gateway, PersonTopic, SessionId, Topic } from "../../src/actors/delivery/gateway.ts";
import { type Frame, textOf } from "../../src/actors/delivery/late-frame.ts";
import { type CloseReason, close_codes } from "../../src/protocol/errors.ts";
import type { ProcessTime, VirtualTime } from "./time.ts";
import type { Weather } from "./weather.ts";

/** What the client's end is told. */
export interface ClientEnd {
  frame(text: string): void;
  closed(code: number): void;
}

/** What the server's end is told. */
export interface ServerEnd {
  frame(text: string): void;
  drained(): void;
  closed(): void;
}

export interface LineParts {
  time: VirtualTime;
  weather: Weather;
  /** Where the server's end is, in one of several processes. */
  process?: ProcessTime;
}

/** Bytes on their way above which requests wait, and above which the server gives a reader up. */
const CONGESTED_BYTES = 4_000;
const TOO_SLOW_BYTES = 200_000;
const LOST_CODE = 1006;

/** One connection, both ends of it. */
export class Line {
  readonly session: SessionId;
  readonly topics = new Set<Topic>();
  /** What waits until the line takes it. */
  backlog: Backlog | null = null;
  readonly #on: LineParts;
  readonly #client: ClientEnd;
  server: ServerEnd | null = null;
  isOpenForClient = true;
  isOpenForServer = true;
  waiting_bytes = 0;
  #wasCongested = false;
  #up_ms = 0;
  #down_ms = 0;
  /** The frames of one turn travel together. */
  #packet: string[] | null = null;
  /** Until then the client reads nothing. */
  #stalled_ms = 0;

  constructor(session: SessionId, client: ClientEnd, on: LineParts) {
    this.session = session;
    this.#client = client;
    this.#on = on;
  }

  get isCongested(): boolean {
    return this.waiting_bytes > CONGESTED_BYTES;
  }

  /** The client sends. */
  say(text: string): void {
    const { time, weather } = this.#on;
    this.#up_ms = Math.max(this.#up_ms, time.now_ms + weather.networkMs());
    this.#atServer(this.#up_ms, () => {
      if (this.isOpenForServer) this.server?.frame(text);
    });
  }

  /** The server sends. */
  push(text: string): void {
    if (!this.isOpenForServer) return;
    this.waiting_bytes += text.length;
    this.#wasCongested ||= this.isCongested;
    if (this.waiting_bytes > TOO_SLOW_BYTES) return this.close("too_slow");
    if (this.#packet) return void this.#packet.push(text);
    const { time, weather } = this.#on;
    const packet = [text];
    this.#packet = packet;
    queueMicrotask(() => {
      // All of one turn: what follows in the next one is another packet.
      time.after(0, () => {
        if (this.#packet === packet) this.#packet = null;
      });
    });
    this.#down_ms = Math.max(this.#down_ms, time.now_ms + weather.networkMs(), this.#stalled_ms);
    time.at(this.#down_ms, () => this.#deliver(packet)).process = null;
  }

  #deliver(packet: string[]): void {
    if (this.#packet === packet) this.#packet = null;
    for (const text of packet) {
      this.waiting_bytes -= text.length;
      if (this.isOpenForClient) this.#client.frame(text);
    }
    if (!this.#wasCongested || this.isCongested) return;
    this.#wasCongested = false;
    this.#atServer(this.#on.time.now_ms, () => {
      if (this.isOpenForServer) this.server?.drained();
    });
  }

  #atServer(at_ms: number, task: () => void): void {
    this.#on.time.at(at_ms, task).process = this.#on.process ?? null;
  }

  /** The client reads nothing for so long. */
  stall(for_ms: number): void {
    this.#stalled_ms = this.#on.time.now_ms + for_ms;
  }

  /** The connection breaks: the client sees it now, the server after a while. What is on its way is lost. */
  cut(server_sees_ms: number): void {
    if (!this.isOpenForClient) return;
    this.isOpenForClient = false;
    this.#client.closed(LOST_CODE);
    this.#atServer(this.#on.time.now_ms + server_sees_ms, () => this.#endForServer());
  }

  /** The server closes it, in good order: what was sent before arrives. */
  close(reason: CloseReason): void {
    if (!this.isOpenForServer) return;
    const { code } = close_codes[reason];
    const { time, weather } = this.#on;
    this.#packet = null;
    this.#down_ms = Math.max(this.#down_ms, time.now_ms + weather.networkMs(), this.#stalled_ms);
    time.at(this.#down_ms, () => {
      if (!this.isOpenForClient) return;
      this.isOpenForClient = false;
      this.#client.closed(code);
    }).process = null;
    this.#endForServer();
  }

  #endForServer(): void {
    if (!this.isOpenForServer) return;
    this.isOpenForServer = false;
    this.server?.closed();
  }
}

/** The gateway of one process of the server. */
export class SimulatedGateway implements Gateway {
  /** Told of each session that has gone. */
  onForgotten: (session: SessionId) => void = () => {};
  readonly #lines = new Map<SessionId, Line>();
  readonly #topics = new Map<Topic, Set<Line>>();

  add(line: Line): void {
    this.#lines.set(line.session, line);
  }

  remove(line: Line): void {
    if (this.#lines.delete(line.session)) this.onForgotten(line.session);
    for (const topic of line.topics) this.#leave(line, topic);
  }

  get lines(): Line[] {
    return [...this.#lines.values()];
  }

  send(session: SessionId, frame: string): void {
    const line = this.#lines.get(session);
    if (line) this.#push(line, frame);
  }

  sendAll(session: SessionId, frames: readonly Frame[]): void {
    const line = this.#lines.get(session);
    if (!line) return;
    line.backlog ??= new Backlog(TOO_SLOW_BYTES);
    for (const frame of frames) this.#push(line, frame);
    this.drained(session);
  }

  /** The line takes more. */
  drained(session: SessionId): void {
    const line = this.#lines.get(session);
    line?.backlog?.pump({ send: (text) => line.push(text), isFull: () => line.isCongested });
    if (line?.backlog?.isEmpty) line.backlog = null;
  }

  #push(line: Line, frame: Frame): void {
    if (line.backlog) return void (line.backlog.add([frame]) || line.close("too_slow"));
    line.push(textOf(frame));
  }

  sendTogether(session: SessionId, frame: string): void {
    this.send(session, frame);
  }

  publish(topic: Topic, frame: Frame, but_not?: SessionId): void {
    const text = textOf(frame);
    for (const line of [...(this.#topics.get(topic) ?? [])]) if (line.session !== but_not) this.#push(line, text);
  }

  isSubscribed(session: SessionId, topic: Topic): boolean {
    return this.#lines.get(session)?.topics.has(topic) ?? false;
  }

  subscribers(topic: PersonTopic): readonly SessionId[] {
    return [...(this.#topics.get(topic) ?? [])].map(({ session }) => session);
  }

  people(session: SessionId): Iterable<number> {
    const topics = this.#lines.get(session)?.topics ?? [];
    const about = [...topics].filter((topic) => /^(self|friends|user):/.test(topic));
    return new Set(about.map((topic) => Number(topic.slice(topic.indexOf(":") + 1))));
  }

  isOpen(session: SessionId): boolean {
    return this.#lines.has(session);
  }

  subscriptions(session: SessionId): number {
    return this.#lines.get(session)?.topics.size ?? 0;
  }

  subscribe(session: SessionId, topic: Topic): void {
    const line = this.#lines.get(session);
    if (!line) return;
    line.topics.add(topic);
    const lines = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, lines.add(line));
  }

  unsubscribe(session: SessionId, topic: Topic): void {
    const line = this.#lines.get(session);
    if (line) this.#leave(line, topic);
  }

  #leave(line: Line, topic: Topic): void {
    line.topics.delete(topic);
    const lines = this.#topics.get(topic);
    lines?.delete(line);
    if (lines?.size === 0) this.#topics.delete(topic);
  }

  isCongested(session: SessionId): boolean {
    const line = this.#lines.get(session);
    return line !== undefined && (line.backlog !== null || line.isCongested);
  }

  closeAll(reason: CloseReason): void {
    for (const line of this.lines) line.close(reason);
  }

  close(session: SessionId, reason: CloseReason): void {
    this.#lines.get(session)?.close(reason);
  }
}
