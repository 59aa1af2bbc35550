// A node's lines to the processes of all other nodes, one to each. Nothing is said on them once both know each other: what
// they are for is their end, by which a node finds out within moments that another one's process has ended.
// Must not decide anything by silence, nor bury anybody: it says who is gone.

import { type Certainty, certaintyAfter, type LineEvent } from "./certainty.ts";

/** Tries to have a line; `happened` is called for the first time when it is known how that went. */
export type Dial = (address: string, holder: string, happened: (event: LineEvent) => void) => Line;

export interface Line {
  /** Nothing happens on it any more. */
  close(): void;
}

/** How a node's process has lines to those of other nodes. */
export interface LineGround {
  /** Where others reach it, as `host:port`; empty where they can't. */
  readonly address: string;
  dial: Dial;
  /** Takes no lines any more. */
  close(): void;
}

export interface Reachable {
  holder: string;
  /** Where its process takes lines. */
  address: string;
}

/** From one try to the next where a line was ended, and where there was none. */
const AGAIN_MS = 15;
const RETRY_MS = 1_000;

interface Lifeline {
  certainty: Certainty;
  /** Tries that found neither the process nor a refusal since the line to it was ended. */
  in_vain: number;
  line: Line | null;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Lifelines {
  readonly #ground: LineGround;
  readonly #lifelines = new Map<string, Lifeline>();
  /** The process that has this place among the nodes has ended. Once. */
  onGone: (holder: string) => void = () => {};

  constructor(ground: LineGround) {
    this.#ground = ground;
  }

  get address(): string {
    return this.#ground.address;
  }

  /** These there are, and nobody else any more. */
  meet(others: readonly Reachable[]): void {
    const present = new Set(others.map(({ holder }) => holder));
    for (const [holder, { line, timer }] of this.#lifelines) {
      if (present.has(holder)) continue;
      this.#lifelines.delete(holder);
      clearTimeout(timer);
      line?.close();
    }
    for (const other of others) {
      if (this.#lifelines.has(other.holder)) continue;
      const lifeline: Lifeline = { certainty: "none", in_vain: 0, line: null, timer: undefined };
      this.#lifelines.set(other.holder, lifeline);
      this.#dial(other, lifeline);
    }
  }

  /** What is known of that one's process; null where none is told of. */
  certaintyOf(holder: string): Certainty | null {
    return this.#lifelines.get(holder)?.certainty ?? null;
  }

  /** The process is none of the nodes any more. */
  close(): void {
    this.meet([]);
    this.#ground.close();
  }

  #dial(other: Reachable, lifeline: Lifeline): void {
    lifeline.line = this.#ground.dial(other.address, other.holder, (event) => this.#happened(other, lifeline, event));
  }

  #happened(other: Reachable, lifeline: Lifeline, event: LineEvent): void {
    if (this.#lifelines.get(other.holder) !== lifeline) return;
    const { certainty: before } = lifeline;
    lifeline.certainty = certaintyAfter(before, event);
    if (lifeline.certainty === "there" || before === "gone") return;
    if (lifeline.certainty === "gone") return this.onGone(other.holder);
    lifeline.timer = setTimeout(() => this.#dial(other, lifeline), pauseAfter(before, lifeline));
  }
}

/**
 * Until the next try, in milliseconds. A process that ends is refused at once or in a moment; another one at its address
 * takes each line, for as long as the first counts as a node, and is tried ever less often.
 */
function pauseAfter(before: Certainty, lifeline: Lifeline): number {
  const { certainty } = lifeline;
  if (certainty === "none") return RETRY_MS;
  if (before === "there") {
    lifeline.in_vain = 0;
    return 0;
  }
  if (certainty === "refused") return AGAIN_MS;
  const pause_ms = Math.min(AGAIN_MS * 2 ** lifeline.in_vain, RETRY_MS);
  lifeline.in_vain += 1;
  return pause_ms;
}
