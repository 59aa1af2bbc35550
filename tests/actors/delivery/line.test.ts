// The one line of all that actors say: in the order in which it was said, never inside a turn, and what an item brings
// about before the next item.

import { beforeEach, expect, test } from "bun:test";
import { Line } from "../../../src/actors/delivery/line.ts";

let said: string[];
let faults: unknown[];
let line: Line;

beforeEach(() => {
  [said, faults] = [[], []];
  line = new Line((error) => void faults.push(error));
});

const say = (word: string) => line.put(() => void said.push(word));

test("nothing is heard before the turn is over, and then all of it in its order", () => {
  say("one");
  say("two");
  expect(said).toEqual([]);
  line.flush();
  expect(said).toEqual(["one", "two"]);
});

test("what is said where no turn ends is heard in a microtask", async () => {
  say("one");
  await Promise.resolve();
  expect(said).toEqual(["one"]);
});

test("what an item brings about comes before the next one, to any depth", () => {
  line.put(() => {
    said.push("asked");
    line.put(() => {
      said.push("answered");
      say("told of the answer");
    });
    say("told of the question");
  });
  say("later");
  line.flush();
  expect(said).toEqual(["asked", "answered", "told of the answer", "told of the question", "later"]);
});

test("a flush inside an item changes no order", () => {
  line.put(() => {
    say("caused");
    line.flush();
    said.push("the item");
  });
  say("later");
  line.flush();
  expect(said).toEqual(["the item", "caused", "later"]);
});

test("an item that throws is reported, and keeps nothing after it from being heard", () => {
  line.put(() => {
    say("said before the throw");
    throw new Error("broken");
  });
  say("later");
  line.flush();
  expect(said).toEqual(["said before the throw", "later"]);
  expect(faults).toEqual([new Error("broken")]);
});
