// Free text in requests: what may be in it wherever it is kept or handed on. How long it may be, each field says.

import Type from "typebox";

/** It can be kept, handed on and found again as it is: no NUL, no half of a surrogate pair. */
export const KEEPABLE = "^[^\\0\\p{Cs}]*$";
/** The same, and something to see in it. */
const VISIBLE = "^(?=[^]*[^\\s\\p{Cc}\\p{Default_Ignorable_Code_Point}\\u2800])[^\\0\\p{Cs}]*$";

/** What is wrong with a text that doesn't fit, by the pattern, to follow the name of its field. */
export const pattern_faults: Readonly<Record<string, string>> = {
  [KEEPABLE]: "holds a NUL character or a lone surrogate",
  [VISIBLE]: "shows nothing, or holds a NUL character or a lone surrogate",
};

/** What something is called, in at most `max` code points. */
export const title = (max: number) => Type.String({ minLength: 1, maxLength: max, pattern: VISIBLE });
/** Free text, of at most `max` code points. */
export const text = (max: number) => Type.String({ maxLength: max, pattern: KEEPABLE });
