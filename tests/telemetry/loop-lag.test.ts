// How late the event loop is said to be, and how often it is looked at for that.

import { describe, expect, test } from "bun:test";
import { LoopLag } from "../../src/telemetry/loop-lag.ts";

const [BUSY, AT_REST] = [0.5, 0.01];

/** A process in a time of its own. */
function processOf() {
  let [now_ms, cpu_ms] = [0, 0];
  let due: { run: () => void; after_ms: number } | null = null;
  const lag = new LoopLag({
    now: () => now_ms,
    cpu: () => cpu_ms,
    later: (run, after_ms) => {
      due = { run, after_ms };
    },
  });
  return {
    lag,
    /** After how long it is looked at next, where it takes that share of a core until then, and is late by so much. */
    look(share: number, late_ms = 0): number {
      if (!due) throw new Error("it isn't looked at any more");
      const { run, after_ms } = due;
      now_ms += after_ms + late_ms;
      cpu_ms += (after_ms + late_ms) * share;
      run();
      return after_ms;
    },
  };
}

describe("the event loop", () => {
  test("is looked at often while there is work, seldom at rest, and often again with the first work", () => {
    const { look } = processOf();
    expect(Array.from({ length: 3 }, () => look(BUSY))).toEqual([50, 50, 50]);
    expect(Array.from({ length: 7 }, () => look(AT_REST))).toEqual([50, 100, 200, 400, 500, 500, 500]);
    expect([look(BUSY), look(BUSY)]).toEqual([500, 50]);
  });

  test("is as late as for half and for nearly all of the time, of which looks at rest stand for more", () => {
    const { lag, look } = processOf();
    expect(lag.quantileMs(0.5)).toBe(0);
    for (let looks = 0; looks < 20; looks += 1) look(AT_REST, 1);
    // Less than a third of that time.
    for (let looks = 0; looks < 40; looks += 1) look(BUSY, 40);
    expect(lag.quantileMs(0.5)).toBeCloseTo(1, 1);
    expect(lag.quantileMs(0.99)).toBeCloseTo(40, 0);
    lag.reset();
    look(BUSY);
    expect(lag.quantileMs(0.99)).toBeLessThan(0.01);
  });

  test("of this process is late where something holds it up", async () => {
    const lag = new LoopLag();
    await Bun.sleep(60);
    const until_ms = performance.now() + 200;
    while (performance.now() < until_ms);
    await Bun.sleep(0);
    expect(lag.quantileMs(0.99)).toBeGreaterThan(50);
  });
});
