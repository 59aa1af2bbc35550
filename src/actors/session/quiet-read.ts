// Answers put together while something about their topics is on its way, stored but not told yet, would bring what is
// about to be told again. These wait until it is told, and are then put together anew.

import type { Topic } from "../delivery/gateway.ts";
import type { OrderedTopics } from "../delivery/ordered-topics.ts";

/** After so many, the answer is given as it is: where changes never end, one may be told again. */
const ATTEMPTS = 4;

/**
 * Runs `attempt`, which hands the giving of its answer to `settle`, once, in the turn in which it could give it. It is
 * given then, or everything is done again.
 */
export async function readInQuiet(
  topics: OrderedTopics,
  of: readonly Topic[],
  attempt: (settle: (giveAnswer: () => void) => void) => void | Promise<void>,
): Promise<void> {
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    const again = await new Promise<boolean>((resolve, reject) => {
      const settle = (giveAnswer: () => void) => {
        const on_their_way = left > 1 ? of.flatMap((topic) => topics.settled(topic) ?? []) : [];
        if (on_their_way.length > 0) return resolve(Promise.all(on_their_way).then(() => true));
        giveAnswer();
        resolve(false);
      };
      Promise.resolve(attempt(settle)).catch(reject);
    });
    if (!again) return;
  }
}
