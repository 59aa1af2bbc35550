// Lets one change of a room through at a time, and tells a read whether a change came between, so that it is done
// again. It knows nothing of what is changed or read.

/** Reads that are tried while changes go on, before one is made to wait for them. */
const OPTIMISTIC_READS = 3;

export class ChangeGate {
  /** Counts changes begun, so that a read can tell whether one came between. */
  #changes: number;
  /** From the commit of a change until all are told. */
  #changing = false;
  /** Settles when all who have come to the gate so far are through. */
  #through: Promise<void> = Promise.resolve();

  /** `first` is where the count begins: no room of a server that ended before may have come so far. */
  constructor(first: number) {
    this.#changes = first;
  }

  /** Waits until no change is under way; returns how many have been begun, for `isAsOf`. */
  async calm(): Promise<number> {
    do await this.#through;
    while (this.#changing);
    return this.#changes;
  }

  /** How many changes have been begun: for who holds them up. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether no change was begun since, so that what was read meanwhile still holds; messages may have been added. */
  isAsOf(changes: number): boolean {
    return !this.#changing && this.#changes === changes;
  }

  /** From now on a commit may be under way: reads that began before are read again. */
  beginChange(): void {
    this.#changes += 1;
  }

  /** Runs alone among changes and those reads that need it. */
  async exclusively<Value>(run: () => Promise<Value>): Promise<Value> {
    const before = this.#through;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#through = promise;
    await before;
    try {
      return await run();
    } finally {
      resolve();
    }
  }

  /** Runs what commits a change and tells of it: reads that began before, or begin meanwhile, are read again. */
  async whileChanging<Value>(run: () => Promise<Value>): Promise<Value> {
    this.beginChange();
    this.#changing = true;
    try {
      return await run();
    } finally {
      this.#changing = false;
    }
  }

  /**
   * Reads what no change of this room came between, then calls `use` in the same turn in which that was made sure of:
   * a subscription made there misses nothing and repeats nothing. It doesn't hold up the room's other work, unless
   * changes keep coming between.
   */
  async read<Value>(load: () => Promise<Value>, use: (value: Value) => void): Promise<void> {
    const useAtOnce = (value: Value, settle: (use: () => void) => void) => settle(() => use(value));
    await this.readThrough(load, useAtOnce);
  }

  /**
   * The same where the value passes through another actor before it is used: `pass` hands it on and calls `settle` when
   * that actor has answered.
   */
  async readThrough<Value>(
    load: () => Promise<Value>,
    pass: (value: Value, settle: (use: () => void) => void) => void,
  ): Promise<void> {
    const attempt = async () => {
      if (this.#changing) return false;
      const before = this.#changes;
      const value = await load();
      return new Promise<boolean>((resolve, reject) => {
        pass(value, (use) => {
          const unchanged = before === this.#changes;
          try {
            if (unchanged) use();
            resolve(unchanged);
          } catch (error) {
            // It may be called on the line, whose faults reach nobody here.
            reject(error);
          }
        });
      });
    };
    for (let attempts = 0; attempts < OPTIMISTIC_READS; attempts += 1) {
      await this.#through;
      if (await attempt()) return;
    }
    await this.exclusively(async () => {
      // What may still come between is a log that lets go of old messages, which is rare.
      while (!(await attempt()));
    });
  }
}
