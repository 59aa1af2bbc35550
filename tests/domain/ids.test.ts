import { expect, test } from "bun:test";
import fc from "fast-check";
import { createIdGenerator, firstIdAt, firstIdHeard } from "../../src/domain/ids.ts";
import { seededRandom } from "../harness/random.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const lasting = 10_000;

test("ids only grow, stay above the floor and below 2^53, whatever the clock does", () => {
  const clock = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 100 });
  const floor = fc.oneof(fc.constant(0), fc.nat(), fc.constant(2 ** 52));
  fc.assert(
    fc.property(clock, floor, fc.nat(), (drifts_ms, floor_id, seed) => {
      let now_ms = NOW_MS;
      const ids = createIdGenerator(floor_id, () => now_ms, seededRandom(seed).next);
      let last = floor_id;
      for (const drift_ms of drifts_ms) {
        now_ms += drift_ms;
        const id = ids.next();
        expect(Number.isSafeInteger(id)).toBe(true);
        expect(id).toBeGreaterThan(last);
        last = id;
      }
    }),
  );
});

test("a clock that stands before the ids' epoch still makes positive ones", () => {
  const ids = createIdGenerator(
    0,
    () => 0,
    () => 0,
  );
  expect([ids.next(), ids.next()]).toEqual([1, 2]);
});

test("an hour of fast writing leaves the ids close to the clock", () => {
  let now_ms = NOW_MS;
  const ids = createIdGenerator(0, () => now_ms, seededRandom(1).next);
  const first = ids.next();
  for (let written = 0; written < lasting; written += 1) {
    now_ms += 360;
    ids.next();
  }
  expect(ids.next() - first).toBeLessThan(3_600_000 * 1000 + 1_000_000);
});

test.each([0, 1, 17])("the last digit is evenly spread with %p ms between ids", (step_ms) => {
  let now_ms = NOW_MS;
  const ids = createIdGenerator(0, () => now_ms, seededRandom(7).next);
  const digits = Array.from({ length: 10 }, () => 0);
  for (let made = 0; made < lasting; made += 1) {
    now_ms += step_ms;
    const digit = ids.next() % 10;
    digits[digit] = (digits[digit] ?? 0) + 1;
  }
  for (const count of digits) {
    expect(count).toBeGreaterThan(lasting / 10 - 150);
    expect(count).toBeLessThan(lasting / 10 + 150);
  }
});

test("what others made is passed: all ids from then on are greater", () => {
  const ids = createIdGenerator(
    0,
    () => NOW_MS,
    () => 0.5,
  );
  const ahead = ids.next() + 1_000_000;
  ids.pass(ahead);
  expect(ids.next()).toBe(ahead + 1);
  ids.pass(5);
  expect(ids.reached()).toBe(ahead + 2);
});

test.each([
  [
    "the number by which they came, where ids run ahead of the clock",
    firstIdAt(NOW_MS + 2_000),
    firstIdAt(NOW_MS + 2_000),
  ],
  ["the same number, where they don't", firstIdAt(NOW_MS) + 7, firstIdAt(NOW_MS) + 7],
  ["the time, where no number is known", 0, firstIdAt(NOW_MS)],
  ["the time, where the number is of an earlier coming", firstIdAt(NOW_MS - lasting), firstIdAt(NOW_MS)],
])("what is said to all is said to somebody from %s", (_, joined_seq, first_id) => {
  expect(firstIdHeard({ joined_at: NOW_MS, joined_seq })).toBe(first_id);
});
