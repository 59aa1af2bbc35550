// How often passwords may be tried. At a name, each address has a bucket of its own. Every guess counts in one more of
// the name, of the same refill, which one address alone can't empty. It refuses only addresses from which the owner
// hasn't logged in lately: strangers lock out strangers, and many of them guess no faster than one. All nodes ask one
// actor, so that nobody guesses more at several of them.

import type { Actors } from "../actors/calls.ts";
import type { GuessCalls } from "../actors/guesses.ts";
import type { Actor } from "../actors/kernel/actor.ts";
import { limits } from "../domain/limits.ts";
import { type Outcome, success } from "../protocol/outcome.ts";
import { tooOften } from "./accounts.ts";
import type { Throttles } from "./throttle.ts";

export interface Guesses {
  /** Takes one guess at the password of the name; `rate_limited` where there were too many. */
  atName(name_key: string, address: string, is_known_place: boolean): Promise<Outcome<null>>;
  /** The same for a login that is asked for the password once more. */
  withLogin(login: number, name_key: string): Promise<Outcome<null>>;
}

/** Its actor counts from now on, where it is this process's to count. */
export function createGuesses(actors: Actors, throttleOf: Throttles): Guesses {
  actors.define("guesses", { mailbox_limit: limits.mailbox, start: () => counting(throttleOf) });
  return {
    atName: (name_key, address, is_known_place) =>
      actors.request("guesses", "at_name", { name: shortOf(name_key), address, is_known_place }),
    withLogin: (login, name_key) => actors.request("guesses", "with_login", { login, name: shortOf(name_key) }),
  };
}

function counting(throttleOf: Throttles): Actor<GuessCalls> {
  const of_place = throttleOf("login_per_name", "login_name", { at_one_node: true });
  const of_login = throttleOf("login_per_name", "login_name", { at_one_node: true });
  const of_name = throttleOf("login_per_name", "login_name", {
    ...{ bursts: limits.login_stranger_bursts, at_one_node: true },
  });
  const counted = (refused_ms: number, name: string) => {
    if (refused_ms === 0) of_name.spend(name);
    return refused_ms;
  };
  return {
    receive: {
      at_name({ name, address, is_known_place }, reply) {
        // Asked first: what the one refuses mustn't count in the other.
        const strangers_ms = is_known_place ? 0 : of_name.wait(name);
        reply(answerOf(strangers_ms || counted(of_place.take(`${address} ${name}`), name)));
      },
      with_login: ({ login, name }, reply) => reply(answerOf(counted(of_login.take(String(login)), name))),
    },
  };
}

const answerOf = (retry_after_ms: number) => (retry_after_ms === 0 ? success(null) : tooOften(retry_after_ms));

/** What is asked for may be as long as a stranger likes, and thousands of names are remembered. */
function shortOf(name_key: string): string {
  return new Bun.CryptoHasher("sha256").update(name_key).digest("base64url");
}
