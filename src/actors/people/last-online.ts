// When those who are here were last online, noted from time to time, all of them in one statement: where the process
// ends without a word, it is all that is known of when they were there.

import { limits } from "../../domain/limits.ts";

export interface LastOnlineDependencies {
  /** Those who are here and wish to be seen. */
  here(): number[];
  saveLastOnline(user_ids: readonly number[], at_ms: number): Promise<unknown>;
  clock(): number;
}

/** Begins; what it returns ends it. What can't be noted is noted the next time. */
export function startNoting({ here, saveLastOnline, clock }: LastOnlineDependencies): () => void {
  const note = () => {
    const user_ids = here();
    if (user_ids.length > 0) saveLastOnline(user_ids, clock()).catch(() => {});
  };
  const timer = setInterval(note, limits.last_online_ms);
  timer.unref();
  return () => clearInterval(timer);
}
