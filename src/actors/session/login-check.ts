// Whether the log-ins of all open sessions are still good, where word of the end of one may never have come here: it looks
// until that could be read, and once more when those that were opening are open. Of several checks the last one goes on.

import type { Rounds } from "../../db/upkeep/rounds.ts";
import { limits } from "../../domain/limits.ts";
import type { Later } from "../kernel/later.ts";
import type { Expiries } from "./expiries.ts";

export interface LoginCheckDependencies {
  expiries: Pick<Expiries, "logins" | "judge">;
  goodLogins(ids: readonly number[]): Promise<ReadonlySet<number>>;
  later: Pick<Later, "run" | "stop">;
}

export class LoginCheck implements Rounds {
  readonly #on: LoginCheckDependencies;
  /** The number of the check that goes on. */
  #check = 0;

  constructor(on: LoginCheckDependencies) {
    this.#on = on;
  }

  /** Settles when it has looked, or couldn't. */
  run(): Promise<void> {
    this.#check += 1;
    return this.#look(this.#check, true);
  }

  async stop(): Promise<void> {
    this.#check += 1;
    this.#on.later.stop();
  }

  async #look(check: number, is_first: boolean): Promise<void> {
    const { expiries, goodLogins, later } = this.#on;
    if (check !== this.#check) return;
    const looked_at = new Set(expiries.logins());
    const good = new Set<number>();
    for (let ids = [...looked_at]; ids.length > 0; ids = ids.slice(limits.people_looked_up)) {
      const some = await goodLogins(ids.slice(0, limits.people_looked_up)).catch(() => null);
      if (check !== this.#check) return;
      if (!some) return later.run(limits.catching_up_retry_ms, () => void this.#look(check, is_first));
      for (const id of some) good.add(id);
    }
    expiries.judge(looked_at, good);
    if (is_first) later.run(limits.request_deadline_ms, () => void this.#look(check, false));
  }
}
