import { expect, test } from "bun:test";
import { NewestMap } from "../../src/domain/newest-map.ts";

test("keeps those that were put in last, whatever is looked up", () => {
  const map = new NewestMap<string, number>(2);
  map.set("one", 1);
  map.set("two", 2);
  map.set("one", 3);
  map.set("three", 4);
  expect([map.get("one"), map.get("two"), map.get("three")]).toEqual([3, undefined, 4]);
  expect(map.get("one")).toBe(3);
  map.set("four", 5);
  expect([map.has("one"), map.has("three"), map.has("four")]).toEqual([false, true, true]);
});
