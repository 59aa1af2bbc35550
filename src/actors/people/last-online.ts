// When people were last online, as it is stored: of one as they come and go, and of all who are here from time to time,
// in one statement: where the process ends without a word, it is all that is known of when they were there. Those who
// wish not to be seen leave no trace. Nothing here rejects.

import { limits } from "../../domain/limits.ts";
import type { Person } from "../../domain/presence.ts";

export interface LastOnlineDependencies {
  /** Those who are here. */
  here(): Iterable<Person>;
  saveLastOnline(user_ids: readonly number[], at_ms: number): Promise<unknown>;
  clock(): number;
}

export class LastOnline {
  readonly #on: LastOnlineDependencies;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(on: LastOnlineDependencies) {
    this.#on = on;
    this.#timer = setInterval(() => void this.save(on.here(), on.clock()), limits.last_online_ms);
    this.#timer.unref();
  }

  /** Settles when it is durable. What can't be stored is stored the next time. */
  async save(people: Iterable<Person>, at_ms: number): Promise<void> {
    const user_ids = Array.from(people).flatMap(({ id, status }) => (status === "invisible" ? [] : id));
    if (user_ids.length > 0) await this.#on.saveLastOnline(user_ids, at_ms).catch(() => {});
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
