// Sends what waits: a few log-ins at once, few of one user, each one's notices one after another. What is sent was taken
// from the queue before, durably, so that nothing is sent twice; and all that it rests on is looked at once more.

import type { Slices } from "../../actors/kernel/slices.ts";
import { type Perform, performed } from "../../db/engine/write.ts";
import type { TakenNotice } from "../../db/queries/push-notices.ts";
import type { StandingSubscription } from "../../db/queries/push-subscriptions.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import type { Dial, Handed } from "./dialling.ts";
import { type PreparingDependencies, preparePush } from "./preparing.ts";

export interface SendingDependencies extends PreparingDependencies {
  store: PreparingDependencies["store"] & Pick<Store, "pushSubscriptions">;
  perform: Perform;
  dial: Dial;
  /** Encrypting takes the event loop's time. */
  slices: Pick<Slices, "turn">;
  onFault(error: unknown): void;
  onHanded(state: Handed["state"]): void;
}

export class Sending {
  readonly #on: SendingDependencies;
  /** The log-ins that something is sent to, with their users. */
  readonly #underway = new Map<number, number>();
  readonly #jobs = new Set<Promise<void>>();
  /** By log-in, what was taken and not handed to its service yet. */
  readonly #unsent = new Map<number, readonly TakenNotice[]>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #looking: Promise<void> | null = null;
  /** Something came while it was looked for what waits. */
  #look_again = false;
  #is_over = false;

  constructor(on: SendingDependencies) {
    this.#on = on;
  }

