// How often passwords may be tried. At a name, each address has a bucket of its own. Every guess counts in one more of
// the name, of the same refill, which one address alone can't empty. It refuses only addresses from which the owner
// hasn't logged in lately: strangers lock out strangers, and many of them guess no faster than one.

import { limits } from "../domain/limits.ts";
import type { Throttles } from "./throttle.ts";

export interface Guesses {
  /** Takes one guess at the password of the name; returns 0, or the milliseconds until there will be one. */
  atName(name_key: string, address: string, is_known_place: boolean): number;
  /** The same for a login that is asked for the password once more. */
  withLogin(login: number, name_key: string): number;
}

export function createGuesses(throttleOf: Throttles): Guesses {
  const of_place = throttleOf("login_per_name", "login_name");
  const of_login = throttleOf("login_per_name", "login_name");
  const of_name = throttleOf("login_per_name", "login_name", limits.login_stranger_bursts);
  const counted = (refused_ms: number, name: string) => {
    if (refused_ms === 0) of_name.spend(name);
    return refused_ms;
  };
  return {
    atName(name_key, address, is_known_place) {
      const name = shortOf(name_key);
      // Asked first: what the one refuses mustn't count in the other.
      const strangers_ms = is_known_place ? 0 : of_name.wait(name);
      return strangers_ms || counted(of_place.take(`${address} ${name}`), name);
    },
    withLogin: (login, name_key) => counted(of_login.take(String(login)), shortOf(name_key)),
  };
}

/** What is asked for may be as long as a stranger likes, and thousands of names are remembered. */
function shortOf(name_key: string): string {
  return new Bun.CryptoHasher("sha256").update(name_key).digest("base64url");
}
