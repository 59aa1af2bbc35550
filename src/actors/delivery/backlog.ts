// What one session is to be sent and its socket doesn't take yet: all of it in one order, whatever it tells of, so that
// nothing overtakes what was said before it. It is bounded: a reader for whom more waits is too slow.

import { Fifo } from "../../domain/fifo.ts";
import { limits } from "../../domain/limits.ts";
import type { Topic } from "./gateway.ts";
import { type Frame, textOf } from "./late-frame.ts";

/** A socket, as far as it takes what is sent. */
export interface Outlet {
  isFull(): boolean;
  send(text: string): void;
}

export class Backlog {
  /** The topics that the socket was taken off: what is published to them comes behind what waits. */
  readonly topics = new Set<Topic>();
  /** Somebody was told that the session is congested. */
  is_waited_for = false;
  readonly #text_bound: number;
  /** Many sessions may share a list: it is walked, and stays as it is. */
  readonly #lists = new Fifo<readonly Frame[]>();
  /** How far the first list is sent. */
  #sent = 0;
  #waiting = 0;
  #text_length = 0;
  /** Of frames that are worded late, but kept as text. */
  #kept_length = 0;

  /** `text_bound`: how much text may wait beside what is worded late. */
  constructor(text_bound: number) {
    this.#text_bound = text_bound;
  }

  /** UTF-16 code units of what waits as text; frames that are worded when they go out are shared, and little. */
  get text_length(): number {
    return this.#text_length + this.#kept_length;
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  /** False when more waits than may. */
  add(frames: readonly Frame[]): boolean {
    if (frames.length > 0) this.#lists.push(frames);
    this.#waiting += frames.length;
    for (const frame of frames) this.#count(frame, 1);
    return this.#text_length <= this.#text_bound && this.#waiting <= limits.frames_waiting;
  }

  /** Sends what the socket takes, and no more at once than leaves the others their turn. */
  pump(outlet: Outlet): void {
    for (let length = 0; length < limits.backlog_length_at_once && !outlet.isFull(); ) {
      const frame = this.#shift();
      if (frame === undefined) return;
      const text = textOf(frame);
      this.#count(frame, -1);
      length += text.length;
      outlet.send(text);
    }
  }

  #count(frame: Frame, sign: 1 | -1): void {
    if (typeof frame === "string") this.#text_length += sign * frame.length;
    else this.#kept_length += sign * (frame.kept_length ?? 0);
  }

  #shift(): Frame | undefined {
    const frame = this.#lists.first?.[this.#sent];
    if (frame === undefined) return undefined;
    this.#waiting -= 1;
    this.#sent += 1;
    if (this.#sent === this.#lists.first?.length) {
      this.#lists.shift();
      this.#sent = 0;
    }
    return frame;
  }
}
