// How a wait ends at the latest: when its time is up, or when the program wants no more of it.

import { aborted, type RequestError } from "./errors.ts";
import type { Clock } from "./surroundings.ts";

export interface Patience {
  /** Ends the waiting, with `aborted`. */
  signal?: AbortSignal | undefined;
}

/** Calls `end` once, when the signal says so, be it at once; the function it returns keeps it from that. */
export function onAbort(signal: AbortSignal | undefined, end: (error: RequestError) => void): () => void {
  if (!signal) return () => {};
  const abort = () => end(aborted(signal));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

export interface Bounds extends Patience {
  clock: Clock;
  deadline_ms: number;
  /** What it is rejected with when the time is up. */
  late(): RequestError;
}

/** Settles as what it begins does, unless it ends before; what was begun is told by its signal. */
export function within<Value>(
  { clock, deadline_ms, late, signal }: Bounds,
  begin: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const begun = new AbortController();
    const settle = <End>(end: (value: End) => void) => {
      return (value: End) => {
        cancel();
        unhear();
        end(value);
      };
    };
    const giveUp = settle((error: RequestError) => {
      begun.abort(error);
      reject(error);
    });
    const cancel = clock.after(deadline_ms, () => giveUp(late()));
    let unhear = () => {};
    unhear = onAbort(signal, giveUp);
    if (!begun.signal.aborted) begin(begun.signal).then(settle(resolve), settle(reject));
  });
}

/** Pauses that all end at once when it is over. */
export class Pauses {
  readonly #clock: Clock;
  readonly #pending = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs it after the pause, or when all of them end; the function it returns runs it now. */
  after(pause_ms: number, run: () => void): () => void {
    const wake = () => {
      if (!this.#pending.delete(wake)) return;
      cancel();
      run();
    };
    const cancel = this.#clock.after(pause_ms, wake);
    this.#pending.add(wake);
    return wake;
  }

  end(): void {
    for (const wake of [...this.#pending]) wake();
  }
}
