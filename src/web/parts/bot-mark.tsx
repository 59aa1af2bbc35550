// Says beside a name that it is a program's. A word and no picture, so that everybody is told alike.

import { words } from "../words.ts";

export const BotMark = ({ of }: { of: { bot?: boolean | undefined } | null | undefined }) =>
  of?.bot ? <span class="tag bot">{words.people.bot}</span> : null;
