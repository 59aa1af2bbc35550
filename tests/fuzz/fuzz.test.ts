// Whatever is sent, it is answered or the socket closes as documented; nothing fails inside, and a refusal changes
// nothing. Seeds that failed once stay in the list.

import { describe, expect, test } from "bun:test";
import { messages } from "../../src/protocol/catalogue.ts";
import { fuzzRound, noFigures } from "./round.ts";

const FRAMES = 1_500;
const SEEDS = [1, 2];

describe.each(SEEDS)("seed %d", (seed) => {
  test("frames of every type and sort are answered once, as declared, and refused ones leave no trace", async () => {
    const figures = noFigures();
    await fuzzRound(seed, FRAMES, figures);
    expect(figures.faults).toEqual([]);
    expect([...figures.sent_types].sort()).toEqual(messages.map(({ type }) => type).sort());
    // That it means something: most requests do reach what they are about, and most refusals were looked at.
    expect(figures.succeeded_types.size).toBeGreaterThan(messages.length / 2);
    expect(figures.compared).toBeGreaterThan(5);
  });
});
