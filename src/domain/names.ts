// User names: what may be one, and when two are the same. Pure.

import { limits } from "./limits.ts";

const NAME = /^[\p{L}\p{M}\p{N}_.-]+$/u;
const STARTS_WITH_MARK = /^\p{M}/u;
/** Letters and marks among them that show nothing: with one, a name looks like another's. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

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
  return null;
}

/** Two names are the same when their keys are: NFKC, and case folded (through upper case, so that "ß" meets "SS"). */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}
