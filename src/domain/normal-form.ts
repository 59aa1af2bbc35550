// The normal forms of Unicode in time that follows a text's length. To put the marks on one letter in order, whoever
// normalizes compares each with those before it, so a text is first made safe for streams (Unicode's annex 15, D4): a
// joiner that shows nothing stands behind every so many marks, and none is moved past it. Pure.
// Must be the only place that normalizes.

import { limits } from "./limits.ts";

/** A combining grapheme joiner. */
const JOINER = "\u034f";
/** Marks, and the two signs of half width that a compatible form makes marks of. */
const FULL_RUN = new RegExp(`[\\p{M}\\uff9e\\uff9f]{${limits.marks_in_order}}(?=[\\p{M}\\uff9e\\uff9f])`, "gu");

/** As `String.normalize`, but for text with more marks in a row than anything written has. */
export function normalized(text: string, form: "NFC" | "NFD" | "NFKC" | "NFKD"): string {
  return streamSafe(text).normalize(form);
}

function streamSafe(text: string): string {
  return text.length > limits.marks_in_order ? text.replace(FULL_RUN, `$&${JOINER}`) : text;
}
