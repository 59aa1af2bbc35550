// Throttles by a key that strangers choose (a name, an address): a token bucket or a window each, and only so many
// remembered, those asked last.

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

/** The same, but that never more than a burst is taken within the time in which a whole one comes back. */
export function createWindow({ burst, per_s }: Rate, clock: () => number, onRefused: () => void = () => {}): Throttle {
  const window_ms = (burst / per_s) * 1000;
  /** The last burst of each key, oldest first. */
  const taken = new LRUCache<string, readonly number[]>({ max: limits.throttle_entries });
  const note = (key: string) => void taken.set(key, [...(taken.get(key) ?? []), clock()].slice(-burst));
  const left = (key: string): number => {
    const oldest = taken.peek(key)?.at(-burst);
    return oldest === undefined ? 0 : Math.max(0, Math.ceil(oldest + window_ms - clock()));
  };
  const wait = (key: string): number => {
    const retry_after_ms = left(key);
    if (retry_after_ms > 0) onRefused();
    return retry_after_ms;
  };
  return {
    wait,
    take(key) {
      const retry_after_ms = wait(key);
      if (retry_after_ms === 0) note(key);
      return retry_after_ms;
    },
    spend(key) {
      if (left(key) === 0) note(key);
    },
    owe: note,
  };
}

export const unthrottled: Throttle = { take: () => 0, wait: () => 0, spend: () => {}, owe: () => {} };

/** Makes throttles of the rates that are configured, so many bursts large; what they refuse is counted under the scope. */
export type Throttles = (rate: keyof Rates, scope: RateScope, bursts?: number) => Throttle;

/** What is promised by the minute, and not only on the long run. */
const windows: ReadonlySet<keyof Rates> = new Set(["webhook_messages"]);

/** Where rates aren't limited, the throttles let everything through. */
export function throttlesOf(
  { rate_limits, rates }: { rate_limits: boolean; rates: Rates },
  clock: () => number,
  onRefused: (scope: RateScope) => void,
): Throttles {
  return (name, scope, bursts = 1) => {
    if (!rate_limits) return unthrottled;
    const create = windows.has(name) ? createWindow : createThrottle;
    const rate = { ...rates[name], burst: bursts * rates[name].burst };
    return create(rate, clock, () => onRefused(scope));
  };
}
