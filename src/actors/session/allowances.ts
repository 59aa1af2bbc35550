// What users and addresses may ask for, in tokens, all their sessions and calls together. Only so many are remembered,
// those that came last; a session keeps the buckets it began with, so that its requests look nothing up.

import { limits, type Rate, type Rates } from "../../domain/limits.ts";
import type { Share, SharedRates } from "../../domain/shared-rates.ts";
import { type Bucket, fullBucket, oweTokens, takeTokens } from "../../domain/token-bucket.ts";
import { failure } from "../../protocol/outcome.ts";
import { growingCache } from "../growing-cache.ts";

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

/** `onRefused` is told each time that the tokens weren't there; `shared` is null where there is one node alone. */
export function createAllowances(
  rates: Pick<Rates, "user_requests" | "address_requests" | "http_per_address">,
  clock: () => number,
  onRefused: (scope: AllowanceScope) => void,
  shared: SharedRates | null = null,
): Allowances {
  const of = <Key extends string | number>(name: keyof typeof rates, scope: AllowanceScope) => {
    const kind = { rate: rates[name], clock, onRefused: () => onRefused(scope) };
    return shared ? amongNodes<Key>(kind, shared.of<Key>(name)) : alone<Key>(kind);
  };
  return {
    ofUser: of<number>("user_requests", "user"),
    ofAddress: of<string>("address_requests", "address"),
    ofHttp: of<string>("http_per_address", "http"),
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
class BucketAllowance implements Allowance {
  readonly bucket: Bucket;
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
    this.bucket = fullBucket(kind.rate, kind.clock());
  }

  take(cost: number): number {
    return this.#counted(takeTokens(this.bucket, this.#kind.rate, cost, this.#kind.clock()));
  }

  wait(cost: number): number {
    return this.#counted(takeTokens({ ...this.bucket }, this.#kind.rate, cost, this.#kind.clock()));
  }

  owe(cost: number): void {
    oweTokens(this.bucket, this.#kind.rate, cost, this.#kind.clock());
  }

  #counted(retry_after_ms: number): number {
    if (retry_after_ms > 0) this.#kind.onRefused();
    return retry_after_ms;
  }
}

function alone<Key extends string | number>(kind: Kind): (key: Key) => Allowance {
  return remembered(() => new BucketAllowance(kind));
}

/** What is spent here is owed at the other nodes, and the other way round. */
function amongNodes<Key extends string | number>(kind: Kind, share: Share<Key>): (key: Key) => Allowance {
  const known = remembered((key: Key) => {
    const own = new BucketAllowance(kind);
    const take = (cost: number) => {
      const retry_after_ms = own.take(cost);
      if (retry_after_ms === 0) spent(key, own.bucket, cost);
      return retry_after_ms;
    };
    const owe = (cost: number) => {
      own.owe(cost);
      spent(key, own.bucket, cost);
    };
    const told: Allowance = { take, wait: (cost) => own.wait(cost), owe };
    return { own, told };
  });
  const spent = share(kind.rate, (key, tokens) => known(key).own.owe(tokens));
  return (key) => known(key).told;
}

function remembered<Key extends string | number, Value extends object>(make: (key: Key) => Value): (key: Key) => Value {
  const known = growingCache<Key, Value>(limits.allowance_entries);
  return (key) => {
    const found = known.get(key) ?? make(key);
    known.set(key, found);
    return found;
  };
}
