// The order of one topic where several changes of its owner are under way at once. Each makes a reservation, with its
// `seq`, in the turn in which it is handed to the writer. What it tells after the commit waits for the reservations
// before it. Private to the topic's owner.

export interface Reservation {
  readonly seq: number;
  /** Runs `tell` in its order: now if all before it have ended, else the promise settles after it. Must not throw. */
  tell(tell: () => void): void | Promise<void>;
  /** Nothing came of it. Without effect after `tell`. */
  release(): void;
}

export class Reservations {
  readonly #waiting: Reserved[] = [];
  /** Made when somebody waits for it. */
  #emptied: PromiseWithResolvers<void> | null = null;

  /** Call it in the turn in which the change is handed to the writer, with a number above all before. */
  reserve(seq: number): Reservation {
    const reserved = new Reserved(seq, this);
    this.#waiting.push(reserved);
    return reserved;
  }

  /** The number of the first that isn't told yet; null where there is none, or the last one is being told. */
  get oldest(): number | null {
    return this.#waiting[0]?.seq ?? null;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Settles when nothing is on its way any more; null when nothing is now. */
  settled(): Promise<void> | null {
    if (this.isEmpty) return null;
    this.#emptied ??= Promise.withResolvers<void>();
    return this.#emptied.promise;
  }

  /** Tells what has ended, up to the first that hasn't. */
  flush(): void {
    while (this.#waiting[0]?.isEnded) this.#waiting.shift()?.run();
    if (!this.isEmpty) return;
    this.#emptied?.resolve();
    this.#emptied = null;
  }
}

class Reserved implements Reservation {
  readonly seq: number;
  readonly #order: Reservations;
  /** Null when nothing came of it; undefined until its end. */
  #tell: (() => void) | null | undefined;
  #is_told = false;
  /** Made when somebody waits for it. */
  #told: PromiseWithResolvers<void> | null = null;

  constructor(seq: number, order: Reservations) {
    this.seq = seq;
    this.#order = order;
  }

  get isEnded(): boolean {
    return this.#tell !== undefined;
  }

  tell(tell: () => void): void | Promise<void> {
    this.#end(tell);
    if (this.#is_told || this.#tell !== tell) return;
    this.#told ??= Promise.withResolvers<void>();
    return this.#told.promise;
  }

  release(): void {
    this.#end(null);
  }

  /** In its order. */
  run(): void {
    this.#tell?.();
    this.#is_told = true;
    this.#told?.resolve();
  }

  #end(tell: (() => void) | null): void {
    if (this.isEnded) return;
    this.#tell = tell;
    this.#order.flush();
  }
}
