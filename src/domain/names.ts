// User names: what may be one, and when two are the same. Pure.

import { limits } from "./limits.ts";
import { normalized } from "./normal-form.ts";

const NAME = /^[\p{L}\p{M}\p{N}_.-]+$/u;
const STARTS_WITH_MARK = /^\p{M}/u;
/** Letters and marks among them that show nothing: with one, a name looks like another's. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** The scripts in everyday use (Unicode's annex 31, table 5). */
const SCRIPTS = [
  ...["Arabic", "Armenian", "Bengali", "Bopomofo", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek"],
  ...["Gujarati", "Gurmukhi", "Han", "Hangul", "Hebrew", "Hiragana", "Kannada", "Katakana", "Khmer", "Lao", "Latin"],
  ...["Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana", "Thai", "Tibetan"],
];
/** Chinese, Japanese and Korean are written in several scripts, and with Latin among them. */
const WRITTEN_TOGETHER = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];
const classOf = (scripts: readonly string[]) => scripts.map((script) => `\\p{scx=${script}}`).join("");
/** What the letters of one name may be: Unicode's standard 39 calls it "highly restrictive". Others stand among themselves. */
const WRITINGS = [
  ...[...SCRIPTS.map((script) => [script]), ...WRITTEN_TOGETHER].map(
    (scripts) => new RegExp(`^[${classOf(["Common", "Inherited", ...scripts])}]*$`, "u"),
  ),
  new RegExp(`^[^${classOf(SCRIPTS)}]*$`, "u"),
];
/** A dot above a letter that has one: an "i" with it looks like any "i". */
const UNSEEN_DOTS = /(?<=\p{Soft_Dotted})\u0307+/gu;

/** The reason why a name is refused, as a sentence for a person, or null when it is good. */
export function nameFault(name: string): string | null {
  const length = [...name].length;
  if (length < limits.name_min_length || length > limits.name_max_length) {
    return `A name has ${limits.name_min_length} to ${limits.name_max_length} characters.`;
  }
  const is_legible = NAME.test(name) && !STARTS_WITH_MARK.test(name) && !INVISIBLE.test(name);
  if (!is_legible || [...nameKey(name)].length < limits.name_min_length) {
    return "A name is made of letters, digits, '_', '.' and '-'.";
  }
  if (!isOfOneWriting(normalized(name, "NFKC"))) {
    return "A name has letters of one script, since those of another may look the same.";
  }
  return null;
}

/** Whether no Cyrillic "а" can stand for a Latin "a" in it, or the like. */
function isOfOneWriting(name: string): boolean {
  return WRITINGS.some((writing) => writing.test(name));
}

/** Two names are the same when their keys are: NFKC, and case folded (through upper case, so that "ß" meets "SS"). */
export function nameKey(name: string): string {
  const of_one_case = normalized(name, "NFKC").toLowerCase().toUpperCase().toLowerCase();
  return normalized(normalized(of_one_case, "NFKC").replace(UNSEEN_DOTS, ""), "NFKC");
}

/** Names that would pass for somebody else: everybody at once, or who runs the server. */
const RESERVED: ReadonlySet<string> = new Set(["everyone", "here", "admin", "administrator", "system"]);
/** What passes for one of the Latin alphabet: digits, small capitals and other Latin letters, and those of other scripts. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", l: "i" },
  ...{ а: "a", в: "b", с: "c", ԁ: "d", е: "e", һ: "h", н: "h", і: "i", ї: "i", ј: "j", к: "k", м: "m", п: "n" },
  ...{ ɑ: "a", ᴀ: "a", ᴅ: "d", ᴇ: "e", ɛ: "e", ʜ: "h", ɪ: "i", ɩ: "i", ǀ: "i", ᴍ: "m", ɴ: "n", ᴏ: "o", ɔ: "o" },
  ...{ ʀ: "r", ꜱ: "s", ᴛ: "t", ᴠ: "v", ʏ: "y", ү: "y", ӏ: "i" },
  ...{ о: "o", р: "p", ԛ: "q", г: "r", ѕ: "s", т: "t", ѵ: "v", ԝ: "w", х: "x", у: "y" },
  ...{ α: "a", ε: "e", η: "n", ι: "i", κ: "k", μ: "m", ν: "v", ο: "o", ρ: "p", τ: "t", υ: "u", χ: "x", γ: "y" },
  ...{ հ: "h", ո: "n", օ: "o", ս: "u" },
};
const SEPARATORS_AND_MARKS = /[._\p{M}-]/gu;

/** Whether the name, or what it looks like, is nobody's to take; who has it keeps it. */
export function isReserved(name: string): boolean {
  const letters = normalized(nameKey(name), "NFD").replace(SEPARATORS_AND_MARKS, "");
  const seen = [...letters]
    .map((letter) => LOOKALIKES[letter] ?? letter)
    .join("")
    .replaceAll("rn", "m");
  return RESERVED.has(seen) || RESERVED.has(letters);
}

/** What somebody is called whose account has ended. */
export const deleted_user_name = "deleted user";
