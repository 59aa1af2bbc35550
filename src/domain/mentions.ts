// Who a text mentions, as far as the text alone can say; whether they exist and whether it counts, others know. Pure.

import { withoutCode } from "./code-spans.ts";
import { limits } from "./limits.ts";

export interface Mentions {
  /** Each once, in the order in which they come, at most `limits.mentions`. */
  readonly user_ids: number[];
  readonly everyone: boolean;
}

/** `<@5>`: an id as it is written, without sign, spaces or leading zeros. */
const USER = /<@([1-9][0-9]{0,15})>/g;
/** A word of its own, not a part of an address or a longer name. */
const EVERYONE = /(?<![\p{L}\p{M}\p{N}_@.-])@everyone(?![\p{L}\p{M}\p{N}_])/u;

export function mentionsIn(content: string): Mentions {
  // Most texts mention nobody, and are not searched at length for it.
  if (!content.includes("@")) return { user_ids: [], everyone: false };
  const text = withoutCode(content);
  const user_ids = new Set<number>();
  for (const [, digits] of text.matchAll(USER)) {
    if (user_ids.size === limits.mentions) break;
    const id = Number(digits);
    if (Number.isSafeInteger(id)) user_ids.add(id);
  }
  return { user_ids: [...user_ids], everyone: EVERYONE.test(text) };
}
