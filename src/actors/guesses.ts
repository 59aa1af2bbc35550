// What can be asked of the one who counts guesses at passwords, for all nodes together. Names come as their hashes.

import type { Call } from "./kernel/actor.ts";

export type GuessCalls = {
  /** Takes one guess at the password of the name; `rate_limited` where there were too many. */
  at_name: Call<{ name: string; address: string; is_known_place: boolean }>;
  /** The same for a login that is asked for the password once more. */
  with_login: Call<{ login: number; name: string }>;
};
