// The set and the map that take little room: what they hold is what a Set and a Map hold.

import { expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { SmallMap, SmallSet } from "../../src/domain/small.ts";
import { seededRandom } from "../harness/random.ts";

const STEPS = 3_000;

test.each([4, limits.small, 4 * limits.small])("a set of up to %d numbers is a set", (most) => {
  const random = seededRandom(most);
  const [small, set] = [new SmallSet(), new Set<number>()];
  for (let step = 0; step < STEPS; step += 1) {
    const value = random.whole(0, most - 1);
    if (random.next() < 0.6) small.add(value) && set.add(value);
    else expect(small.delete(value)).toBe(set.delete(value));
    expect([...small]).toEqual([...set]);
    expect(small.size).toBe(set.size);
    expect(small.has(value)).toBe(set.has(value));
  }
});

test.each([4, limits.small, 4 * limits.small])("a map of up to %d numbers is a map", (most) => {
  const random = seededRandom(most);
  const [small, map] = [new SmallMap(), new Map<number, number>()];
  for (let step = 0; step < STEPS; step += 1) {
    const key = random.whole(0, most - 1);
    if (random.next() < 0.6) small.set(key, step) && map.set(key, step);
    else expect(small.delete(key)).toBe(map.delete(key));
    expect([...small.keys()]).toEqual([...map.keys()]);
    const walked: [number, number][] = [];
    small.forEach((value, of) => void walked.push([of, value]));
    expect(walked).toEqual([...map]);
    expect(small.size).toBe(map.size);
    expect([small.has(key), small.get(key)]).toEqual([map.has(key), map.get(key)]);
  }
});
