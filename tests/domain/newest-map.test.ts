// The map that keeps what was put in last, held to a plain one that keeps everything.

import { expect, test } from "bun:test";
import { NewestMap } from "../../src/domain/newest-map.ts";
import { seededRandom } from "../harness/random.ts";

const LIMIT = 20;

test("the newest half is always there, nothing old comes back, and there are never more than the limit", () => {
  const random = seededRandom(1);
  const map = new NewestMap<number, number>(LIMIT);
  const all = new Map<number, number>();
  for (let step = 0; step < 2_000; step += 1) {
    const key = random.whole(0, 3 * LIMIT);
    map.set(key, step);
    all.delete(key);
    all.set(key, step);
    const newest = [...all].slice(-LIMIT / 2);
    expect(newest.map(([one]) => map.get(one))).toEqual(newest.map(([, value]) => value));
    const there = [...all].filter(([one]) => map.has(one));
    expect(there.length).toBeLessThanOrEqual(LIMIT);
    expect(there.map(([one]) => map.get(one))).toEqual(there.map(([, value]) => value));
  }
});
