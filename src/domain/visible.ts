// What shows something in a text, and what changes how the text around it is shown. Pure; also as parts of patterns.

/** White space, controls, what Unicode has ignored by default, and blanks that pass for signs. */
export const BLANKS =
  "\\s\\p{Cc}\\p{Default_Ignorable_Code_Point}\\u2800\\ufff9-\\ufffb\\u{1d159}\\u{13430}-\\u{13440}";
/** Overrides, embeddings and isolates of direction, and what breaks a line. */
export const UNRULY = "\\u202a-\\u202e\\u2066-\\u2069\\n-\\r\\u0085\\u2028\\u2029";

const VISIBLE = new RegExp(`[^${BLANKS}]`, "u");

export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}
