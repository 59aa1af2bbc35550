// Free text in requests: what may be in it wherever it is kept or handed on. How long it may be, each field says.

import { BLANKS, UNRULY } from "../domain/visible.ts";
import { Type } from "./schema.ts";

/** It can be kept, handed on and found again as it is: no NUL, no half of a surrogate pair. */
export const KEEPABLE = "^[^\\0\\p{Cs}]*$";
const SOMETHING = `(?=[^]*[^${BLANKS}])`;
/** The same, and something to see in it. */
const VISIBLE = `^${SOMETHING}[^\\0\\p{Cs}]*$`;
/** The same on one line, turning nothing around it. */
const TITLE = `^${SOMETHING}[^\\0\\p{Cs}${UNRULY}]*$`;
/** The same, or nothing at all. */
const LINE = `^(?:${SOMETHING}[^\\0\\p{Cs}${UNRULY}]+)?$`;

/** ISO 8601, UTC. */
export const TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,3})?Z$";

const unruly = "a line break, a direction override, a NUL character or a lone surrogate";

/** What is wrong with a text that doesn't fit, by the pattern, to follow the name of its field. */
export const pattern_faults: Readonly<Record<string, string>> = {
  [KEEPABLE]: "holds a NUL character or a lone surrogate",
  [VISIBLE]: "shows nothing, or holds a NUL character or a lone surrogate",
  [TITLE]: `shows nothing, or holds ${unruly}`,
  [LINE]: `shows nothing, or holds ${unruly}`,
};

/** What something is called, in at most `max` code points. */
export const title = (max: number) => Type.String({ minLength: 1, maxLength: max, pattern: TITLE });
/** A line that stands beside somebody's name; empty where there is none. */
export const line = (max: number) => Type.String({ maxLength: max, pattern: LINE });
/** A word between programs. */
export const word = (max: number) => Type.String({ minLength: 1, maxLength: max, pattern: VISIBLE });
/** Free text, of at most `max` code points. */
export const text = (max: number) => Type.String({ maxLength: max, pattern: KEEPABLE });
