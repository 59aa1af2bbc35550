import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { nameFault, nameKey } from "../../src/domain/names.ts";

describe("a good name", () => {
  const good = ["ab", "a.b-c_d", "42", "..", "Ünïcødé", "алиса", "小明", "مريم", "हिन्दी", "e\u0301ric", "x".repeat(32)];
  test.each([...good, "\u{1d49c}".repeat(32)])("%p", (name) => {
    expect(nameFault(name)).toBeNull();
  });
});

describe("a bad name", () => {
  const bad: [string, string][] = [
    ["", "2 to 32"],
    ["a", "2 to 32"],
    ["\u{1d49c}", "2 to 32"],
    ["x".repeat(33), "2 to 32"],
    ["a b", "letters"],
    [" ab", "letters"],
    ["ab ", "letters"],
    ["a@b", "letters"],
    ["a/b", "letters"],
    ["a\nb", "letters"],
    ["a\0b", "letters"],
    ["a\u200db", "letters"],
    ["a\u202eb", "letters"],
    ["alice\u034f", "letters"],
    ["ali\ufe0fce", "letters"],
    ["alice\u3164", "letters"],
    ["alice\u{e0100}", "letters"],
    ["\u0301ab", "letters"],
    ["\u{1f600}\u{1f600}", "letters"],
    ["a\ud800", "letters"],
  ];
  test.each(bad)("%p", (name, reason) => {
    expect(nameFault(name)).toContain(reason);
  });
});

describe("two spellings of one name", () => {
  const same = [
    ["Alice", "aLICE"],
    ["Ａｌｉｃｅ", "alice"],
    ["straße", "STRASSE"],
    ["STRAẞE", "straße"],
    ["ﬁona", "fiona"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευσ"],
    ["e\u0301ric", "\u00c9RIC"],
    ["\u{1d49c}da", "ada"],
  ] as const;
  test.each(same)("%p and %p", (one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
  });

  test("never differ by case, whatever the letter", () => {
    const odd: string[] = [];
    for (let point = 0; point <= 0x1ffff; point += 1) {
      const letter = String.fromCodePoint(point);
      if (nameFault(`a${letter}`) !== null) continue;
      const keys = [letter, letter.toUpperCase(), letter.toLowerCase()].map((one) => nameKey(`a${one}b`));
      if (new Set(keys).size > 1) odd.push(letter);
    }
    expect(odd).toEqual([]);
  });

  test("the key of a key is the key", () => {
    const letters = fc.string({ unit: "binary", minLength: 1, maxLength: 8 });
    fc.assert(fc.property(letters, (text) => nameKey(nameKey(text)) === nameKey(text)));
  });
});

test("different names stay different", () => {
  const names = ["alice", "a.lice", "a-lice", "a_lice", "alise", "álice", "alice1"];
  expect(new Set(names.map(nameKey)).size).toBe(names.length);
});
