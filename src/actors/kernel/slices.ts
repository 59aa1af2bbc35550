// Spreads what may come by the thousand at once over slices of the event loop's time. A slice does as much of it as its
// time allows, in the order in which it came. Between two slices all other work is done.

import { monotonic } from "../../clock.ts";
import { Fifo } from "../../domain/fifo.ts";

export interface Slices {
  /** Runs the work now, where nothing waits and the slice has time left; else in a later slice. It must not throw. */
  run(work: () => void): void;
  /** Runs it now, as `run` does; false, and it is not run, where it would be later. */
  now(work: () => void): boolean;
  /** Resolves when a slice has time left, as `run` does its work. */
  turn(): Promise<void>;
}

/** `slice_ms`: how long one slice may go on with such work. */
export function createSlices(slice_ms: number, clock: () => number = monotonic): Slices {
  const waiting = new Fifo<() => void>();
  /** When this slice's time is over; null while nothing has come. */
  let ends_ms: number | null = null;

  function begin(): number {
    setImmediate(turn);
    ends_ms = clock() + slice_ms;
    return ends_ms;
  }

  async function turn(): Promise<void> {
    if (waiting.length === 0) {
      ends_ms = null;
      return;
    }
    const until_ms = begin();
    while (waiting.length > 0 && clock() < until_ms) {
      waiting.shift()?.();
      // What the work sets off is part of its time.
      await null;
    }
  }

  function now(work: () => void): boolean {
    const until_ms = ends_ms ?? begin();
    if (waiting.length > 0 || clock() >= until_ms) return false;
    work();
    return true;
  }

  function run(work: () => void): void {
    if (!now(work)) waiting.push(work);
  }

  return { run, now, turn: () => new Promise(run) };
}
