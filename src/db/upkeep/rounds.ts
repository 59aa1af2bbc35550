// Work of the background, done at the start and then again and again, one round at a time; of several processes by the
// one whose duty it is. A round that fails is reported, and the next one tries again.
// Must not keep the process alive, nor hold up its end for long.

import { alone, type Duty } from "./duty.ts";

export interface Rounds {
  /** Does a round, or waits for the one that is going on; nothing where it isn't this process's. Never rejects. */
  run(): Promise<void>;
  /** Ends the round that is going on, within `closing_ms`, and those to come. */
  stop(): Promise<void>;
}

export interface RoundsOptions {
  every_ms: number;
  closing_ms: number;
  onFault(error: unknown): void;
  /** Absent where each process does its own. */
  duty?: Duty;
}

/** `round` ends early once `isStopping`. */
export function startRounds(
  round: (isStopping: () => boolean) => Promise<void>,
  { every_ms, closing_ms, onFault, duty = alone }: RoundsOptions,
): Rounds {
  let stopping = false;
  let running: Promise<void> | null = null;
  const isStopping = () => stopping || !duty.isMine();
  const run = (): Promise<void> => {
    if (!running && isStopping()) return Promise.resolve();
    running ??= round(isStopping)
      .catch(onFault)
      .finally(() => {
        running = null;
      });
    return running;
  };
  const timer = setInterval(run, every_ms);
  timer.unref();
  void run();
  // What broke off with the duty may still be ending.
  duty.onMine(() => void (running ? running.then(run) : run()));
  return {
    run,
    async stop() {
      stopping = true;
      clearInterval(timer);
      if (running) await Promise.race([running, Bun.sleep(closing_ms)]);
    },
  };
}
