// What users and addresses may ask for, in tokens, all their sessions and calls together. Only so many are remembered,
// those that came last; a session keeps the buckets it began with, so that its requests look nothing up.

import { LRUCache } from "lru-cache";
import { limits, type Rate, type Rates } from "../../domain/limits.ts";
import { type Bucket, fullBucket, oweTokens, takeTokens } from "../../domain/token-bucket.ts";
import { failure } from "../../protocol/outcome.ts";

/** Whose bucket was empty. */
export type AllowanceScope = "session" | "user" | "address" | "http";

/** A bucket that others may take from as well. */
export interface Allowance {
  /** Takes so many tokens; returns 0, or the milliseconds until they will be there. */
  take(cost: number): number;
  /** What `take` would return; takes nothing. */
  wait(cost: number): number;
  /** Takes them though they may not be there. */
  owe(cost: number): void;
}

export interface Allowances {
  ofUser(user_id: number): Allowance;
  ofAddress(address: string): Allowance;
  /** HTTP requests of any kind, each for what it takes to answer none. */
  ofHttp(address: string): Allowance;
}

/** `onRefused` is told each time that the tokens weren't there. */
export function createAllowances(
  rates: Pick<Rates, "user_requests" | "address_requests" | "http_per_address">,
  clock: () => number,
  onRefused: (scope: AllowanceScope) => void,
): Allowances {
  const of = (rate: Rate, scope: AllowanceScope): Kind => ({ rate, clock, onRefused: () => onRefused(scope) });
  return {
    ofUser: shared<number>(of(rates.user_requests, "user")),
    ofAddress: shared<string>(of(rates.address_requests, "address")),
    ofHttp: shared<string>(of(rates.http_per_address, "http")),
  };
}

const everything: Allowance = { take: () => 0, wait: () => 0, owe() {} };
export const unlimited: Allowances = {
  ofUser: () => everything,
  ofAddress: () => everything,
  ofHttp: () => everything,
};

/** Takes from each of them, until one has too little; returns 0, or the milliseconds until that one will have enough. */
export function takeAll(allowances: readonly Allowance[], cost: number): number {
  for (const allowance of allowances) {
    const retry_after_ms = allowance.take(cost);
    if (retry_after_ms > 0) return retry_after_ms;
  }
  return 0;
}

/** What `takeAll` would return; takes nothing. */
export function waitForAll(allowances: readonly Allowance[], cost: number): number {
  return allowances.reduce((longest, allowance) => Math.max(longest, allowance.wait(cost)), 0);
}

/** What a request gets for which there are too few tokens. */
export const tooMuch = (retry_after_ms: number) =>
  failure("rate_limited", "Too many requests; slow down.", { retry_after_ms });

/** What all buckets of one kind have in common. */
interface Kind {
  readonly rate: Rate;
  clock(): number;
  onRefused(): void;
}

/** One of ten thousand: an object without functions of its own. */
class SharedBucket implements Allowance {
  readonly #kind: Kind;
  readonly #bucket: Bucket;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.#bucket = fullBucket(kind.rate, kind.clock());
  }

  take(cost: number): number {
    return this.#counted(takeTokens(this.#bucket, this.#kind.rate, cost, this.#kind.clock()));
  }

  wait(cost: number): number {
    return this.#counted(takeTokens({ ...this.#bucket }, this.#kind.rate, cost, this.#kind.clock()));
  }

  owe(cost: number): void {
    oweTokens(this.#bucket, this.#kind.rate, cost, this.#kind.clock());
  }

  #counted(retry_after_ms: number): number {
    if (retry_after_ms > 0) this.#kind.onRefused();
    return retry_after_ms;
  }
}

function shared<Key extends number | string>(kind: Kind) {
  const known = new LRUCache<Key, Allowance>({ max: limits.allowance_entries });
  return (key: Key): Allowance => {
    const found = known.get(key) ?? new SharedBucket(kind);
    known.set(key, found);
    return found;
  };
}
