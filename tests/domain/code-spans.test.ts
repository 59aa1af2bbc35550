import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { withoutCode } from "../../src/domain/code-spans.ts";
import { mentionsIn } from "../../src/domain/mentions.ts";

describe("in code nobody is mentioned", () => {
  test.each([
    ["between backticks", "`<@5>` `@everyone`"],
    ["between more of them, others within", "`` ` <@5> @everyone ``"],
    ["between three, on one line", "so ```<@5> @everyone``` there"],
    ["over a line's end", "`a\n<@5>`"],
    ["between fences", "```\n<@5>\n```"],
    ["between fences of some language", "```ts\n<@5> @everyone\n```"],
    ["between longer fences, shorter within", "````\n```\n<@5>\n````"],
    ["between tildes", "~~~\n<@5>\n~~~"],
    ["behind a fence that nothing closes", "```\n<@5>"],
    ["behind a slash that is code as well", "`a\\\\ <@5>`"],
  ])("%s", (_, text) => {
    expect(mentionsIn(text)).toEqual({ user_ids: [], role_ids: [], everyone: false, here: false });
  });
});

describe("out of it somebody is", () => {
  test.each([
    ["before and behind it", "<@5> `<@6>` <@7>", [5, 7]],
    ["behind a backtick alone", "` <@5>", [5]],
    ["between runs of different lengths", "`` <@5> `", [5]],
    ["between escaped backticks", "\\`<@5>\\`", [5]],
    ["behind code that ends with a slash", "`a\\` <@5>`", [5]],
    ["behind a closed fence", "```\n<@5>\n```\n<@6>", [6]],
    ["behind what is no fence: it stands within a line", "a ```\n<@5>", [5]],
    ["behind what is no fence: it is indented like code", "    ```\n<@5>", [5]],
    ["right behind code", "`a`<@5>", [5]],
    ["behind what is no fence: backticks stand behind it", `${"`".repeat(2_000)} <@5> \`\n<@6>`, [5, 6]],
  ])("%s", (_, text, user_ids) => {
    expect(mentionsIn(text)).toMatchObject({ user_ids, everyone: false });
  });
});

test("text without code stays as it is", () => {
  const plain = fc.string({ unit: "grapheme" }).filter((text) => !/[`~]/.test(text));
  fc.assert(fc.property(plain, (text) => withoutCode(text) === text));
});

test("nothing is mentioned that isn't in the text", () => {
  const part = fc.constantFrom("`", "``", "```", "\\", "\n", "<@5>", "a", " ", "~~~", "@everyone");
  const text = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(""));
  fc.assert(fc.property(text, (of) => mentionsIn(of).user_ids.length <= (of.includes("<@5>") ? 1 : 0)));
});
