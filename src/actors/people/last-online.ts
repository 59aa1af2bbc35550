// When people were last online, as it is stored: of those who come, a round of the event loop together; of one as they
// go; and of all who are here from time to time, in one statement: where the process ends without a word, that is all
// that is known of when they were there. Those who wish not to be seen leave no trace. Nothing here rejects.

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
  /** Those who have come in this round of the event loop, by when. */
  #coming = new Map<number, Person[]>();

  constructor(on: LastOnlineDependencies) {
    this.#on = on;
    this.#timer = setInterval(() => void this.save(on.here(), on.clock()), limits.last_online_ms);
    this.#timer.unref();
  }

  /** They have come: noted soon, or before what is noted next. */
  came(person: Person, at_ms: number): void {
    if (this.#coming.size === 0) setImmediate(() => this.#noteComing());
    const then = this.#coming.get(at_ms);
    if (then) then.push(person);
    else this.#coming.set(at_ms, [person]);
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
    if (coming.size === 0) return;
    this.#coming = new Map();
    for (const [at_ms, people] of coming) void this.#save(people, at_ms);
  }

  async #save(people: Iterable<Person>, at_ms: number): Promise<void> {
    const user_ids = Array.from(people).flatMap(({ id, status }) => (status === "invisible" ? [] : id));
    if (user_ids.length > 0) await this.#on.saveLastOnline(user_ids, at_ms).catch(() => {});
  }
}
