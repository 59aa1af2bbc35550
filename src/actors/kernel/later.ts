// What somebody does later, as long as they live.

export class Later {
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** Runs it once, after so many milliseconds, unless `stop` comes first. */
  run(after_ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, after_ms);
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
