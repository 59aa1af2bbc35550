// What one node hears of another. Its messages are handed on in their order, each once, and none is ever skipped: where
// one is missing, the stream is lost, and nothing of it is heard any more until another begins.

import { type BeatMessage, decodeItems, type Item, type ItemsMessage } from "./envelope.ts";

export interface IncomingOptions {
  /** All that was said in one round. */
  onItems(items: readonly Item[]): void;
  /** Something that was said will never be heard. Once for each stream. */
  onLost(): void;
}

export class Incoming {
  readonly #options: IncomingOptions;
  /** 0 before anything was heard. */
  #stream = 0;
  #count = 0;
  #is_lost = false;
  #pieces: Uint8Array[] = [];

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** How far it has been heard, and in which stream something is missing, for a beat. */
  get state(): Pick<BeatMessage, "heard_stream" | "heard_count" | "wants_anew"> {
    return {
      heard_stream: this.#stream,
      heard_count: this.#count,
      wants_anew: this.#is_lost ? this.#stream : 0,
    };
  }

  onMessage({ stream, count, more, payload }: ItemsMessage): void {
    this.#turnTo(stream);
    if (stream < this.#stream || this.#is_lost || count <= this.#count) return;
    if (count !== this.#count + 1) return this.#lose();
    this.#count = count;
    this.#pieces.push(payload);
    if (more) return;
    const items = decodeItems(this.#pieces.length === 1 ? payload : joined(this.#pieces));
    this.#pieces = [];
    if (items) this.#options.onItems(items);
    else this.#lose();
  }

  /** The last that was said has this number: what was said before it and not heard is lost. */
  onBeat({ stream, count }: BeatMessage): void {
    this.#turnTo(stream);
    if (stream === this.#stream && !this.#is_lost && count > this.#count) this.#lose();
  }

  #turnTo(stream: number): void {
    if (stream <= this.#stream) return;
    const was_whole = this.#stream !== 0 && !this.#is_lost;
    this.#stream = stream;
    this.#count = 0;
    this.#is_lost = false;
    this.#pieces = [];
    // The other broke off the one before.
    if (was_whole) this.#options.onLost();
  }

  #lose(): void {
    this.#is_lost = true;
    this.#pieces = [];
    this.#options.onLost();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
