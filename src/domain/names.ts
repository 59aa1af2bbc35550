// User names: what may be one, and when two are the same. Pure.

import { limits } from "./limits.ts";
import { normalized } from "./normal-form.ts";
import { isOfOneWriting } from "./scripts.ts";

const NAME = /^[\p{L}\p{M}\p{N}_.-]+$/u;
const STARTS_WITH_MARK = /^\p{M}/u;
/** Letters and marks among them that show nothing: with one, a name looks like another's. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

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

/** Two names are the same when their keys are: NFKC, and case folded (through upper case, so that "ß" meets "SS"). */
export function nameKey(name: string): string {
  const of_one_case = normalized(name, "NFKC").toLowerCase().toUpperCase().toLowerCase();
  return normalized(normalized(of_one_case, "NFKC").replace(UNSEEN_DOTS, ""), "NFKC");
}

/** What somebody is called whose account has ended. */
export const deleted_user_name = "deleted user";
