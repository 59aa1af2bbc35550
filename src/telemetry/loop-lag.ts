// How late the event loop is: how much later than it was due a timer fires, again and again. Each look wakes the process,
// and whatever its allocator does once it is awake, so a process that does next to nothing is looked at seldom.

import { createHistogram } from "node:perf_hooks";
import { monotonic } from "../clock.ts";

/** From one look to the next while there is work, and the longest at rest. */
const LOOK_MS = 50;
const LONGEST_LOOK_MS = 500;
/** The process rests while it takes less than this share of a core, all its threads together. */
const REST_SHARE = 0.05;

export interface LoopLagGround {
  /** Milliseconds, never going back. */
  now(): number;
  /** CPU time of the process, in milliseconds. */
  cpu(): number;
  /** Doesn't keep the process alive. */
  later(run: () => void, after_ms: number): void;
}

const real: LoopLagGround = {
  now: monotonic,
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  later: (run, after_ms) => void setTimeout(run, after_ms).unref(),
};

export class LoopLag {
  readonly #on: LoopLagGround;
  readonly #late_ns = createHistogram();
  #pause_ms = LOOK_MS;
  /** When it looked last, and what the process had taken by then. */
  #looked_ms: number;
  #cpu_ms: number;
  #due_ms = 0;

  /** Looks from now on, for as long as the process lives. */
  constructor(ground: LoopLagGround = real) {
    this.#on = ground;
    this.#looked_ms = ground.now();
    this.#cpu_ms = ground.cpu();
    this.#wait();
  }

  /** In milliseconds, of all time since the last reset; 0 where nothing was found since. */
  quantileMs(quantile: number): number {
    return this.#late_ns.percentile(quantile * 100) / 1e6;
  }

  reset(): void {
    this.#late_ns.reset();
  }

  readonly #look = (): void => {
    const [now_ms, cpu_ms] = [this.#on.now(), this.#on.cpu()];
    const late_ns = Math.max(1, Math.round((now_ms - this.#due_ms) * 1e6));
    // Looks of a time at rest are fewer, and stand for as much time as those of any other.
    for (let since_ms = 0; since_ms < this.#pause_ms; since_ms += LOOK_MS) this.#late_ns.record(late_ns);
    const is_at_rest = cpu_ms - this.#cpu_ms < (now_ms - this.#looked_ms) * REST_SHARE;
    this.#pause_ms = is_at_rest ? Math.min(this.#pause_ms * 2, LONGEST_LOOK_MS) : LOOK_MS;
    [this.#looked_ms, this.#cpu_ms] = [now_ms, cpu_ms];
    this.#wait();
  };

  #wait(): void {
    // What a look takes makes none late.
    this.#due_ms = this.#on.now() + this.#pause_ms;
    this.#on.later(this.#look, this.#pause_ms);
  }
}
