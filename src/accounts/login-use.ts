// When a log-in was used last, in coarse steps: as its token is looked at, and again and again while it has sockets open.
// A step is written once for each log-in, those of a moment together.
// Must not hold up who uses it, nor fail them.

import { growingCache } from "../actors/growing-cache.ts";
import { performed } from "../db/engine/write.ts";
import type { Store } from "../db/store.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { limits } from "../domain/limits.ts";

export interface LoginUse {
  /** The log-in is used now; `used_at` is what is stored of it. */
  used(login: number, used_at: number): void;
}

interface UseDependencies {
  store: Pick<Store, "logins" | "writer">;
  clock(): number;
}

const stepOf = (now_ms: number) => now_ms - (now_ms % limits.login_use_step_ms);

export function createLoginUse({ store, clock }: UseDependencies): LoginUse {
  /** The step that was last written for each. */
  const written = growingCache<number, number>(limits.throttle_entries);
  let waiting: number[] = [];
  const write = () => {
    const some = waiting;
    waiting = [];
    performed(store.writer.perform, store.logins.noteUse(some, stepOf(clock()))).catch(() => {
      for (const login of some) written.delete(login);
    });
  };
  return {
    used(login, used_at) {
      const step = stepOf(clock());
      if (used_at >= step || written.get(login) === step) return;
      written.set(login, step);
      if (waiting.length === 0) setTimeout(write, limits.came_ms).unref();
      waiting.push(login);
    },
  };
}

/** Notes those that have sockets open, now and then again and again. */
export function startLoginUse(
  { store, clock }: UseDependencies,
  open: () => Iterable<number>,
  onFault: (error: unknown) => void,
): Rounds {
  const round = async (isStopping: () => boolean) => {
    const ids = [...new Set(open())];
    for (let from = 0; from < ids.length && !isStopping(); from += limits.login_uses_at_once) {
      const some = ids.slice(from, from + limits.login_uses_at_once);
      await performed(store.writer.perform, store.logins.noteUse(some, stepOf(clock())));
    }
  };
  return startRounds(round, { every_ms: limits.login_use_step_ms, closing_ms: limits.purge_closing_ms, onFault });
}
