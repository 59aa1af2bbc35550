// One at a time for each key, for files, which no transaction covers: who stores the bytes of a hash, and who removes
// them. What is in rows is guarded in the statements that write it.

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
