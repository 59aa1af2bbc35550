// Mentions as they are written, `@name`, and as they are sent, `<@id>`. Code keeps what stands in it.

import { membersOf, userOf } from "./cache.ts";
import { conversationIn, peopleIn } from "./conversations.ts";

const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]*`)/;
const WRITTEN = /(?<![\p{L}\p{N}_])@([\p{L}\p{M}\p{N}_.-]{2,32})/gu;
/** People who were chosen by completion, whether or not they are among the members that are loaded. */
const chosen = new Map<string, number>();

export const noteChosen = (name: string, id: number) => chosen.set(name.toLowerCase(), id);

const outsideCode = (text: string, change: (part: string) => string) =>
  text
    .split(CODE)
    .map((part, at) => (at % 2 === 1 ? part : change(part)))
    .join("");

export function toWritten(content: string, server_id: number, channel_id: number): string {
  return outsideCode(content, (part) =>
    part.replace(/<@([1-9]\d{0,15})>/g, (whole, digits) => {
      const id = Number(digits);
      const name = membersOf(server_id)?.get(id)?.name ?? userOf(id)?.name ?? inConversation(id, channel_id);
      if (name) noteChosen(name, id);
      return name ? `@${name}` : whole;
    }),
  );
}

const inConversation = (id: number, channel_id: number) =>
  conversationIn(channel_id)?.members.find(({ user_id }) => user_id === id)?.name;

export function toSent(text: string, server_id: number, channel_id: number): string {
  const byName = (name: string) => {
    const folded = name.toLowerCase();
    const known = chosen.get(folded);
    if (known !== undefined) return known;
    for (const one of peopleIn(server_id, channel_id)) if (one.name.toLowerCase() === folded) return one.user_id;
    return undefined;
  };
  return outsideCode(text, (part) =>
    part.replace(WRITTEN, (whole, name: string) => {
      // A full stop may end the sentence, or belong to the name.
      for (let length = name.length; length >= 2; length -= 1) {
        const id = byName(name.slice(0, length));
        if (id !== undefined) return `<@${id}>${name.slice(length)}`;
        if (!/[.-]/.test(name[length - 1] ?? "")) break;
      }
      return whole;
    }),
  );
}
