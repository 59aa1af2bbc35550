// Work of the background, done at the start and then again and again, one round at a time.
// A round that fails is reported, and the next one tries again.
// Must not keep the process alive, nor hold up its end for long.

export interface Rounds {
  /** Does a round, or waits for the one that is going on. Never rejects. */
  run(): Promise<void>;
  /** Ends the round that is going on, within `closing_ms`, and those to come. */
  stop(): Promise<void>;
}

export interface RoundsOptions {
  every_ms: number;
  closing_ms: number;
  onFault(error: unknown): void;
}

/** `round` ends early once `isStopping`. */
export function startRounds(
  round: (isStopping: () => boolean) => Promise<void>,
  { every_ms, closing_ms, onFault }: RoundsOptions,
): Rounds {
  let stopping = false;
  let running: Promise<void> | null = null;
  const run = () => {
    running ??= round(() => stopping)
      .catch(onFault)
      .finally(() => {
        running = null;
      });
    return running;
  };
  const timer = setInterval(run, every_ms);
  timer.unref();
  void run();
  return {
    run,
    async stop() {
      stopping = true;
      clearInterval(timer);
      if (running) await Promise.race([running, Bun.sleep(closing_ms)]);
    },
  };
}
