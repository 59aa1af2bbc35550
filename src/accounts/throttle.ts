// Throttles by a key that strangers choose (a name, an address): a token bucket each, and only so many remembered,
// those asked last.

import { LRUCache } from "lru-cache";
import { limits, type Rate, type Rates } from "../domain/limits.ts";
import { type Bucket, fullBucket, oweTokens, takeTokens } from "../domain/token-bucket.ts";
import type { RateScope } from "../telemetry/metrics.ts";

export interface Throttle {
  /** Takes one token; returns 0, or the milliseconds until there will be one. */
  take(key: string): number;
  /** What `take` would return. */
  wait(key: string): number;
  /** Takes one token where there is one, for what isn't refused in any case. */
  spend(key: string): void;
  /** Takes one token for what has happened: where there is none it is owed, as many as a burst at most. */
  owe(key: string): void;
}

/** `onRefused` is told of each time that there was no token. */
export function createThrottle(rate: Rate, clock: () => number, onRefused: () => void = () => {}): Throttle {
  const buckets = new LRUCache<string, Bucket>({ max: limits.throttle_entries });
  const bucketOf = (key: string): Bucket => {
    const bucket = buckets.get(key) ?? fullBucket(rate, clock());
    buckets.set(key, bucket);
    return bucket;
  };
  const takeOne = (key: string): number => takeTokens(bucketOf(key), rate, 1, clock());
  return {
    take(key) {
      const retry_after_ms = takeOne(key);
      if (retry_after_ms > 0) onRefused();
      return retry_after_ms;
    },
    spend: (key) => void takeOne(key),
    owe: (key) => oweTokens(bucketOf(key), rate, 1, clock()),
    wait(key) {
      const bucket = buckets.peek(key);
      const retry_after_ms = bucket ? takeTokens({ ...bucket }, rate, 1, clock()) : 0;
      if (retry_after_ms > 0) onRefused();
      return retry_after_ms;
    },
  };
}

export const unthrottled: Throttle = { take: () => 0, wait: () => 0, spend: () => {}, owe: () => {} };

/** Makes throttles of the rates that are configured, so many bursts large; what they refuse is counted under the scope. */
export type Throttles = (rate: keyof Rates, scope: RateScope, bursts?: number) => Throttle;

/** Where rates aren't limited, the throttles let everything through. */
export function throttlesOf(
  { rate_limits, rates }: { rate_limits: boolean; rates: Rates },
  clock: () => number,
  onRefused: (scope: RateScope) => void,
): Throttles {
  return (name, scope, bursts = 1) => {
    const rate = { ...rates[name], burst: bursts * rates[name].burst };
    return rate_limits ? createThrottle(rate, clock, () => onRefused(scope)) : unthrottled;
  };
}
