// Throttles by a key that strangers choose (a name, an address): a token bucket or a window each, and only so many
// remembered, those asked last.

import { growingCache } from "../actors/growing-cache.ts";
import { limits, type Rate, type Rates } from "../domain/limits.ts";
import type { Share, SharedRates } from "../domain/shared-rates.ts";
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

/** `onRefused` is told of each time that there was no token; with `share` other nodes have the same one. */
export function createThrottle(
  rate: Rate,
  clock: () => number,
  onRefused: () => void = () => {},
  share: Share<string> | null = null,
): Throttle {
  const buckets = growingCache<string, Bucket>(limits.throttle_entries);
  const bucketOf = (key: string): Bucket => {
    const bucket = buckets.get(key) ?? fullBucket(rate, clock());
    buckets.set(key, bucket);
    return bucket;
  };
  const spent = share?.(rate, (key, tokens) => oweTokens(bucketOf(key), rate, tokens, clock()));
  const takeOne = (key: string): number => {
    const bucket = bucketOf(key);
    const retry_after_ms = takeTokens(bucket, rate, 1, clock());
    if (retry_after_ms === 0) spent?.(key, bucket, 1);
    return retry_after_ms;
  };
  return {
    take(key) {
      const retry_after_ms = takeOne(key);
      if (retry_after_ms > 0) onRefused();
      return retry_after_ms;
    },
    spend: (key) => void takeOne(key),
    owe(key) {
      const bucket = bucketOf(key);
      oweTokens(bucket, rate, 1, clock());
      spent?.(key, bucket, 1);
    },
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
  const taken = growingCache<string, readonly number[]>(limits.throttle_entries);
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

/**
 * Makes throttles of the rates that are configured, so many bursts large; what they refuse is counted under the scope. One
 * of each name and scope, and `of` the same where there are several, holds at all nodes together, unless it is asked
 * `at_one_node` in any case.
 */
export type Throttles = (
  rate: keyof Rates,
  scope: RateScope,
  options?: { bursts?: number; at_one_node?: boolean; of?: string },
) => Throttle;

/** What is promised by the minute, and not only on the long run; whoever owns it asks, so it is asked at one node. */
const windows: ReadonlySet<keyof Rates> = new Set(["webhook_messages"]);

/** Where rates aren't limited, the throttles let everything through; `shared` is null where there is one node alone. */
export function throttlesOf(
  { rate_limits, rates }: { rate_limits: boolean; rates: Rates },
  clock: () => number,
  onRefused: (scope: RateScope) => void,
  shared: SharedRates | null,
): Throttles {
  return (name, scope, { bursts = 1, at_one_node = false, of = "" } = {}) => {
    if (!rate_limits) return unthrottled;
    const rate = { ...rates[name], burst: bursts * rates[name].burst };
    if (windows.has(name)) return createWindow(rate, clock, () => onRefused(scope));
    const share = at_one_node ? null : (shared?.of<string>(`${name} ${scope} ${of}`) ?? null);
    return createThrottle(rate, clock, () => onRefused(scope), share);
  };
}
