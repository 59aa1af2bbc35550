// The newest messages of one channel, as told: the pages that everybody reads are served from here. It holds every
// message from its floor on, so that what it doesn't hold is older than all it could.

import type { ChatMessage } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";

/** Ascending by id. */
export interface Page {
  messages: ChatMessage[];
  /** There are others beyond the page, away from its anchor. */
  has_more: boolean;
}

export class ChannelLog {
  /** Ascending by id. */
  #messages: ChatMessage[];
  /** Every message with this id or a greater one is here. */
  #floor: number;
  /** Whether there are older ones; null when one of them went and may have been the last. */
  #has_older: boolean | null;

  /** The newest of the channel, as stored; all above `reached`, here or older, are yet to be told, and then added. */
  constructor({ messages, has_more }: Page, reached: number) {
    this.#messages = messages.filter(({ id }) => id <= reached);
    this.#floor = has_more ? Math.min(messages[0]?.id ?? reached, reached + 1) : 0;
    this.#has_older = has_more;
  }

  get floor(): number {
    return this.#floor;
  }

  /** True when older ones were let go to keep within bounds. */
  add(message: ChatMessage): boolean {
    this.#messages.push(message);
    if (this.#messages.length <= limits.recent_messages * 2) return false;
    this.#messages = this.#messages.slice(-limits.recent_messages);
    this.#floor = this.#messages[0]?.id ?? message.id;
    this.#has_older = true;
    return true;
  }

  find(id: number): ChatMessage | undefined {
    const message = this.#messages[this.#firstFrom(id)];
    return message?.id === id ? message : undefined;
  }

  /** Those that came or changed after the seq. */
  changedSince(seq: number): ChatMessage[] {
    return this.#messages.filter((message) => message.seq > seq);
  }

  replace(message: ChatMessage): void {
    const at = this.#firstFrom(message.id);
    if (this.#messages[at]?.id === message.id) this.#messages = this.#messages.with(at, message);
  }

  remove(id: number): void {
    if (id < this.#floor) this.#has_older &&= null;
    else this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  /** The last `amount` older than `anchor`, or null when that takes messages, or knowledge, from below the floor. */
  olderThan(anchor: number, amount: number): Page | null {
    const end = this.#firstFrom(anchor);
    if (end < amount && this.#has_older !== false) return null;
    if (end === amount && this.#has_older === null) return null;
    const start = Math.max(end - amount, 0);
    return { messages: this.#messages.slice(start, end), has_more: start > 0 || this.#has_older === true };
  }

  /** The first `amount` newer than `anchor`, or null when there may be some below the floor. */
  newerThan(anchor: number, amount: number): Page | null {
    if (anchor + 1 < this.#floor) return null;
    const start = this.#firstFrom(anchor + 1);
    const end = start + amount;
    return { messages: this.#messages.slice(start, end), has_more: end < this.#messages.length };
  }

  /** `olderThan`, with the newest messages below the floor, or below an `anchor` under it, given in `older`. */
  olderThanWith(older: Page, anchor: number, amount: number): Page {
    const here = this.#messages.slice(0, this.#firstFrom(anchor));
    const all = [...older.messages, ...here];
    return { messages: all.slice(-amount), has_more: all.length > amount || older.has_more };
  }

  /** `newerThan`, with the first `amount` newer than the same anchor given in `newer`, as far as those are stored. */
  newerThanWith(newer: Page, amount: number): Page {
    const below = newer.messages.filter(({ id }) => id < this.#floor);
    const all = [...below, ...this.#messages];
    return {
      messages: all.slice(0, amount),
      has_more: all.length > amount || (below.length === amount && newer.has_more),
    };
  }

  /** How many that `olderThan` wants are not here; at least the one by which `has_more` is known. */
  lacking(anchor: number, amount: number): number {
    return Math.max(amount - this.#firstFrom(anchor), 1);
  }

  /** Learns what is next below the floor, and takes it in where there is room. True when it did. */
  extend({ messages, has_more }: Page): boolean {
    const fits = messages.length + this.#messages.length <= limits.recent_messages;
    this.#has_older = has_more || (!fits && messages.length > 0);
    if (fits) this.#messages = [...messages, ...this.#messages];
    if (!this.#has_older) this.#floor = 0;
    else if (fits) this.#floor = messages[0]?.id ?? this.#floor;
    return fits;
  }

  /** Where the first message with this id or a greater one stands. */
  #firstFrom(id: number): number {
    let [low, high] = [0, this.#messages.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#messages[middle] as ChatMessage).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
