// A change whose answer is what an HTTP call returns.

import type { Change, Commit, Owner } from "../actors/commit/commit.ts";
import { staleWithoutGuard } from "../db/engine/write.ts";
import type { Outcome } from "../protocol/outcome.ts";

/** A change, with the answer to its asker. */
export type AnsweredChange<Stored, Value> = Omit<Change<Stored>, "answer"> & { answer(stored: Stored): Outcome<Value> };

/** Commits the change and returns its answer; where the change was stale, that of `refused`. */
export async function answered<Stored, Value>(
  commit: Commit,
  owner: Owner,
  change: AnsweredChange<Stored, Value>,
  refused: () => Outcome<Value> | Promise<Outcome<Value>> = staleWithoutGuard,
): Promise<Outcome<Value>> {
  let answer: Outcome<Value> | null = null;
  await commit(owner, {
    ...change,
    answer: (stored) => {
      answer = change.answer(stored);
    },
  });
  return answer ?? refused();
}
