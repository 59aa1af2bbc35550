// Normal forms whose cost follows a text's length: what is written keeps its form, and of marks without end none is
// moved further than the few that are put in order.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { keptForm } from "../../src/accounts/password-checks.ts";
import { folded } from "../../src/domain/folding.ts";
import { limits } from "../../src/domain/limits.ts";
import { nameKey } from "../../src/domain/names.ts";
import { normalized } from "../../src/domain/normal-form.ts";
import { searchTermsOf } from "../../src/domain/search-terms.ts";

const forms = ["NFC", "NFD", "NFKC", "NFKD"] as const;
/** Of them, those in the second row belong before those in the first. */
const ABOVE = "\u0315";
const BELOW = "\u0316";
const many = (mark: string, count = 2_000) => mark.repeat(count);

test("what is written has the form that Unicode says", () => {
  const written = fc.string({ unit: "grapheme-composite", maxLength: 200 });
  fc.assert(
    fc.property(written, fc.constantFrom(...forms), (text, form) => {
      expect(normalized(text, form)).toBe(text.normalize(form));
    }),
  );
  const most = `e${many(ABOVE, 15)}${many(BELOW, 15)}`;
  for (const form of forms) expect(normalized(`so ${most} long`, form)).toBe(`so ${most} long`.normalize(form));
});

/** The most marks in a row in which there is nothing that keeps their order. */
function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/(?:(?!\u034f)[\p{M}\uff9e\uff9f])+/gu) ?? []).map((run) => [...run].length));
}

describe("of marks without end no more are put in order at once than anything written has", () => {
  test.each([
    ["those that belong last first", `a${many(ABOVE)}${many(BELOW)}`],
    ["in turns", `a${many(`${ABOVE}${BELOW}`)}`],
    ["of three kinds", `a${many("\u0300\u0323\u0316")}`],
    ["of Thai", `\u0e01${many("\u0e48\u0e38")}`],
    ["of half width, which only a compatible form makes marks of", `\uff76${many("\uff9e\u0338")}`],
    ["beyond the basic plane", `a${many("\u{1d165}\u{1d16e}")}`],
  ])("%s", (_, text) => {
    for (const form of forms) {
      const result = normalized(text, form);
      // A mark may be taken apart into two.
      expect(longestRun(result)).toBeLessThanOrEqual(2 * limits.marks_in_order);
      expect(normalized(text, form)).toBe(result);
    }
    for (const result of [keptForm(text), nameKey(text)]) {
      expect(longestRun(result)).toBeLessThanOrEqual(2 * limits.marks_in_order);
    }
  });

  test("nor once what stood between them is left out", () => {
    const text = `\u0e01${many(`${many("\u0e48\u0e38", 10)}\u200d`, 100)}`;
    expect(longestRun(folded(text))).toBeLessThanOrEqual(limits.marks_in_order);
    expect(searchTermsOf(text).length).toBeLessThan(4 * text.length);
  });
});

test("passwords that differ far behind are kept apart", () => {
  const long = `pass${many(ABOVE, 100)}`;
  expect(keptForm(`${long}a`)).not.toBe(keptForm(`${long}b`));
  expect(keptForm(`${long}${ABOVE}`)).not.toBe(keptForm(long));
  expect(keptForm("Zażółć gęślą\u00a0jaźń".normalize("NFD"))).toBe("Zażółć gęślą jaźń");
});

test("a text that is taken apart into many times as much is searched as far as one of Hangul", () => {
  const ligatures = "\ufdfa".repeat(limits.message_length);
  expect(folded(ligatures).length).toBeLessThanOrEqual(limits.folded_length);
  expect(searchTermsOf(ligatures)).toContain(" صلي");
  const hangul = Array.from({ length: limits.message_length - 1 }, (_, at) => String.fromCodePoint(0xac00 + at));
  expect(folded(`${hangul.join("")}끝`).endsWith("끝")).toBe(true);
});

test("nothing else normalizes", async () => {
  const files = [...new Bun.Glob("src/**/*.ts").scanSync()];
  const texts = await Promise.all(files.map(async (file) => [file, await Bun.file(file).text()] as const));
  const normalizing = texts.filter(([, text]) => text.includes(".normalize(")).map(([file]) => file);
  expect(normalizing).toEqual(["src/domain/normal-form.ts"]);
});
