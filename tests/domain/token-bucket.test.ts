import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../src/domain/limits.ts";
import { fullBucket, oweTokens, replyCost, takeTokens } from "../../src/domain/token-bucket.ts";

const rate = { burst: 10, per_s: 2 };

describe("a token bucket", () => {
  test("gives its burst at once and then nothing", () => {
    const bucket = fullBucket(rate, 0);
    const taken = Array.from({ length: 11 }, () => takeTokens(bucket, rate, 1, 0));
    expect(taken).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 500]);
  });

  test("says when there will be enough, and then there is", () => {
    const bucket = fullBucket(rate, 0);
    takeTokens(bucket, rate, 10, 0);
    expect(takeTokens(bucket, rate, 3, 0)).toBe(1500);
    expect(takeTokens(bucket, rate, 3, 1499)).toBe(1);
    expect(takeTokens(bucket, rate, 3, 1500)).toBe(0);
  });

  test("takes nothing for what it refuses", () => {
    const bucket = fullBucket(rate, 0);
    takeTokens(bucket, rate, 9, 0);
    expect(takeTokens(bucket, rate, 2, 0)).toBeGreaterThan(0);
    expect(takeTokens(bucket, rate, 1, 0)).toBe(0);
  });

  test("gives all it can hold for what costs more than that", () => {
    const bucket = fullBucket(rate, 0);
    expect(takeTokens(bucket, rate, 25, 0)).toBe(0);
    expect(takeTokens(bucket, rate, 25, 0)).toBe(5_000);
    expect(takeTokens(bucket, rate, 25, 5_000)).toBe(0);
  });

  test("owes what wasn't there, up to as much as it can hold", () => {
    const bucket = fullBucket(rate, 0);
    oweTokens(bucket, rate, 14, 0);
    expect(takeTokens(bucket, rate, 1, 0)).toBe(2_500);
    oweTokens(bucket, rate, 1_000, 0);
    expect(takeTokens(bucket, rate, 1, 0)).toBe(5_500);
    expect(takeTokens(bucket, rate, 1, 5_500)).toBe(0);
  });

  test("never holds more than its burst", () => {
    const bucket = fullBucket(rate, 0);
    expect(takeTokens(bucket, rate, 10, 3_600_000)).toBe(0);
    expect(takeTokens(bucket, rate, 1, 3_600_000)).toBe(500);
  });

  test("doesn't mind a clock set back", () => {
    const bucket = fullBucket(rate, 10_000);
    takeTokens(bucket, rate, 10, 10_000);
    expect(takeTokens(bucket, rate, 1, 0)).toBe(500);
    expect(takeTokens(bucket, rate, 1, 500)).toBe(0);
  });

  test("never gives more than its burst and its refill", () => {
    const asks = fc.array(fc.record({ wait_ms: fc.nat(2_000), cost: fc.integer({ min: 1, max: 10 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(asks, (history) => {
        const bucket = fullBucket(rate, 0);
        let now_ms = 0;
        let given = 0;
        for (const { wait_ms, cost } of history) {
          now_ms += wait_ms;
          if (takeTokens(bucket, rate, cost, now_ms) === 0) given += cost;
          expect(given).toBeLessThanOrEqual(rate.burst + (now_ms / 1000) * rate.per_s + 1e-6);
        }
      }),
    );
  });

  test("keeps its word: who waits as long as told is served", () => {
    const costs = fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 40 });
    fc.assert(
      fc.property(costs, (wanted) => {
        const bucket = fullBucket(rate, 0);
        let now_ms = 0;
        for (const cost of wanted) {
          const wait_ms = takeTokens(bucket, rate, cost, now_ms);
          if (wait_ms === 0) continue;
          now_ms += wait_ms;
          expect(takeTokens(bucket, rate, cost, now_ms)).toBe(0);
        }
      }),
    );
  });
});

test("a reply costs by its length, and a short one nothing", () => {
  const length = limits.reply_length_per_token;
  expect([0, length - 1, length, 4 * length].map(replyCost)).toEqual([0, 0, 1, 4]);
});
