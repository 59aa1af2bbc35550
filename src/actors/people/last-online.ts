// When people were last online, as it is stored: of those who come, all of a moment together; of one as they go; and of all
// who are here from time to time, in one statement: where the process ends without a word, that is all that is known of
// when they were there. Those who wish not to be seen leave no trace. Nothing here rejects.

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
  /** Those who have come and are not noted yet, the first of them at `#coming_ms`, which is noted of all. */
  #coming: Person[] = [];
  #coming_ms = 0;

  constructor(on: LastOnlineDependencies) {
    this.#on = on;
    this.#timer = setInterval(() => void this.save(on.here(), on.clock()), limits.last_online_ms);
    this.#timer.unref();
  }

  /** They have come: noted soon, or before what is noted next. */
  came(person: Person, at_ms: number): void {
    if (this.#coming.length === 0) {
      this.#coming_ms = at_ms;
      setTimeout(() => this.#noteComing(), limits.came_ms).unref();
    }
    this.#coming.push(person);
  }

  /** Settles when it is durable. What can't be stored is stored the next time. */
  save(people: Iterable<Person>, at_ms: number): Promise<void> {
    this.#noteComing();
    return this.#save(people, at_ms);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #noteComing(): void {
    const coming = this.#coming;
    if (coming.length === 0) return;
    this.#coming = [];
    void this.#save(coming, this.#coming_ms);
  }

  async #save(people: Iterable<Person>, at_ms: number): Promise<void> {
    const user_ids = Array.from(people).flatMap(({ id, status }) => (status === "invisible" ? [] : id));
    if (user_ids.length > 0) await this.#on.saveLastOnline(user_ids, at_ms).catch(() => {});
  }
}
