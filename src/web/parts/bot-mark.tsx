// Says beside a name that it is a program's. A word and no picture, so that everybody is told alike.

import { words } from "../words.ts";

interface Marked {
  bot?: boolean | undefined;
  webhook?: boolean | undefined;
}

/** Empty for a person. */
export const markOf = (of: Marked | null | undefined): string =>
  of?.webhook ? words.people.webhook : of?.bot ? words.people.bot : "";

export function BotMark({ of }: { of: Marked | null | undefined }) {
  const mark = markOf(of);
  return mark ? <span class="tag bot">{mark}</span> : null;
}
