// What of a text is searched, and how a query is put to the full-text index. Pure.
// The index parts words at anything but letters, marks, digits and symbols; what needs more is done here, alike for
// messages and queries: symbols and scripts written without spaces become words of one character each.

import { storableText } from "./json-rows.ts";

const standing_alone =
  /[\p{So}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/gu;
/** They choose how a character looks. */
const variation_selectors = /[\ufe00-\ufe0f]/g;
const in_words = /[\p{L}\p{M}\p{N}\p{Co}\p{So}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the test is for.
const ascii = /^[\x00-\x7f]*$/;

/** The text to search where it is not the content as it stands, else null. Both are storable. */
export function searchTextOf(content: string): string | null {
  if (ascii.test(content)) return null;
  const text = separated(content);
  return text === content ? null : text;
}

function separated(text: string): string {
  return text.normalize("NFKC").replace(variation_selectors, "").replace(standing_alone, " $& ");
}

/**
 * The words of a query as the index wants them, all of which must be there; null when nothing in it can be searched.
 * What a word holds beside letters parts it into words that must follow each other, so nothing in it is an operator.
 */
export function searchTermsOf(query: string): string | null {
  const words = storableText(query)
    .split(/\s+/u)
    .map((word) => separated(word))
    .filter((word) => in_words.test(word))
    .map((word) => `"${word.replaceAll('"', " ")}"`);
  return words.length === 0 ? null : `content : (${words.join(" AND ")})`;
}
