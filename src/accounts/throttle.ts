// Throttles by a key that strangers choose (a name, an address): a token bucket each, and only so many remembered,
// those asked last.

import { LRUCache } from "lru-cache";
import { limits, type Rate } from "../domain/limits.ts";
import { type Bucket, fullBucket, takeTokens } from "../domain/token-bucket.ts";

export interface Throttle {
  /** Takes one token; returns 0, or the milliseconds until there will be one. */
  take(key: string): number;
}

export function createThrottle(rate: Rate, clock: () => number): Throttle {
  const buckets = new LRUCache<string, Bucket>({ max: limits.throttle_entries });
  return {
    take(key) {
      const now_ms = clock();
      const bucket = buckets.get(key) ?? fullBucket(rate, now_ms);
      buckets.set(key, bucket);
      return takeTokens(bucket, rate, 1, now_ms);
    },
  };
}

export const unthrottled: Throttle = { take: () => 0 };
