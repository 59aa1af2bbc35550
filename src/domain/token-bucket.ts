// Token buckets as plain values: how much may still be asked for, as of when. Time is passed in; nothing here reads
// a clock or keeps a map of buckets.

import { limits, type Rate } from "./limits.ts";

export interface Bucket {
  tokens: number;
  at_ms: number;
  /** Spent here, and not told yet to others who have such a bucket; absent where there are none. */
  untold?: number;
}

export function fullBucket(rate: Rate, now_ms: number): Bucket {
  return { tokens: rate.burst, at_ms: now_ms };
}

/**
 * Takes `cost` tokens, in place, or all that the bucket can hold where that is less. Returns 0 when they were there, else
 * the milliseconds until they will be, and takes nothing.
 */
export function takeTokens(bucket: Bucket, rate: Rate, cost: number, now_ms: number): number {
  refill(bucket, rate, now_ms);
  const price = Math.min(cost, rate.burst);
  if (bucket.tokens >= price) {
    bucket.tokens -= price;
    return 0;
  }
  return Math.max(1, Math.ceil(((price - bucket.tokens) / rate.per_s) * 1000));
}

/** Takes `cost` tokens that may not be there: the bucket owes them, up to as many as it can hold. */
export function oweTokens(bucket: Bucket, rate: Rate, cost: number, now_ms: number): void {
  refill(bucket, rate, now_ms);
  bucket.tokens = Math.max(-rate.burst, bucket.tokens - cost);
}

/**
 * Notes what was spent; returns how much of it others are to be told of now, who owe it from then on: nothing while it is
 * a small part of the bucket.
 */
export function spentToTell(bucket: Bucket, rate: Rate, spent: number): number {
  // What has come back since is nobody's to owe.
  const untold = Math.min((bucket.untold ?? 0) + spent, rate.burst - bucket.tokens);
  const told = untold >= rate.burst / limits.told_parts ? untold : 0;
  bucket.untold = untold - told;
  return told;
}

function refill(bucket: Bucket, rate: Rate, now_ms: number): void {
  const elapsed_s = Math.max(0, now_ms - bucket.at_ms) / 1000;
  bucket.tokens = Math.min(rate.burst, bucket.tokens + elapsed_s * rate.per_s);
  bucket.at_ms = now_ms;
}

/** What it costs to have been sent a reply of this length (UTF-16 code units), beside what was asked. */
export function replyCost(length: number): number {
  return Math.floor(length / limits.reply_length_per_token);
}

/** What it costs to read something of this length, whatever is in it. */
export function lengthCost(length: number): number {
  return Math.floor(length / limits.frame_length_per_token);
}
