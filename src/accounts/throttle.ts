// Throttles by a key that strangers choose (a name, an address): a token bucket each, and only so many remembered,
// those asked last.

import { LRUCache } from "lru-cache";
import { limits, type Rate, type Rates } from "../domain/limits.ts";
import { type Bucket, fullBucket, takeTokens } from "../domain/token-bucket.ts";
import type { RateScope } from "../telemetry/metrics.ts";

export interface Throttle {
  /** Takes one token; returns 0, or the milliseconds until there will be one. */
  take(key: string): number;
  /** What `take` would return. */
  wait(key: string): number;
}

/** `onRefused` is told of each time that there was no token. */
export function createThrottle(rate: Rate, clock: () => number, onRefused: () => void = () => {}): Throttle {
  const buckets = new LRUCache<string, Bucket>({ max: limits.throttle_entries });
  return {
    take(key) {
      const now_ms = clock();
      const bucket = buckets.get(key) ?? fullBucket(rate, now_ms);
      buckets.set(key, bucket);
      const retry_after_ms = takeTokens(bucket, rate, 1, now_ms);
      if (retry_after_ms > 0) onRefused();
      return retry_after_ms;
    },
    wait(key) {
      const bucket = buckets.peek(key);
      const retry_after_ms = bucket ? takeTokens({ ...bucket }, rate, 1, clock()) : 0;
      if (retry_after_ms > 0) onRefused();
      return retry_after_ms;
    },
  };
}

export const unthrottled: Throttle = { take: () => 0, wait: () => 0 };

/** Makes throttles of the rates that are configured; what they refuse is counted under the scope. */
export type Throttles = (rate: keyof Rates, scope: RateScope) => Throttle;

/** Where rates aren't limited, the throttles let everything through. */
export function throttlesOf(
  { rate_limits, rates }: { rate_limits: boolean; rates: Rates },
  clock: () => number,
  onRefused: (scope: RateScope) => void,
): Throttles {
  return (rate, scope) => (rate_limits ? createThrottle(rates[rate], clock, () => onRefused(scope)) : unthrottled);
}
