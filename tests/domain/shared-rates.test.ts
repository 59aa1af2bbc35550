// Rates over several nodes: what is spent at one is owed at the others, near enough to what one node would have let through.

import { describe, expect, test } from "bun:test";
import { createThrottle, type Throttle } from "../../src/accounts/throttle.ts";
import { createAllowances } from "../../src/actors/session/allowances.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { createSharedRates, type SharedRates, type Spent } from "../../src/domain/shared-rates.ts";

/** So many nodes, at one time, of which each hears at once what another tells, but for what `isLost`. */
function several(count: number, isLost: (spent: Spent) => boolean = () => false) {
  const time = { ms: 0 };
  const told: Spent[] = [];
  const all: SharedRates[] = Array.from({ length: count }, (_, number) =>
    createSharedRates((spent) => {
      told.push(spent);
      if (isLost(spent)) return;
      for (const [other, rates_there] of all.entries()) if (other !== number) rates_there.spent(spent);
    }),
  );
  return { all, told, time, clock: () => time.ms };
}

const rate = { burst: 80, per_s: 8 };
const part = rate.burst / limits.told_parts;

function throttles(count: number) {
  const nodes = several(count);
  const at = nodes.all.map((shared) => createThrottle(rate, nodes.clock, () => {}, shared.of<string>("of a test")));
  return { ...nodes, at: at as [Throttle, ...Throttle[]] };
}

/** How many it lets through until it refuses. */
function letThrough({ take }: Pick<Throttle, "take">, key = "alice"): number {
  let taken = 0;
  while (take(key) === 0) taken += 1;
  return taken;
}

describe("a rate of several nodes", () => {
  test("is had as a whole at one of them", () => {
    const { at } = throttles(3);
    expect(letThrough(at[0])).toBe(rate.burst);
    // What isn't told yet is less than a part of it.
    for (const other of at.slice(1)) expect(letThrough(other)).toBeLessThan(part);
  });

  test("is no more at all of them, whoever is asked in which order, but for the parts that aren't told", () => {
    const { at } = throttles(4);
    let taken = 0;
    let refused = 0;
    for (let asked = 0; refused < at.length * 4; asked += 1) {
      if ((at[(asked * 7) % at.length] ?? at[0]).take("alice") === 0) taken += 1;
      else refused += 1;
    }
    expect(taken).toBeGreaterThanOrEqual(rate.burst);
    expect(taken).toBeLessThan(rate.burst + (at.length - 1) * part);
  });

  test("comes back as at one node, however long it is asked for", () => {
    const { at, time } = throttles(3);
    let taken = at.reduce((sum, throttle) => sum + letThrough(throttle), 0);
    for (let second = 0; second < 60; second += 1) {
      time.ms += 1_000;
      for (const throttle of at) taken += letThrough(throttle);
    }
    const at_one = rate.burst + 60 * rate.per_s;
    expect(taken).toBeGreaterThan(at_one - at.length * part);
    expect(taken).toBeLessThan(at_one + at.length * part);
  });

  test("is each one's own", () => {
    const { at } = throttles(2);
    letThrough(at[0], "mallory");
    expect(at[1]?.wait("alice")).toBe(0);
    expect(letThrough(at[1] as Throttle, "alice")).toBe(rate.burst);
  });

  test("costs nobody a word who asks for little, however long, since it comes back", () => {
    const { at, told, time } = throttles(2);
    for (let asked = 0; asked < 10 * rate.burst; asked += 1) {
      expect(at[0].take("alice")).toBe(0);
      time.ms += 1_000 / rate.per_s;
    }
    expect(told).toEqual([]);
  });

  test("costs so many words a burst, and no more, however hard it is asked for", () => {
    const { at, told } = throttles(2);
    letThrough(at[0]);
    for (let asked = 0; asked < 1_000; asked += 1) at[0].take("alice");
    expect(told.length).toBe(limits.told_parts);
    expect(told.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(rate.burst);
  });

  test("of which nothing is heard is that of each node alone", () => {
    const nodes = several(2, () => true);
    const [one, other] = nodes.all.map((shared) =>
      createThrottle(rate, nodes.clock, () => {}, shared.of<string>("of a test")),
    );
    expect([letThrough(one as Throttle), letThrough(other as Throttle)]).toEqual([rate.burst, rate.burst]);
  });

  test("that a node doesn't know is passed over", () => {
    const { all } = throttles(2);
    expect(() => all[0]?.spent({ name: "of tomorrow", key: "alice", tokens: 5 })).not.toThrow();
  });
});

test("what users and addresses may ask for is shared, and what others spent is not told again", () => {
  const nodes = several(2);
  const [one, other] = nodes.all.map((shared) => createAllowances(rates, nodes.clock, () => {}, shared));
  const { burst } = rates.user_requests;
  const mine = one?.ofUser(7);
  const theirs = other?.ofUser(7);
  expect(mine?.take(burst)).toBe(0);
  expect(nodes.told).toEqual([{ name: "user_requests", key: 7, tokens: burst }]);
  expect(theirs?.take(1)).toBeGreaterThan(0);
  expect(theirs?.wait(1)).toBeGreaterThan(0);
  // The buckets of another user, of an address and of HTTP are others.
  for (const allowance of [other?.ofUser(8), other?.ofAddress("7"), other?.ofHttp("7")]) {
    expect(allowance?.wait(1)).toBe(0);
  }
  nodes.time.ms += 1_000;
  const came_back = rates.user_requests.per_s;
  expect(theirs?.take(came_back)).toBe(0);
  theirs?.owe(burst);
  expect(nodes.told.at(-1)).toMatchObject({ name: "user_requests", key: 7 });
  expect(mine?.wait(1)).toBeGreaterThan(0);
  expect(nodes.told.length).toBeLessThanOrEqual(3);
});
