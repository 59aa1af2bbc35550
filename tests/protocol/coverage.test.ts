import { expect, test } from "bun:test";
import { Glob } from "bun";
import { messages } from "../../src/protocol/catalogue.ts";

test("every message type has its conversation", async () => {
  const covered = new Set<string>();
  for await (const path of new Glob("tests/**/*.test.ts").scan()) {
    const source = await Bun.file(path).text();
    for (const [, type] of source.matchAll(/\bconversation\("([^"]+)"/g)) covered.add(type as string);
  }
  expect(messages.map(({ type }) => type).filter((type) => !covered.has(type))).toEqual([]);
});
