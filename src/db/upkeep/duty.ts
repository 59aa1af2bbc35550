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
