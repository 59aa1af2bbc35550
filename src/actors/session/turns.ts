// How much each user has begun in this turn of the event loop, all their sessions together. Whoever has begun as much as
// one turn allows goes on in the next, so that others are read and answered in between, however much somebody has saved
// up to ask at once. It counts tokens, not time, and remembers nothing from turn to turn but who waits.

export interface Turns {
  /** Whether the user has begun all that they may in this turn. */
  isOver(user_id: number): boolean;
  /** Counts what the user has begun, or what it came to. */
  spend(user_id: number, tokens: number): void;
  /** Calls back in the next turn, in the order in which it was asked. */
  wait(resume: () => void): void;
}

/** `tokens`: what one user may begin in one turn; the last that they begin may go beyond it. */
export function createTurns(tokens: number): Turns {
  const spent = new Map<number, number>();
  let waiting: (() => void)[] = [];
  let is_scheduled = false;

  function end(): void {
    is_scheduled = false;
    spent.clear();
    const resumed = waiting;
    waiting = [];
    for (const resume of resumed) resume();
  }

  function schedule(): void {
    if (is_scheduled) return;
    is_scheduled = true;
    setImmediate(end);
  }

  return {
    isOver: (user_id) => (spent.get(user_id) ?? 0) >= tokens,
    spend(user_id, more) {
      schedule();
      spent.set(user_id, (spent.get(user_id) ?? 0) + more);
    },
    wait(resume) {
      schedule();
      waiting.push(resume);
    },
  };
}

/** Of a server without rate limits. */
export const endless: Turns = { isOver: () => false, spend() {}, wait: (resume) => resume() };
