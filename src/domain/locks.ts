// One at a time for each key, within this process: what would be done for nothing by all but the first. What must hold
// over nodes is guarded in the statements that write it.

export interface Locks {
  /** Runs `use` when all earlier ones of the key have ended, however they did. */
  hold<Value>(key: string, use: () => Promise<Value>): Promise<Value>;
}

export function createLocks(): Locks {
  const last = new Map<string, Promise<unknown>>();
  return {
    async hold(key, use) {
      const before = last.get(key) ?? Promise.resolve();
      const turn = before.then(
        () => use(),
        () => use(),
      );
      last.set(key, turn);
      try {
        return await turn;
      } finally {
        if (last.get(key) === turn) last.delete(key);
      }
    },
  };
}
