// The fence of one node among several: its term is in its row. Groups of other nodes pass beside it; what a node may
// write for a slot, each job says for itself (`slot-fence.ts`). When it isn't known whether a group was done, the term is
// raised before anything else: it can't be done after.

import { monotonic } from "../../clock.ts";
import { DatabaseError, type DatabaseFault, type Statement, unavailable, undone } from "../../db/engine/driver.ts";
import { type GroupFence, unsafeFault } from "../../db/engine/fence.ts";
import { limits } from "../../domain/limits.ts";
import type { Membership } from "./membership.ts";

export class TermFence implements GroupFence {
  readonly #membership: Membership;
  readonly #patience_ms: number;
  #is_held = true;
  #raising: Promise<DatabaseFault | null> | null = null;

  /** `patience_ms`: so long a lease that has run out is waited for. */
  constructor(membership: Membership, patience_ms: number) {
    this.#membership = membership;
    this.#patience_ms = patience_ms;
  }

  guard(): Statement {
    return this.#membership.guard();
  }

  get isHeld(): boolean {
    return this.#is_held && this.#membership.isGood;
  }

  async settled(): Promise<DatabaseFault | null> {
    await this.#leased();
    const barred = this.#barred();
    if (this.#is_held || barred) return barred;
    this.#raising ??= this.#raise().finally(() => {
      this.#raising = null;
    });
    return this.#raising;
  }

  doubt(): void {
    this.#is_held = false;
  }

  async refused(fault: DatabaseFault): Promise<DatabaseFault | null> {
    if (fault.constraint === "not_durable") return unsafeFault();
    if (fault.constraint !== "stale_term") return unavailable(fault.message);
    this.doubt();
    return this.settled();
  }

  async look(): Promise<DatabaseFault | null> {
    await this.#membership.renew();
    return this.#barred();
  }

  /** Settles when the lease holds, or isn't waited for any longer. */
  async #leased(): Promise<void> {
    const until_ms = monotonic() + this.#patience_ms;
    const isOver = () => this.#membership.isGood || this.#membership.lost !== null || monotonic() >= until_ms;
    while (!isOver()) {
      await this.#membership.renew();
      if (!isOver()) await Bun.sleep(limits.remote_database_pause_ms);
    }
  }

  /** Why nothing may be written now. */
  #barred(): DatabaseFault | null {
    const { isGood, lost } = this.#membership;
    if (lost !== null) return unavailable(lost);
    return isGood ? null : undone(unavailable("this node's lease has run out, and the database doesn't renew it"));
  }

  async #raise(): Promise<DatabaseFault | null> {
    try {
      await this.#membership.raiseTerm();
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return unavailable(`what became of earlier work isn't known: ${error.message}`);
    }
    this.#is_held = this.#membership.lost === null;
    return this.#barred();
  }
}
