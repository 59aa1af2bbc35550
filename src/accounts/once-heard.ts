// Log-ins that ended, as those notice it who had them: whoever is answered that one has ended may rely on it.

import type { Actors } from "../actors/calls.ts";
import type { Outcome } from "../protocol/outcome.ts";

/** Settles once all sessions have heard what was revoked so far, or it can't be said in time whether they have. */
export async function heardByAll(actors: Actors): Promise<void> {
  await actors.request("presence", "settled", { user_ids: [], heard: true });
}

/**
 * The answer, once all sessions have heard what was revoked before, wherever they are: none is told, or does, anything
 * by that log-in afterwards. Where nobody can say so in time the answer stands all the same: what ended is stored.
 */
export async function onceHeard<Value>(
  { actors }: { actors: Actors },
  answer: Outcome<Value> | Promise<Outcome<Value>>,
): Promise<Outcome<Value>> {
  const outcome = await answer;
  if (outcome.ok) await heardByAll(actors);
  return outcome;
}