  /** Looks for what waits, now or after the look that is under way. */
  wake(): void {
    if (this.#is_over) return;
    this.#look_again = true;
    this.#looking ??= this.#look();
  }

  /** Begins nothing any more, and waits for what is under way, but not long: what was taken and not sent is put back. */
  async stop(within_ms: number): Promise<void> {
    this.#is_over = true;
    if (this.#timer) clearTimeout(this.#timer);
    // What the look has taken is among the jobs when it is over.
    const done = Promise.resolve(this.#looking).then(() => Promise.all(this.#jobs));
    await Promise.race([done, Bun.sleep(within_ms)]);
    const unsent = [...this.#unsent].filter(([, notices]) => notices.length > 0);
    // Whoever is still at it finds nothing left to do.
    this.#unsent.clear();
    await Promise.all(
      unsent.map(([login_id, notices]) => this.#putBack({ login_id }, notices).catch(this.#on.onFault)),
    );
  }

  async #look(): Promise<void> {
    while (this.#look_again && !this.#is_over) {
      this.#look_again = false;
      try {
        await this.#takeSome();
      } catch (error) {
        this.#on.onFault(error);
        this.#wakeAt(this.#on.clock() + limits.push_first_pause_ms);
      }
    }
    // In the turn in which nothing had come, lest what comes next be overheard.
    this.#looking = null;
  }

  async #takeSome(): Promise<void> {
    const { store, perform, clock } = this.#on;
    if (this.#underway.size >= limits.push_jobs) return;
    const now = clock();
    const jobs = this.#jobsByUser();
    // Whoever has their places is passed over, however much of theirs waits.
    const but = {
      but_logins: [...this.#underway.keys()],
      but_users: [...jobs.keys()].filter((id) => hasAll(jobs, id)),
    };
    const due = await store.pushNotices.due({ now, limit: limits.push_jobs_looked_at, ...but });
    const chosen = this.#choose(due);
    if (chosen.size === 0) {
      const next = await store.pushNotices.nextDue();
      // What is due now waits for one that is under way, whose end looks again.
      if (next !== null && next > now) this.#wakeAt(next);
      return;
    }
    const taken = await performed(perform, store.pushNotices.take([...chosen.keys()], now));
    for (const [login_id, user_id] of chosen) {
      this.#begin(
        login_id,
        user_id,
        taken.filter((notice) => notice.login_id === login_id),
      );
    }
    this.#look_again = true;
  }

  /** As many log-ins as there are places, with their users. None of them is under way. */
  #choose(due: readonly { login_id: number; user_id: number }[]): Map<number, number> {
    const chosen = new Map<number, number>();
    const jobs = this.#jobsByUser();
    for (const { login_id, user_id } of due) {
      if (this.#underway.size + chosen.size >= limits.push_jobs) break;
      if (chosen.has(login_id) || hasAll(jobs, user_id)) continue;
      chosen.set(login_id, user_id);
      jobs.set(user_id, (jobs.get(user_id) ?? 0) + 1);
    }
    return chosen;
  }

  /** To how many log-ins of each user something is sent. */
  #jobsByUser(): Map<number, number> {
    const jobs = new Map<number, number>();
    for (const user_id of this.#underway.values()) jobs.set(user_id, (jobs.get(user_id) ?? 0) + 1);
    return jobs;
  }

  #begin(login_id: number, user_id: number, taken: readonly TakenNotice[]): void {
    this.#underway.set(login_id, user_id);
    const job = this.#send(login_id, taken)
      .catch(this.#on.onFault)
      .finally(() => {
        this.#underway.delete(login_id);
        this.#unsent.delete(login_id);
        this.#jobs.delete(job);
        this.wake();
      });
    this.#jobs.add(job);
  }

  async #send(login_id: number, taken: readonly TakenNotice[]): Promise<void> {
    const { store, perform, slices, dial, clock, onFault, onHanded } = this.#on;
    const until = clock() + limits.push_turn_ms;
    for (const [at, notice] of taken.entries()) {
      this.#unsent.set(login_id, taken.slice(at));
      // It may have ended, or want other things, since the one before was sent.
      const to = await store.pushSubscriptions.find(login_id);
      if (!to) return;
      // Others who wait have their turn.
      if (clock() > until) return this.#putBack(to, taken.slice(at), clock());
      const push = await preparePush(this.#on, to, notice).catch((error) => {
        onFault(error);
        return "later" as const;
      });
      if (!this.#unsent.has(login_id)) return;
      if (push === "later") {
        await this.#putBack(to, [notice], clock() + limits.push_first_pause_ms);
        continue;
      }
      if (!push) {
        await perform(store.pushNotices.pass(notice));
        continue;
      }
      await slices.turn();
      if (!this.#unsent.has(login_id)) return;
      if (this.#is_over) return this.#putBack(to, taken.slice(at));
      this.#unsent.set(login_id, taken.slice(at + 1));
      const handed = await dial(to, push);
      onHanded(handed.state);
      if (!this.#unsent.has(login_id)) return;
      if (handed.state !== "sent") return this.#failed(to, handed, taken.slice(at));
      if (to.failures > 0) await perform(store.pushSubscriptions.succeeded(to));
    }
  }

  /** The rest waits, and what was certainly not taken with it; what nobody can tell of is not sent again. */
  async #failed(to: StandingSubscription, handed: Handed, [failed, ...rest]: readonly TakenNotice[]): Promise<void> {
    const { store, perform, clock } = this.#on;
    const { login_id, endpoint, failing_since } = to;
    const now = clock();
    if (handed.state === "gone" || now - (failing_since ?? now) > limits.push_failing_ms) {
      await perform(store.pushSubscriptions.forget(to));
      return;
    }
    const waiting = handed.state === "untaken" && failed ? [failed, ...rest] : rest;
    const held_until = now + pauseAfter(to.failures, handed);
    await perform(store.pushNotices.putBack(login_id, waiting, { endpoint, failing_since: now, held_until }));
  }

  async #putBack(
    { login_id }: Pick<StandingSubscription, "login_id">,
    taken: readonly TakenNotice[],
    until = 0,
  ): Promise<void> {
    await this.#on.perform(this.#on.store.pushNotices.putBack(login_id, taken, until));
  }

  /** One timer, for the earliest. */
  #wakeAt(at_ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    const wait_ms = Math.min(Math.max(0, at_ms - this.#on.clock()), limits.push_purge_ms);
    this.#timer = setTimeout(() => this.wake(), wait_ms).unref();
  }
}

/** As much is sent to the user at once as may be. */
function hasAll(jobs: ReadonlyMap<number, number>, user_id: number): boolean {
  return (jobs.get(user_id) ?? 0) >= limits.push_jobs_per_user;
}

/** Twice as long each time, and at least as long as the push service wants. */
export function pauseAfter(failures: number, handed: Handed): number {
  const pause_ms = limits.push_first_pause_ms * 2 ** Math.min(failures, 16);
  const wanted_ms = handed.state === "untaken" ? handed.retry_after_ms : 0;
  return Math.min(Math.max(pause_ms, wanted_ms), limits.push_most_pause_ms);
}
