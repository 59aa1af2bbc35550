// When the tokens of open sessions stop being good. One sweep looks at all of them, since a timer can't wait for months
// and one for each session would cost more.

import { type Rounds, startRounds } from "../../db/upkeep/rounds.ts";
import { limits } from "../../domain/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Actors } from "../calls.ts";
import type { SessionId } from "../delivery/gateway.ts";

export class Expiries {
  readonly #ends = new Map<SessionId, { login: number; at_ms: number }>();
  readonly #actors: Actors;
  /** None of them ends before that. */
  #first_ms = Number.POSITIVE_INFINITY;

  constructor(actors: Actors) {
    this.#actors = actors;
  }

  /** `at_ms` in Unix milliseconds. */
  watch(session: SessionId, login: number, at_ms: number): void {
    this.#ends.set(session, { login, at_ms });
    this.#first_ms = Math.min(this.#first_ms, at_ms);
  }

  /** The log-ins of all open sessions, of some more than once. */
  logins(): Iterable<number> {
    return this.#ends.values().map(({ login }) => login);
  }

  /** Tells the sessions whose log-in isn't among the good ones of those that were looked at. */
  judge(looked_at: ReadonlySet<number>, good: ReadonlySet<number>): void {
    for (const [session, { login }] of this.#ends) {
      if (!looked_at.has(login) || good.has(login)) continue;
      this.#actors.tell(`session:${session}`, "revoked", { logins: null, reason: "token_revoked" });
    }
  }

  forget(session: SessionId): void {
    this.#ends.delete(session);
  }

  /** Tells the sessions whose token is no longer good, again and again until they are forgotten. */
  sweep(now_ms: number): void {
    if (now_ms < this.#first_ms) return;
    this.#first_ms = Number.POSITIVE_INFINITY;
    for (const [session, { at_ms }] of this.#ends) {
      this.#first_ms = Math.min(this.#first_ms, at_ms);
      if (at_ms > now_ms) continue;
      this.#actors.tell(`session:${session}`, "revoked", { logins: null, reason: "token_revoked" });
    }
  }
}

/** Sweeps now, and then again and again. */
export function startExpiry(expiries: Expiries, { log, clock }: { log: Log; clock(): number }): Rounds {
  return startRounds(async () => expiries.sweep(clock()), {
    every_ms: limits.token_expiry_sweep_ms,
    closing_ms: 0,
    onFault: (error) => log.error({ err: error }, "a look for expired tokens broke off"),
  });
}
