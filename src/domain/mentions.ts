// Who a text mentions, as far as the text alone can say; whether they exist and whether it counts, others know. Pure.

import { withoutCode } from "./code-spans.ts";
import { limits } from "./limits.ts";

export interface Mentions {
  /** Each once, in the order in which they come, at most `limits.mentions`. */
  readonly user_ids: number[];
  /** The same of roles. */
  readonly role_ids: number[];
  readonly everyone: boolean;
  /** Whoever is there now. */
  readonly here: boolean;
}

/** `<@5>`: an id as it is written, without sign, spaces or leading zeros. */
const USER = /<@([1-9][0-9]{0,15})>/g;
/** `<@&5>`, likewise. */
const ROLE = /<@&([1-9][0-9]{0,15})>/g;
/** Words of their own, not a part of an address or a longer name. */
const EVERYONE = wordOf("everyone");
const HERE = wordOf("here");

function wordOf(name: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_@.-])@${name}(?![\\p{L}\\p{M}\\p{N}_])`, "u");
}

const nobody: Mentions = { user_ids: [], role_ids: [], everyone: false, here: false };

export function mentionsIn(content: string): Mentions {
  // Most texts mention nobody, and are not searched at length for it.
  if (!content.includes("@")) return nobody;
  const text = withoutCode(content);
  return {
    user_ids: idsIn(text, USER),
    role_ids: idsIn(text, ROLE),
    everyone: EVERYONE.test(text),
    here: HERE.test(text),
  };
}

function idsIn(text: string, form: RegExp): number[] {
  const ids = new Set<number>();
  for (const [, digits] of text.matchAll(form)) {
    if (ids.size === limits.mentions) break;
    const id = Number(digits);
    if (Number.isSafeInteger(id)) ids.add(id);
  }
  return [...ids];
}
