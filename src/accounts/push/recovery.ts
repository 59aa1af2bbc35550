// What was said in the moment before the process died, when nobody had looked yet at who is to be told of it: it is looked
// at after the next start. From which id on that may be so is noted in the database from time to time, beside all else.
// It tells nobody twice: how far each was told stands in the queue.

import { type Perform, performed } from "../../db/engine/write.ts";
import type { SaidRange } from "../../db/queries/push-notices.ts";
import type { Store } from "../../db/store.ts";
import { firstIdAt } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";

export interface RecoveryDependencies {
  store: Pick<Store, "settings" | "pushNotices">;
  perform: Perform;
  clock(): number;
  /** The number of this node; null where there is no other. */
  node: number | null;
  /** The least id of what waits to be looked at; null where all was. */
  waitingFrom(): number | null;
}

export class Recovery {
  readonly #on: RecoveryDependencies;
  readonly #key: string;
  /** From which id on what was said before the start may not have been looked at; null where it was. */
  #left_from: number | null = null;
  /** As it is stored. */
  #noted = 0;
  #last_said = 0;
  /** Something was said beyond what is noted. */
  #is_behind = false;

  constructor(on: RecoveryDependencies) {
    this.#on = on;
    this.#key = on.node === null ? "pushes_looked_at" : `pushes_looked_at_${on.node}`;
  }

  async begin(): Promise<void> {
    const noted = await this.#on.store.settings.get(this.#key);
    if (noted === null) return;
    this.#noted = Number(noted);
    this.#left_from = this.#noted;
  }

  said(id: number): void {
    this.#last_said = Math.max(this.#last_said, id);
    this.#is_behind = true;
  }

  /** There is somebody to tell from now on: of what was said before nobody is told. */
  came(): void {
    this.#is_behind = true;
  }

  /** Hands over what the process before this one left; nothing the second time. */
  async left(): Promise<SaidRange[]> {
    if (this.#left_from === null) return [];
    const { store, clock, node } = this.#on;
    const since = Math.max(this.#left_from, firstIdAt(clock() - limits.push_ttl_s * 1000));
    const ranges = await store.pushNotices.saidSince({ since, node, limit: limits.push_messages_recovered });
    this.#left_from = null;
    return ranges;
  }

  /** Notes how far all was looked at. What is being said may not be known here yet. */
  async note(): Promise<void> {
    if (this.#is_behind) await this.#put(firstIdAt(this.#on.clock() - limits.push_settling_ms));
  }

  /** The same when nothing is said any more. */
  async end(): Promise<void> {
    if (this.#is_behind || this.#noted > 0) await this.#put(Math.max(firstIdAt(this.#on.clock()), this.#last_said + 1));
  }

  async #put(settled: number): Promise<void> {
    const { store, perform, waitingFrom } = this.#on;
    const from = Math.min(settled, waitingFrom() ?? settled, this.#left_from ?? settled);
    if (from <= this.#noted) return;
    await performed(perform, store.settings.put(this.#key, String(from)));
    this.#noted = from;
    this.#is_behind = from <= this.#last_said;
  }
}
