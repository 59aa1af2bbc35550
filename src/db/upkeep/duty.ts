// Whose work it is that only one of several processes may do. A process alone has all of it.
// Must not be taken for a fence: a step that has begun may end when the next process begins, so each must be such that
// it can be done twice.

export interface Duty {
  /** Whether this process may begin a step now. */
  isMine(): boolean;
  /** Has it called each time that the work comes to be this process's. */
  onMine(begin: () => void): void;
}

export const alone: Duty = { isMine: () => true, onMine() {} };

/**
 * That of a process alone which has other things to do first: from `begin` on, all of it. What has waited for it begins
 * one after the other, each in a round of the event loop of its own; `begun` settles when all of that has.
 */
export function aloneLater(): Duty & { begin(): void; begun: Promise<void> } {
  const waiting: (() => void)[] = [];
  const begun = Promise.withResolvers<void>();
  let is_mine = false;
  const next = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
    else begun.resolve();
  };
  return {
    isMine: () => is_mine,
    onMine: (begin) => void waiting.push(begin),
    begin() {
      is_mine = true;
      setImmediate(next);
    },
    begun: begun.promise,
  };
}
