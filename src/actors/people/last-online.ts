// When people were last online, as it is stored: of those who come, all of a moment together; of those who go, as they do;
// and of all who are here from time to time: where the process ends without a word, that is all that is known of when
// they were there. So many at a time are stored in one statement, one statement after another: ten thousand may go at
// once, and others' messages wait behind no more than one. Those who wish not to be seen leave no trace.
// Nothing here rejects.

import { limits } from "../../domain/limits.ts";
import type { LastSeen, Person } from "../../domain/presence.ts";
import type { Slices } from "../kernel/slices.ts";

export interface LastOnlineDependencies {
  /** Those who are here. */
  here(): Iterable<Person>;
  /** Of several of one person the last stands. */
  saveLastOnline(seen: readonly LastSeen[]): Promise<unknown>;
  slices: Pick<Slices, "turn">;
  clock(): number;
}

/** What one statement stores. */
interface Lot {
  seen: LastSeen[];
  /** What is done when it is stored. */
  after: (() => void)[];
}

export class LastOnline {
  readonly #on: LastOnlineDependencies;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Those who have come and are not noted yet, the first of them at `#coming_ms`, which is noted of all. */
  #coming: Person[] = [];
  #coming_ms = 0;
  /** What is stored next; null while nobody is noted who isn't on the way. */
  #next: Lot | null = null;
  #stored: Promise<void> = Promise.resolve();

  constructor(on: LastOnlineDependencies) {
    this.#on = on;
    this.#timer = setInterval(() => this.#noteAll(on.here(), on.clock()), limits.last_online_ms);
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

  /** They have gone. `then`: when it is durable, or can't be stored; of many, a few in each slice. */
  left(person: Person, at_ms: number, then: () => void): void {
    this.#noteComing();
    this.#note(person, at_ms).after.push(then);
  }

  /** Nobody is noted from time to time any more. Settles when all is durable that was noted, these as they are. */
  async stop(people: Iterable<Person>): Promise<void> {
    clearInterval(this.#timer);
    this.#noteComing();
    for (const person of people) this.#note(person, person.last_online);
    await this.#stored;
  }

  #noteComing(): void {
    const coming = this.#coming;
    this.#coming = [];
    for (const person of coming) this.#note(person, this.#coming_ms);
  }

  #noteAll(people: Iterable<Person>, at_ms: number): void {
    this.#noteComing();
    for (const person of people) this.#note(person, at_ms);
  }

  #note({ id, status }: Person, last_online: number): Lot {
    if (!this.#next || this.#next.seen.length >= limits.last_online_at_once) this.#next = this.#begin();
    if (status !== "invisible") this.#next.seen.push({ id, last_online });
    return this.#next;
  }

  /** It is stored when the one before is; what is noted until then is part of it. */
  #begin(): Lot {
    const lot: Lot = { seen: [], after: [] };
    this.#stored = this.#stored.then(() => this.#store(lot));
    return lot;
  }

  async #store(lot: Lot): Promise<void> {
    if (this.#next === lot) this.#next = null;
    // What can't be stored is stored the next time.
    if (lot.seen.length > 0) await this.#on.saveLastOnline(lot.seen).catch(() => {});
    void this.#goOn(lot.after);
  }

  async #goOn(all: readonly (() => void)[]): Promise<void> {
    for (const then of all) {
      await this.#on.slices.turn();
      then();
    }
  }
}
