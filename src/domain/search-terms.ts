// What of a text is searched, and what a query asks for. Pure; texts and queries go through the same.
// A text is words, symbols, and single characters of scripts that are written without spaces or whose words take
// endings, so that any part of such a text is found. Where a script has few characters, pairs of them are terms too.

import { folded } from "./folding.ts";
import { limits } from "./limits.ts";

export interface SearchQuery {
  /** To be looked up: a text without one of them is not found. Each once, without spaces and quotation marks. */
  readonly terms: readonly string[];
  /** Whether a text that has the terms is found. Null where it is in any case. */
  readonly matches: ((content: string) => boolean) | null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the test is for.
const ASCII = /^[\x00-\x7f]*$/;
const ASCII_SYMBOL = /[$+<=>|~]/g;
const ASCII_BETWEEN = /[^a-z0-9$+<=>|~]+/g;

const IN_WORDS = "\\p{L}\\p{M}\\p{N}\\p{Co}";
const SYMBOLS = "\\p{Sc}\\p{Sm}\\p{So}";
/** Hangul is among them for the particles that its words take. */
const SCRIPTS = ["Han", "Hangul", "Hiragana", "Katakana", "Bopomofo", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"];
/** Not of scripts with so many characters that a text has few of each, and pairs nearly as many as there are. */
const PAIRED = /[^\p{sc=Han}\p{sc=Hangul}]{2,}/gu;
const UNSPACED = new RegExp(`[[${IN_WORDS}]&&[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]]+`, "gv");
const SYMBOL = new RegExp(`[${SYMBOLS}]`, "gu");
const BETWEEN = new RegExp(`[^${IN_WORDS}${SYMBOLS}]+`, "gu");

/** What is written onto the front of Arabic and Hebrew words: the article, conjunctions and short prepositions. */
const PROCLITIC = /^(?:[وف]?(?:[بك]?ال|لل)(?=\p{sc=Arabic}{2})|و(?=\p{sc=Arabic}{3})|[והבכלמש](?=\p{sc=Hebrew}{2}))/u;
const MAY_HAVE_PROCLITICS = /(?<=^| )[\p{sc=Arabic}\p{sc=Hebrew}]{3,}(?= |$)/gu;
const PROCLITICS_AT_ONCE = 3;

/**
 * The terms of a text, each with a space before it: so many different ones at most, though some may come more than
 * once. Empty where nothing is searched.
 */
export function searchTermsOf(content: string): string {
  const parts = partsOf(content, (run) => [...new Set(run), ...new Set(pairsIn(run))].join(" ")).trimEnd();
  const terms = ASCII.test(parts) ? parts : parts.replace(MAY_HAVE_PROCLITICS, withBareForms);
  // Each takes two characters or more.
  return terms.length <= 2 * limits.message_terms ? terms : firstOf(terms);
}

function firstOf(terms: string): string {
  const different = new Set(partsIn(terms));
  return ` ${[...different].slice(0, limits.message_terms).join(" ")}`;
}

/** Null for a query without a letter, digit or symbol. */
export function searchQueryOf(query: string): SearchQuery | null {
  // Folded first: what only joins letters counts as white space, too.
  const words = folded(query).split(/\s+/u).map(wordOf);
  const all = [...new Set(words.flatMap(({ terms }) => terms))];
  if (all.length === 0) return null;
  const terms = all.slice(0, limits.search_terms);
  const beyond = all.slice(limits.search_terms);
  const sequences = words.filter(({ parts }) => parts.length > 1).map(({ parts }) => sequenceOf(parts));
  const matches = (content: string) => has(content, sequences) && hasTerms(content, beyond);
  return { terms, matches: sequences.length + beyond.length === 0 ? null : matches };
}

interface QueryWord {
  terms: string[];
  /** Those of which a text must have one behind the other; none where the terms say it all. */
  parts: string[];
}

function wordOf(word: string): QueryWord {
  const parts = partsIn(partsOf(word, (run) => [...run].join(" ")));
  const terms = partsIn(partsOf(word, (run) => coveringTerms(run).join(" ")));
  return { terms, parts: terms.length === 1 ? [] : parts };
}

function has(content: string, sequences: readonly string[]): boolean {
  if (sequences.length === 0) return true;
  const text = partsOf(content, (run) => [...run].join(" "));
  return sequences.every((sequence) => text.includes(sequence));
}

function hasTerms(content: string, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  const there = new Set(partsIn(searchTermsOf(content)));
  return terms.every((term) => there.has(term));
}

/** Words and symbols, each between two spaces, and what `apart` makes of a run of other characters. */
function partsOf(text: string, apart: (run: string) => string): string {
  const one_case = folded(text);
  if (ASCII.test(one_case)) return ` ${one_case.replace(ASCII_SYMBOL, " $& ")} `.replace(ASCII_BETWEEN, " ");
  const parted = one_case.replace(UNSPACED, (run) => ` ${apart(run)} `).replace(SYMBOL, " $& ");
  return ` ${parted} `.replace(BETWEEN, " ");
}

/** The word, and what it is without what is written onto its front. */
function withBareForms(word: string): string {
  const forms = [word];
  for (let bare = word; forms.length <= PROCLITICS_AT_ONCE; forms.push(bare)) {
    const shorter = bare.replace(PROCLITIC, "");
    if (shorter === bare) break;
    bare = shorter;
  }
  return forms.join(" ");
}

const partsIn = (parts: string): string[] => parts.split(" ").filter((part) => part !== "");
const sequenceOf = (parts: readonly string[]): string => ` ${parts.join(" ")} `;

/** The pairs of neighbours that are terms. */
function pairsIn(run: string): string[] {
  return (run.match(PAIRED) ?? []).flatMap((stretch) => {
    const characters = [...stretch];
    return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  });
}

/** Pairs, and the characters that are in none. */
function coveringTerms(run: string): string[] {
  return [...pairsIn(run), ...run.replace(PAIRED, "")];
}
