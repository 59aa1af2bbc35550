// How often an address may ask for uploads that aren't there: an id is all that keeps an upload to whom it was told, so
// nobody may try many. A miss is counted after it happened; misses at one time leave a debt, which waits longer.
// Must not count what was found: a page of a hundred images is no guess.

import { LRUCache } from "lru-cache";
import { limits, type Rate, type Rates } from "../domain/limits.ts";
import { type Bucket, fullBucket, takeTokens } from "../domain/token-bucket.ts";
import type { RateScope } from "../telemetry/metrics.ts";

export interface UploadMisses {
  /** The milliseconds until the address may ask again; 0 when it may. */
  wait(address: string): number;
  missed(address: string): void;
}

/** Where rates aren't limited, none is counted. */
export function uploadMissesOf(
  { rate_limits, rates }: { rate_limits: boolean; rates: Rates },
  clock: () => number,
  onRefused: (scope: RateScope) => void,
): UploadMisses {
  if (!rate_limits) return { wait: () => 0, missed: () => undefined };
  return createUploadMisses(rates.upload_misses_per_address, clock, () => onRefused("upload_miss"));
}

/** `onRefused` is told of each time that an address had to wait. */
export function createUploadMisses(rate: Rate, clock: () => number, onRefused: () => void): UploadMisses {
  const buckets = new LRUCache<string, Bucket>({ max: limits.throttle_entries });
  return {
    wait(address) {
      const bucket = buckets.peek(address);
      const retry_after_ms = bucket ? takeTokens({ ...bucket }, rate, 1, clock()) : 0;
      if (retry_after_ms > 0) onRefused();
      return retry_after_ms;
    },
    missed(address) {
      const bucket = buckets.get(address) ?? fullBucket(rate, clock());
      buckets.set(address, bucket);
      // Brings it up to now.
      takeTokens(bucket, rate, 0, clock());
      bucket.tokens = Math.max(bucket.tokens - 1, -rate.burst);
    },
  };
}
