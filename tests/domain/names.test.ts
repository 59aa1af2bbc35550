import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { nameFault, nameKey } from "../../src/domain/names.ts";
import { isReserved } from "../../src/domain/reserved-names.ts";

describe("a good name", () => {
  const good = ["ab", "a.b-c_d", "42", "..", "Ünïcødé", "алиса", "小明", "مريم", "हिन्दी", "e\u0301ric", "x".repeat(32)];
  const scripts = [
    ...["Ξένια_7", "Վարդան", "ქეთევანი", "יוסי", "อลิสา", "ສົມສັກ", "រតនា", "ကျော်", "བསྟན་འཛིན".replace("་", "")],
    ...["ሰላም", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "বাংলা", "ਗੁਰਮੁਖੀ", "ગુજરાતી", "ଓଡ଼ିଆ", "සිංහල", "ދިވެހި"],
    ...[
      "山田たろう",
      "ヤマダ太郎_x",
      "さくらChan",
      "김철수",
      "민수min",
      "金哲수",
      "王小明Wang",
      "ㄅㄆ明",
      "ᏣᎳᎩ",
      "ⵜⵉⴼⵉⵏⴰⵖ",
    ],
    ...["ꓡꓲꓢꓴ", "ᛒᛖᚱᛏᚨ", "𞤀𞤣𞤤𞤢𞤥", "ꦗꦮ", "ꠍꠤꠟꠐꠤ", "𐐔𐐯𐑅𐐨𐑉𐐯𐐻", "ᠮᠣᠩᠭᠣᠯ", "ᥖᥭᥰ", "𖹀𖹁"],
    ...["ߒߞߏ", "ᐃᓄᒃᑎᑐᑦ", "Yọ̀sẹ́", "Nguyễn", "Ё-моё", "ру́сский", "عَلِيّ", "श्री.राम_2", "ʻOkina", "٣علي"],
  ];
  test.each([...good, ...scripts, "\u{1d49c}".repeat(32)])("%p", (name) => {
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
    ["\u0430lice", "one script"],
    ["al\u0456ce", "one script"],
    ["alic\u0435_7", "one script"],
    ["b\u03bfb", "one script"],
    ["B\u039fB", "one script"],
    ["b\u0585b", "one script"],
    ["\u13aalice", "one script"],
    ["b\u101db", "one script"],
    ["\u0440\u03bf", "one script"],
    ["\u5c71\u0430", "one script"],
    ["\uff21\u0430", "one script"],
    ["\u{1d49c}\u0430", "one script"],
    // Lisu and Cherokee, Canadian and Runic, Old Italic and Coptic.
    ["\ua4ee\u13a0", "one script"],
    ["\u15e9\u15ea\u15f0\u16c1\u144e", "one script"],
    ["\u{10300}\u2c9a", "one script"],
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
    ["i\u0307da", "ida"],
    ["\u0130DA", "ida"],
    ["k\u0131z", "KIZ"],
    ["j\u0307\u0307o", "jo"],
    ["i\u0323\u0307x", "\u1ecbx"],
  ] as const;
  test.each(same)("%p and %p", (one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
  });

  test("never differ by case, whatever the letter", () => {
    const odd: string[] = [];
    for (let point = 0; point <= 0x1ffff; point += 1) {
      const letter = String.fromCodePoint(point);
      if (nameFault(`1${letter}`) !== null) continue;
      const keys = [letter, letter.toUpperCase(), letter.toLowerCase()].map((one) => nameKey(`a${one}b`));
      if (new Set(keys).size > 1) odd.push(letter);
    }
    expect(odd).toEqual([]);
  });

  test("the key of a key is the key", () => {
    const unit = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      fc.constantFrom(..."iIİıj\u0307\u0323\u0301"),
    );
    const letters = fc.string({ unit, minLength: 1, maxLength: 8 });
    fc.assert(fc.property(letters, (text) => nameKey(nameKey(text)) === nameKey(text)));
  });
});

test("different names stay different", () => {
  const names = ["alice", "a.lice", "a-lice", "a_lice", "alise", "álice", "alice1"];
  expect(new Set(names.map(nameKey)).size).toBe(names.length);
});

describe("a name that would pass for everybody, or for who runs the server, is nobody's to take", () => {
  test.each([
    ...["everyone", "here", "admin", "administrator", "system", "Everyone", "HERE", "ADMIN", "ＡＤＭＩＮ", "ADMİN"],
    ...["_admin_", "a.d.m.i.n", "-here-", "adm1n", "admln", "adrnin", "3very0ne", "5y5tem", "ádmin", "syṡtem"],
    // In Cyrillic and Greek letters.
    ...["ѕуѕтем", "еѵегуопе", "һеге", "ѕүѕтем"],
    // In Latin letters that only look like those of the alphabet.
    ...["ɐdmin", "aɗmin", "ađmin", "adɱin", "admiɲ", "ħere", "ɦere", "ǝveryøne", "ꟊystem", "ƨysŧem"],
    // In Lisu, Cherokee and Canadian letters.
    ...["ꓮꓓꓟꓲꓠ", "ꓢꓬꓢꓔꓰꓟ", "ꓧꓰꓣꓰ", "ꓰꓦꓰꓣꓬꓳꓠꓰ", "ꓮꓓꓟꓲꓠꓲꓢꓔꓣꓮꓔꓳꓣ", "ᏚᎽᏚᎢᎬᎷ", "ᎻᎬᎡᎬ", "ꮋꭼꭱꭼ", "ᎪᎠᎷᎥᏁ", "ᕼᗴᖇᗴ"],
    ...["ɑdmin", "ᴀᴅᴍɪɴ", "admɩn", "admǀn", "ꜱʏꜱᴛᴇᴍ", "ʜᴇʀᴇ", "ᴇᴠᴇʀʏᴏɴᴇ", "ᴀdministrator"],
  ])("%p", (name) => {
    expect(isReserved(name)).toBe(true);
  });

  test.each(["hero", "there", "where", "admins", "adam", "systems", "someone", "everyone1x", "sys", "alice", "ада"])(
    "but %p is anybody's",
    (name) => {
      expect(isReserved(name)).toBe(false);
    },
  );
});
