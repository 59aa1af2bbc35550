// Whether a node is sent what it would commit for all: not for a while after it was of no use, and after groups of
// unknown end, each of which has to be looked for, for longer each time.

import type { Answer } from "../../db/engine/database-server.ts";

const PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** Another way may be better. A database that is busy is so whoever asks. */
export function isNoUse(answer: Answer): boolean {
  return answer.state === "undone" && !answer.is_busy;
}

export class Trust {
  readonly #clock: () => number;
  /** Of whom all else is. */
  #node: number | null = null;
  #next_pause_ms = PAUSE_MS;
  #until_ms = Number.NEGATIVE_INFINITY;

  /** Milliseconds, never going back. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  isIn(node: number): boolean {
    return node !== this.#node || this.#clock() >= this.#until_ms;
  }

  /** What came of one that the node was sent. */
  judge(node: number, answer: Answer): void {
    const { state } = answer;
    if (node !== this.#node) {
      [this.#node, this.#next_pause_ms, this.#until_ms] = [node, PAUSE_MS, Number.NEGATIVE_INFINITY];
    }
    if (state === "done") this.#next_pause_ms = PAUSE_MS;
    // Several at once are one reason.
    const is_unknown = state === "unknown";
    if (!this.isIn(node) || !(is_unknown || isNoUse(answer))) return;
    this.#until_ms = this.#clock() + (is_unknown ? this.#next_pause_ms : PAUSE_MS);
    if (is_unknown) this.#next_pause_ms = Math.min(this.#next_pause_ms * 2, LONGEST_PAUSE_MS);
  }
}
