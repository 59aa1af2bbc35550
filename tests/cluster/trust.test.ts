// Whether a node is sent what it would commit for all, after what came of earlier groups.

import { describe, expect, test } from "bun:test";
import { Trust } from "../../src/cluster/writing/trust.ts";
import type { Answer } from "../../src/db/engine/database-server.ts";
import { unavailable, undone } from "../../src/db/engine/driver.ts";

const done: Answer = { state: "done", results: [] };
const unknown: Answer = { state: "unknown", fault: unavailable("cut off") };
const busy: Answer = { state: "undone", again: true, is_busy: true, fault: undone(unavailable("locked")) };
const useless: Answer = { state: "undone", again: false, fault: undone(unavailable("ending")) };

let now_ms: number;
let trust: Trust;

function pauseAfter(...answers: Answer[]): number {
  [now_ms, trust] = [0, new Trust(() => now_ms)];
  for (const answer of answers) {
    while (!trust.isIn(1)) now_ms += 500;
    trust.judge(1, answer);
  }
  const from_ms = now_ms;
  while (!trust.isIn(1)) now_ms += 500;
  return now_ms - from_ms;
}

describe("a node", () => {
  test("is sent groups while they are done, or refused", () => {
    expect(pauseAfter()).toBe(0);
    expect(pauseAfter(done, done)).toBe(0);
    expect(pauseAfter({ state: "refused", index: 0, fault: unavailable("stale") })).toBe(0);
    expect(pauseAfter(busy, busy)).toBe(0);
  });

  test("isn't for a while after one of unknown end, longer after each further one, until one is done", () => {
    expect(pauseAfter(unknown)).toBe(5_000);
    expect(pauseAfter(unknown, unknown)).toBe(10_000);
    expect(pauseAfter(...Array(7).fill(unknown))).toBe(60_000);
    expect(pauseAfter(unknown, unknown, done, unknown)).toBe(5_000);
  });

  test("isn't for as long each time, where it was of no use", () => {
    expect(pauseAfter(useless)).toBe(5_000);
    expect(pauseAfter(useless, useless, useless)).toBe(5_000);
  });

  test("is doubted once for all that was lost at once", () => {
    [now_ms, trust] = [0, new Trust(() => now_ms)];
    for (let lost = 0; lost < 5; lost += 1) trust.judge(1, unknown);
    now_ms = 4_999;
    expect(trust.isIn(1)).toBe(false);
    now_ms = 5_000;
    expect(trust.isIn(1)).toBe(true);
  });

  test("isn't doubted for another one that came before it", () => {
    expect(pauseAfter(unknown, unknown, unknown)).toBe(20_000);
    trust.judge(1, unknown);
    expect(trust.isIn(1)).toBe(false);
    expect(trust.isIn(2)).toBe(true);
    trust.judge(2, unknown);
    now_ms += 5_000;
    expect(trust.isIn(2)).toBe(true);
  });
});
