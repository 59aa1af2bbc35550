// Folding: what a person who searches takes for the same, and what tells words apart.

import { expect, test } from "bun:test";
import { folded } from "../../src/domain/folding.ts";

test.each([
  // Latin, with letters that Unicode doesn't take apart.
  ["Łódź", "lodz"],
  ["Øystein Ærø", "oystein aero"],
  ["ĐẶNG Việt", "dang viet"],
  ["ệ ế ớ ữ", "e e o u"],
  ["İSTANBUL ısparta", "istanbul isparta"],
  ["Straße STRASSE GROẞ", "strasse strasse gross"],
  ["œuvre Þórður", "oeuvre thordur"],
  ["Azərbaycan", "azerbaycan"],
  ["Ｆｕｌｌ ﬁne ①", "full fine 1"],
  ["e\u0301 \u00e9", "e e"],
  // Greek and Cyrillic.
  ["ΟΔΌΣ οδός", "οδοσ οδοσ"],
  ["ἀρχή ᾳ", "αρχη αι"],
  ["Ёлка її", "елка іі"],
  ["за\u0301мок", "замок"],
  // Hebrew and Arabic without their points.
  ["שָׁלוֹם", "שלומ"],
  ["מלך מלכים", "מלכ מלכימ"],
  ["مُحَمَّد مـحـمـد", "محمد محمد"],
  ["أحمد إلى آل", "احمد الي ال"],
  ["کتاب مدرسة", "كتاب مدرسه"],
  // Nuktas, half-width kana, jamo.
  ["क़लम ড়", "कलम ড"],
  ["ｶﾞｰﾄﾞ ﾊﾟ", "ガード パ"],
  ["한국".normalize("NFD"), "한국"],
  // What shows nothing, and how an emoji looks.
  ["soft\u00adhyphen می\u200cخواهم", "softhyphen ميخواهم"],
  ["❤️ 👍🏽", "❤ 👍"],
  ["п\u02bcять п'ять", "п'ять п'ять"],
])("%p folds to %p", (text, expected) => {
  expect(folded(text)).toBe(expected);
});

test.each([
  ["कि", "की"],
  ["क", "का"],
  ["क्या", "कया"],
  ["মা", "মি"],
  ["กา", "กี"],
  ["มา", "ม้า"],
  ["ไม้", "ไม่"],
  ["ខ្មែរ", "ខមរ"],
  ["か", "が"],
  ["ハ", "パ"],
  ["か", "カ"],
  ["мой", "мои"],
  ["ދި", "ދަ"],
  ["가", "나"],
  ["n", "m"],
])("%p and %p stay apart", (one, other) => {
  expect(folded(one)).not.toBe(folded(other));
});

test("no character folds otherwise a second time, in another case or in another normal form", () => {
  const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter(
    // Ideographs, unassigned and private characters have no cases and no forms.
    (character) => !/[\p{Cn}\p{Co}\p{Cs}\p{Unified_Ideograph}]/u.test(character),
  );
  for (let from = 0; from < characters.length; from += 1_000) {
    const text = characters.slice(from, from + 1_000).join("b a");
    const once = folded(text);
    for (const other of [once, text.toUpperCase(), text.toLowerCase(), text.normalize("NFD"), text.normalize("NFKC")])
      expect(folded(other)).toBe(once);
  }
});
