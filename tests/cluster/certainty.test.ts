// When a node is sure that another one's process has ended: plain decisions.

import { expect, test } from "bun:test";
import { type Certainty, certaintyAfter, type LineEvent } from "../../src/cluster/lifelines/certainty.ts";

const events: LineEvent[] = ["greeted", "ended", "refused", "failed"];
/** From, and what comes of each event in turn. */
const table: [Certainty, ...Certainty[]][] = [
  ["none", "there", "none", "none", "none"],
  ["there", "there", "hung up", "none", "none"],
  ["hung up", "there", "hung up", "refused", "hung up"],
  ["refused", "there", "hung up", "gone", "hung up"],
  ["gone", "gone", "gone", "gone", "gone"],
];

test("what happens next says more, or less", () => {
  for (const [from, ...to] of table) expect(events.map((event) => certaintyAfter(from, event))).toEqual(to);
});

test("nobody is gone but who was there, hung up, and was refused twice in a row, and never was there between", () => {
  const after = (happened: readonly LineEvent[]) => happened.reduce(certaintyAfter, "none" as Certainty);
  const sequences = (length: number): LineEvent[][] =>
    length === 0 ? [[]] : sequences(length - 1).flatMap((one) => events.map((event) => [...one, event]));
  for (const happened of sequences(6)) {
    const letters = happened.map((event) => event[0]).join("");
    expect(after(happened) === "gone").toBe(/ge[efr]*rr/.test(letters));
  }
});
