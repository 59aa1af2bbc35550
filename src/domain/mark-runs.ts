// Marks without end behind one letter. To bring them into the order of a normal form takes time that grows with the square
// of their number: 33 ms for 4,000. No word of any language has more than some; Unicode (UAX #15) takes 30 for the most.

import { limits } from "./limits.ts";

const RUN = /\p{M}{2,}/gu;

/** Whether a text that is to be normalized has more marks in a row than are normalized. */
export function hasLongRunOfMarks(text: string): boolean {
  if (text.length <= limits.marks_in_a_row) return false;
  for (const [run] of text.matchAll(RUN)) if (run.length > limits.marks_in_a_row) return true;
  return false;
}

/** The text with no more of each such run than may be normalized. */
export function withoutLongRunsOfMarks(text: string): string {
  if (!hasLongRunOfMarks(text)) return text;
  return text.replace(RUN, (run) => run.slice(0, limits.marks_in_a_row).replace(/[\ud800-\udbff]$/, ""));
}
