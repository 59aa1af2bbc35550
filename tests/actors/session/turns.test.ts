import { describe, expect, test } from "bun:test";
import { createTurns } from "../../../src/actors/session/turns.ts";

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const [ALICE, BOB] = [1, 2];

describe("turns of the event loop", () => {
  test("are over for who has begun as much as one allows, and for nobody else", () => {
    const turns = createTurns(10);
    turns.spend(ALICE, 9);
    expect(turns.isOver(ALICE)).toBe(false);
    turns.spend(ALICE, 4);
    expect([turns.isOver(ALICE), turns.isOver(BOB)]).toEqual([true, false]);
  });

  test("begin anew, and whoever waits is called back first, in order", async () => {
    const turns = createTurns(10);
    const called: [string, boolean][] = [];
    turns.spend(ALICE, 1_000);
    turns.wait(() => called.push(["one", turns.isOver(ALICE)]));
    turns.wait(() => called.push(["other", turns.isOver(ALICE)]));
    expect(called).toEqual([]);
    await nextTurn();
    expect(called).toEqual([
      ["one", false],
      ["other", false],
    ]);
  });

  test("have whoever waits again wait for the one after", async () => {
    const turns = createTurns(10);
    let count = 0;
    const again = () => {
      count += 1;
      turns.spend(ALICE, 10);
      if (turns.isOver(ALICE)) turns.wait(again);
    };
    again();
    await nextTurn();
    expect(count).toBe(2);
    await nextTurn();
    expect(count).toBe(3);
  });
});
