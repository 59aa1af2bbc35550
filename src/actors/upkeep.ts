// The way to whoever does the work of the background that only one process does: somebody has left something new for it.
// What can't be heard is found by a later round.

import { limits } from "../domain/limits.ts";
import type { Actors } from "./calls.ts";
import type { Call } from "./kernel/actor.ts";

type UpkeepWork = "sweeps" | "removals";

export type UpkeepCalls = {
  /** There is more of it to be done. */
  noted: Call<{ work: UpkeepWork }>;
};

/** Has each kind of work looked for when somebody has noted some, at whatever node. */
export function defineUpkeep(actors: Actors, look: Readonly<Record<UpkeepWork, () => unknown>>): void {
  actors.define("upkeep", {
    mailbox_limit: limits.mailbox,
    start: () => ({ receive: { noted: ({ work }) => void look[work]() } }),
  });
}
