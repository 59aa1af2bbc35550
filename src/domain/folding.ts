// Text without what tells spellings of one word apart: case, accents, width, marks that may be left out. Pure.
// Two texts fold to the same where a person who searches takes them for the same. What tells words apart stays: the
// vowels and tones of Indic and South-East Asian scripts, the marks that make other kana, and "й", which is no "и".

import { limits } from "./limits.ts";
import { normalized } from "./normal-form.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the test is for.
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Accents, and the marks of Cyrillic, Hebrew, Arabic and Syriac, but for those of kana; nuktas; what shows nothing,
 * chooses a glyph, stretches a word or colours a skin.
 */
const LEFT_OUT = new RegExp(
  `[${[
    "[[\\p{sc=Inherited}\\p{sc=Cyrillic}\\p{sc=Hebrew}\\p{sc=Arabic}\\p{sc=Syriac}]&&\\p{M}&&[^\\u3099\\u309a]]",
    "\\u093c\\u09bc\\u0a3c\\u0abc\\u0b3c\\u0cbc\\u{110ba}\\u{11173}",
    "\\p{Default_Ignorable_Code_Point}\\u0640\\p{Emoji_Modifier}",
  ].join("")}]+`,
  "gv",
);

/** Letters that Unicode doesn't take apart, though people type them as others. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  [
    // Latin letters with strokes and hooks, and those that are two in one.
    ...["æae", "ꜳaa", "ƀb", "ɓb", "ƈc", "đd", "ðd", "ɖd", "ɗd", "əe", "ǝe", "ɛe", "ƒf", "ǥg", "ɠg", "ħh", "ɨi", "ƙk"],
    ...["łl", "ƚl", "ɲn", "ƞn", "ŋn", "øo", "ɔo", "ɵo", "œoe", "ƥp", "ɍr", "ŧt", "ƭt", "þth", "ʉu", "ʋv", "ƴy", "ƶz"],
    // The final forms of Greek and Hebrew, and what keyboards and habits make of some Arabic letters.
    ...["ςσ", "ךכ", "םמ", "ןנ", "ףפ", "ץצ", "ىي", "یي", "کك", "ةه"],
    // Letters that are typed as an apostrophe.
    ...["ʹ'", "ʻ'", "ʼ'", "ʽ'", "ʾ'", "ʿ'"],
  ].map((pair) => [pair.slice(0, 1), pair.slice(1)]),
);
const LETTER = new RegExp(`[${[...LETTERS.keys()].join("")}]`, "g");

const SHORT_I = /и\u0306/g;

/** The text as it is compared: the same in any case and normal form, with or without accents. */
export function folded(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // Through upper case, so that "ß" meets "SS".
  const apart = normalized(text, "NFKD").slice(0, limits.folded_length);
  const letters = apart
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(SHORT_I, "й")
    .replace(LEFT_OUT, "")
    .replace(LETTER, (letter) => LETTERS.get(letter) ?? letter);
  return normalized(letters, "NFC");
}
