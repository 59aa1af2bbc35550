// The emoji that the pages offer, by group, with their names and the words by which they are found: taken from the two
// packages that keep them, so that the pages need neither.

import keywords from "emojilib";
import groups from "unicode-emoji-json/data-by-group.json";

const PATH = "src/web/emoji/emoji.json";

interface Group {
  name: string;
  emojis: { emoji: string; name: string }[];
}

export function renderEmoji(): { path: string; content: string } {
  const words: Record<string, string[]> = keywords;
  const listed = (groups as Group[]).map(({ emojis }) =>
    emojis.map(({ emoji, name }) => [emoji, name, wordsOf(name, words[emoji] ?? [])]),
  );
  const lines = listed.map((group) => `[\n${group.map((one) => JSON.stringify(one)).join(",\n")}\n]`);
  return { path: PATH, content: `[${lines.join(",")}]\n` };
}

/** Those that its name doesn't have. */
function wordsOf(name: string, words: string[]): string {
  const parts = new Set(words.flatMap((word) => word.split("_")).filter((word) => !name.includes(word)));
  return [...parts].slice(0, 8).join(" ");
}
