import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../src/domain/limits.ts";
import { mentionsIn } from "../../src/domain/mentions.ts";

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
/** Text in which nothing is mentioned, made of what mentions are made of. */
const noise = fc
  .array(fc.constantFrom("<", "@", ">", "5", "x", " ", "<@", "<@!", "é", "👍", "\n"), { maxLength: 12 })
  .map((parts) => parts.join(""))
  .filter((text) => !/<@[1-9][0-9]*>/.test(text));

describe("users", () => {
  test.each([
    ["<@5>", [5]],
    ["hey <@5>, and <@7>!", [5, 7]],
    ["<@7><@5><@7>", [7, 5]],
    ["<<@5>>", [5]],
    ["<@5", []],
    ["@5>", []],
    ["<@>", []],
    ["<@05>", []],
    ["<@-5>", []],
    ["<@ 5>", []],
    ["<@5.5>", []],
    ["<@!5>", []],
    ["<@٥>", []],
    ["<@0>", []],
    [`<@${Number.MAX_SAFE_INTEGER}>`, [Number.MAX_SAFE_INTEGER]],
    [`<@${Number.MAX_SAFE_INTEGER + 1}>`, []],
    ["<@99999999999999999999>", []],
    ["", []],
  ])("in %p", (content, user_ids) => {
    expect(mentionsIn(content)).toEqual({ user_ids, role_ids: [], everyone: false, here: false });
  });

  test("each is found wherever it stands, once, in the order of its first place", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, id), { maxLength: 30 }), noise, (mentioned, end) => {
        const content = mentioned.map(([before, user_id]) => `${before} <@${user_id}> `).join("") + end;
        const wanted = [...new Set(mentioned.map(([, user_id]) => user_id))];
        expect(mentionsIn(content).user_ids).toEqual(wanted);
      }),
    );
  });

  test("there are never more than the limit, and the first ones count", () => {
    const ids = Array.from({ length: limits.mentions + 20 }, (_, index) => index + 1);
    const content = ids.map((user_id) => `<@${user_id}>`).join("");
    expect(mentionsIn(content).user_ids).toEqual(ids.slice(0, limits.mentions));
  });

  test("any text at all is parsed, to ids that stand in it", () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(
      fc.property(fc.oneof(text, noise), (content) => {
        const { user_ids } = mentionsIn(content);
        expect(user_ids.every((user_id) => content.includes(`<@${user_id}>`))).toBe(true);
        expect(new Set(user_ids).size).toBe(user_ids.length);
      }),
    );
  });
});

describe("roles", () => {
  test.each([
    ["<@&5>", [5]],
    ["<@&5> and <@&7>, <@&5>", [5, 7]],
    ["<@&05>", []],
    ["<@& 5>", []],
    ["<&5>", []],
    [`<@&${Number.MAX_SAFE_INTEGER + 1}>`, []],
    ["`<@&5>`", []],
  ])("in %p", (content, role_ids) => {
    expect(mentionsIn(content)).toEqual({ user_ids: [], role_ids, everyone: false, here: false });
  });

  test("are no more than the limit", () => {
    const content = Array.from({ length: limits.mentions + 20 }, (_, index) => `<@&${index + 1}>`).join("");
    expect(mentionsIn(content).role_ids).toHaveLength(limits.mentions);
  });
});

describe("who is here", () => {
  test.each(["@here", "(@here)", "a\n@here!"])("is mentioned in %p", (content) => {
    expect(mentionsIn(content)).toMatchObject({ here: true, everyone: false });
  });
  test.each(["here", "@heretic", "me@here.example", "@Here", "`@here`"])("is not in %p", (content) =>
    expect(mentionsIn(content).here).toBe(false),
  );
});

describe("everyone", () => {
  test.each([
    "@everyone",
    "hey @everyone!",
    "(@everyone)",
    "¡@everyone",
    "@everyone, look",
    "a\n@everyone",
    "👍@everyone",
  ])("is mentioned in %p", (content) => expect(mentionsIn(content).everyone).toBe(true));

  test.each([
    "everyone",
    "@every one",
    "me@everyone.example",
    "@everyones",
    "@everyone_else",
    "@@everyone",
    "@Everyone",
  ])("is not in %p", (content) => expect(mentionsIn(content).everyone).toBe(false));
});

test("a text of nothing but openings is parsed in no time", () => {
  const started = performance.now();
  mentionsIn("<@1".repeat(100_000));
  mentionsIn("@everyone1".repeat(100_000));
  expect(performance.now() - started).toBeLessThan(1_000);
});
