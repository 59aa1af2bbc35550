// The table of rules in the reference says which requests ask for each. It is made of what each request says that it
// asks for; what rooms ask for is looked up in what they are made of.

import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Rule, rule_names } from "../../src/domain/permissions.ts";
import { messages } from "../../src/protocol/catalogue.ts";

const ROOT = join(import.meta.dir, "../..");
const ROOM = join(ROOT, "src/actors/room");

/** The rules that are named as such in the code of rooms. */
async function asked(): Promise<Set<Rule>> {
  const names = (await readdir(ROOM, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(names.map((name) => Bun.file(join(ROOM, name)).text()));
  const text = texts.join("\n");
  return new Set(rule_names.filter((rule) => text.includes(`"${rule}"`)));
}

const said = (rule: Rule): string[] =>
  messages.flatMap(({ type, may }) => (may.includes(`\`${rule}\``) ? (type as string) : []));

test("what rooms ask for, some request says that it asks for", async () => {
  const rules = await asked();
  expect(rules.size).toBeGreaterThan(10);
  for (const rule of rules) if (rule !== "view_channel") expect([rule, said(rule).length > 0]).toEqual([rule, true]);
});

test("what a request says that it asks for is a rule, and stands in the table", async () => {
  const reference = await Bun.file(join(ROOT, "docs/protocol.md")).text();
  for (const { type, may } of messages) {
    for (const [, name = ""] of may.matchAll(/`(\w+)`/g)) {
      // What is answered of a topic, in `sync`.
      if (name === "gone") continue;
      expect([type, name, rule_names.includes(name as Rule)]).toEqual([type, name, true]);
      const [row] = reference.match(new RegExp(`^\\| \`${name}\` .*$`, "m")) ?? [];
      expect([type, row?.includes(`\`${type}\``)]).toEqual([type, true]);
    }
  }
});
