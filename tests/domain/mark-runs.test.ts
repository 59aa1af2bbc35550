// Marks without end: no text of them is brought into a normal form, whichever way it comes in.

import { describe, expect, spyOn, test } from "bun:test";
import { keptForm } from "../../src/accounts/password-checks.ts";
import { folded } from "../../src/domain/folding.ts";
import { limits } from "../../src/domain/limits.ts";
import { hasLongRunOfMarks, withoutLongRunsOfMarks } from "../../src/domain/mark-runs.ts";
import { nameFault, nameKey } from "../../src/domain/names.ts";
import { searchTermsOf } from "../../src/domain/search-terms.ts";

const marks = (count: number) => "\u0315".repeat(count / 2) + "\u0316".repeat(count / 2);
const MOST = limits.marks_in_a_row;

/** The most marks in a row of all that is normalized while `work` is done. */
function normalizedIn(work: () => unknown): number {
  const { normalize } = String.prototype;
  let most = 0;
  const spy = spyOn(String.prototype, "normalize").mockImplementation(function (this: string, form?: string) {
    for (const [run] of String(this).matchAll(/\p{M}+/gu)) most = Math.max(most, run.length);
    return normalize.call(this, form);
  });
  work();
  spy.mockRestore();
  return most;
}

describe.each([
  ["a name", nameKey],
  ["a password", keptForm],
  ["a text that is searched", searchTermsOf],
  ["what is searched for", folded],
] as const)("%s", (_, work) => {
  test.each([
    ["of nothing but marks", `a${marks(4_000)}`],
    ["of marks that come in twos", `a${"\u0344".repeat(2_000)}`],
    ["of marks of two code units", `a${"\u{1d165}".repeat(2_000)}`],
    ["of marks and blanks", ` ${marks(4_000)} b`],
  ])("%s is not normalized whole", (_kind, text) => {
    expect(normalizedIn(() => work(text))).toBeLessThanOrEqual(MOST);
  });

  test("with as many as any word may have is", () => {
    expect(normalizedIn(() => work(`a${marks(30)}`))).toBe(30);
  });
});

test("runs are cut where they grow long, between whole characters, and nothing else is", () => {
  expect(hasLongRunOfMarks(`a${marks(MOST)}b${marks(MOST)}`)).toBe(false);
  expect(hasLongRunOfMarks(`a${marks(MOST + 2)}`)).toBe(true);
  expect(withoutLongRunsOfMarks(`a${marks(MOST)}b`)).toBe(`a${marks(MOST)}b`);
  expect(withoutLongRunsOfMarks(`x${"\u0316".repeat(MOST + 9)}y`)).toBe(`x${"\u0316".repeat(MOST)}y`);
  expect(withoutLongRunsOfMarks(`\u0316${"\u{1d165}".repeat(MOST)}y`).isWellFormed()).toBe(true);
});

test("the longest name of marks that there can be has its key in every form", () => {
  const name = `a${"\u0344".repeat(limits.name_max_length - 1)}`;
  expect(nameFault(name)).toBeNull();
  for (const form of ["NFC", "NFD"]) expect(nameKey(name.normalize(form))).toBe(nameKey(name));
});

test("passwords that differ in their marks stay different", () => {
  expect(keptForm(`a${marks(100)}\u0301`)).not.toBe(keptForm(`a${marks(100)}\u0302`));
});
