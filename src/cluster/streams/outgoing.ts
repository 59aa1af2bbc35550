// What one node says to another: a stream of numbered messages. All that is said before it is flushed goes in one
// message, since each costs a write and a read. What the other has not said to have heard is counted, and bounded:
// beyond, the stream is broken off, as it is when the other lacks something of it, and a new one begins, empty.

import { Fifo } from "../../domain/fifo.ts";
import {
  type BeatMessage,
  encodeMessage,
  type Item,
  line_bytes,
  type Mark,
  type PeerId,
  payloadsOf,
  wordItems,
} from "./envelope.ts";

export interface OutgoingOptions {
  me: PeerId;
  /** The longest message that is carried, in bytes. */
  message_bytes: number;
  /** Said and not yet heard, in bytes; beyond it the stream is broken off. */
  waiting_bytes: number;
  publish(bytes: Uint8Array): void;
  /** Something is said that wants to be flushed. */
  onSaid(): void;
  /** Called before what was said is sent. */
  onSending(): void;
  /** The other will never hear some of what it was told so far. */
  onBrokenOff(): void;
}

export class Outgoing {
  readonly #options: OutgoingOptions;
  #stream = 1;
  #count = 0;
  #said: Item[] = [];
  /** Messages that may not have been heard yet. */
  readonly #unheard = new Fifo<{ count: number; bytes: number }>();
  #unheard_bytes = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  get stream(): number {
    return this.#stream;
  }

  get count(): number {
    return this.#count;
  }

  /** How far the other is told, with what goes out when the round is over. */
  get told(): Mark {
    return { stream: this.#stream, count: this.#count + (this.#said.length > 0 ? 1 : 0) };
  }

  /** Bytes said and not yet heard. */
  get waiting_bytes(): number {
    return this.#unheard_bytes;
  }

  say(item: Item): void {
    if (this.#said.push(item) === 1) this.#options.onSaid();
  }

  /** Sends what has been said. */
  flush(): void {
    if (this.#said.length === 0) return;
    this.#options.onSending();
    const payloads = payloadsOf(wordItems(this.#said), this.#options.message_bytes - line_bytes);
    this.#said = [];
    for (const [index, payload] of payloads.entries()) this.#send(payload, index + 1 < payloads.length);
    if (this.#unheard_bytes > this.#options.waiting_bytes) this.breakOff();
  }

  /** What the other says of this stream. */
  onBeat({ heard_stream, heard_count, wants_anew }: BeatMessage): void {
    if (wants_anew === this.#stream) return this.breakOff();
    if (heard_stream !== this.#stream) return;
    for (let first = this.#unheard.first; first && first.count <= heard_count; first = this.#unheard.first) {
      this.#unheard_bytes -= first.bytes;
      this.#unheard.shift();
    }
  }

  /** What is said from now on is a stream of its own. */
  breakOff(): void {
    this.#stream += 1;
    this.#count = 0;
    this.#said = [];
    while (this.#unheard.shift()) {}
    this.#unheard_bytes = 0;
    this.#options.onBrokenOff();
  }

  #send(payload: Uint8Array | string, more: boolean): void {
    this.#count += 1;
    const [from, stream, count] = [this.#options.me, this.#stream, this.#count];
    const bytes = encodeMessage({ kind: "items", from, stream, count, more, payload });
    this.#unheard.push({ count, bytes: bytes.length });
    this.#unheard_bytes += bytes.length;
    this.#options.publish(bytes);
  }
}
