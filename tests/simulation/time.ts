// Time that is given to the whole process: nothing waits, whatever waits longest-first is run, one task after the other,
// and between two tasks all that was promised happens. What the server asks of the globals is the server's own and ends
// with it; the simulator's tasks are asked for here by name.

import { drainMicrotasks } from "bun:jsc";

type Task = () => void;

interface Entry {
  at_ms: number;
  /** Among those of one moment, the one asked for first comes first. */
  order: number;
  task: Task | null;
  every_ms: number | null;
  /** In whose process it runs; null outside of all. */
  process: ProcessTime | null;
  /** Asked for through a global: it ends with its process. */
  is_own: boolean;
}

/** The time of one process of the server: it may be stopped for a while, and it ends. */
export class ProcessTime {
  readonly number: number;
  is_over = false;
  /** What became due while the process was stopped; null while it runs. */
  stopped: Entry[] | null = null;

  constructor(number: number) {
    this.number = number;
  }
}

/** What a global timer returns. */
class Timer {
  readonly entry: Entry;

  constructor(entry: Entry) {
    this.entry = entry;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** A wall clock begins in the middle of a second of some day. */
const EPOCH_MS = Date.UTC(2026, 0, 15, 12, 0, 0, 250);
const LEAST_TIMEOUT_MS = 1;

export class VirtualTime {
  #now_ms = 0;
  /** What somebody has set the clock on the wall by. */
  #set_by_ms = 0;
  #orders = 0;
  readonly #heap: Entry[] = [];
  /** What one look at the clock costs: a processor that is busy elsewhere. */
  look_ms = 0;
  /** In whose process the code runs that runs now; what it asks for runs there, too. */
  #process: ProcessTime | null = null;

  /** Since the start, in milliseconds; it never goes back. */
  get now_ms(): number {
    return this.#now_ms;
  }

  /** The clock on the wall, Unix milliseconds. */
  get wall_ms(): number {
    return EPOCH_MS + Math.floor(this.#now_ms) + this.#set_by_ms;
  }

  setClock(by_ms: number): void {
    this.#set_by_ms += by_ms;
  }

  /** The monotonic clock, as the server reads it. */
  look(): number {
    this.#now_ms += this.look_ms;
    return this.#now_ms;
  }

  after(delay_ms: number, task: Task, is_own = false, every_ms: number | null = null): Entry {
    return this.at(this.#now_ms + Math.max(0, delay_ms), task, is_own, every_ms);
  }

  /** The same, in that process, or outside of all. */
  afterIn(process: ProcessTime | null, delay_ms: number, task: Task): Entry {
    const entry = this.after(delay_ms, task);
    entry.process = process;
    return entry;
  }

  /** Goes on in that process; never, where that ends before. */
  enter(process: ProcessTime | null, delay_ms = 0): Promise<void> {
    return new Promise((resolve) => void this.afterIn(process, delay_ms, resolve));
  }

  /** At that moment exactly: two of the same keep their order, which a difference would not. */
  at(at_ms: number, task: Task, is_own = false, every_ms: number | null = null): Entry {
    this.#orders += 1;
    const entry = { at_ms, order: this.#orders, task, every_ms, process: this.#process, is_own };
    this.#push(entry);
    return entry;
  }

  cancel(entry: Entry): void {
    entry.task = null;
    entry.every_ms = null;
  }

  sleep(delay_ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(delay_ms, resolve));
  }

  /** The process is gone, and with it all that it waits for; null is the one where there is no other. */
  end(process: ProcessTime | null): void {
    if (process) process.is_over = true;
    for (const entry of this.#heap) if (entry.process === process && entry.is_own) this.cancel(entry);
  }

  /** Nothing of it runs from now on, until `resume`. */
  stop(process: ProcessTime): void {
    process.stopped ??= [];
  }

  resume(process: ProcessTime): void {
    const due = process.stopped ?? [];
    process.stopped = null;
    for (const entry of due) {
      entry.at_ms = this.#now_ms;
      this.#push(entry);
    }
  }

  /** Runs what is due until it is over; throws when nothing is left or `most_ms` have passed. */
  runUntil(isOver: () => boolean, most_ms: number): void {
    const until_ms = this.#now_ms + most_ms;
    drainMicrotasks();
    while (!isOver()) {
      const entry = this.#pop();
      if (!entry) throw new Error("everybody waits for somebody else");
      if (!entry.task || entry.process?.is_over) continue;
      if (entry.process?.stopped) {
        entry.process.stopped.push(entry);
        continue;
      }
      if (entry.at_ms > until_ms) throw new Error(`not over after ${most_ms} ms`);
      this.#now_ms = Math.max(this.#now_ms, entry.at_ms);
      this.#process = entry.process;
      this.#run(entry);
      drainMicrotasks();
      this.#process = null;
    }
  }

  #run(entry: Entry): void {
    const { task, every_ms } = entry;
    if (every_ms === null) entry.task = null;
    task?.();
    if (every_ms === null || entry.task === null) return;
    this.#orders += 1;
    Object.assign(entry, { at_ms: this.#now_ms + every_ms, order: this.#orders });
    this.#push(entry);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (!left) break;
      if (right && isBefore(right, left)) below += 1;
      const child = heap[below] as Entry;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at_ms === other.at_ms ? one.order < other.order : one.at_ms < other.at_ms;
}

let current = new VirtualTime();

/** From now on the globals ask this one. */
export function useTime(time: VirtualTime): void {
  current = time;
}

/** Takes the place of time for the whole process, for good. */
export function replaceTime(): void {
  const timeout = (task: (...args: unknown[]) => void, delay_ms = 0, ...args: unknown[]) => {
    const wait_ms = Math.max(LEAST_TIMEOUT_MS, delay_ms);
    return new Timer(current.after(wait_ms, () => task(...args), true));
  };
  const interval = (task: (...args: unknown[]) => void, delay_ms = 0, ...args: unknown[]) => {
    const wait_ms = Math.max(LEAST_TIMEOUT_MS, delay_ms);
    return new Timer(current.after(wait_ms, () => task(...args), true, wait_ms));
  };
  const immediate = (task: (...args: unknown[]) => void, ...args: unknown[]) =>
    new Timer(current.after(0, () => task(...args), true));
  const clear = (timer: unknown) => {
    if (timer instanceof Timer) current.cancel(timer.entry);
  };
  Object.assign(globalThis, { setTimeout: timeout, setInterval: interval, setImmediate: immediate });
  Object.assign(globalThis, { clearTimeout: clear, clearInterval: clear, clearImmediate: clear });
  performance.now = () => current.look();
  Object.assign(Bun, {
    sleep: (delay_ms: number) => new Promise((resolve) => void timeout(() => resolve(null), delay_ms)),
  });
  replaceDate();
}

function replaceDate(): void {
  const RealDate = Date;
  class VirtualDate extends RealDate {
    constructor(...args: unknown[]) {
      super(...((args.length === 0 ? [current.wall_ms] : args) as [number]));
    }

    static override now(): number {
      return current.wall_ms;
    }
  }
  Object.assign(globalThis, { Date: VirtualDate });
}
