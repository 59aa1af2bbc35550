// What the text of a message may be. Pure.

import { limits } from "./limits.ts";

/** Whether the text can be stored and given back as it is: without NUL and lone surrogates. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** The reason why a trimmed text is refused, as a sentence for a person, or null when it is good. */
export function contentFault(content: string, may_be_empty: boolean): string | null {
  if (content === "" && !may_be_empty) return "A message has text or an attachment.";
  // No text has more code points than code units, so most are not counted one by one.
  if (content.length > limits.message_length && [...content].length > limits.message_length) {
    return `A message has at most ${limits.message_length} characters.`;
  }
  return isPlainText(content) ? null : "A message holds neither NUL characters nor halves of surrogate pairs.";
}

/** As many of the messages, from the first on, as fit one page: at least one. */
export function withinContentLength<Message extends { content: string }>(messages: readonly Message[]): Message[] {
  let length = 0;
  const too_long = messages.findIndex(({ content }, index) => {
    length += content.length;
    return index > 0 && length > limits.page_content_length;
  });
  return messages.slice(0, too_long === -1 ? messages.length : too_long);
}

const CONTROL_OR_SPACE = /[\p{Cc}\p{Z}]/u;
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether the text will do as a reaction: an emoji, or a short name for one. */
export function isEmoji(text: string): boolean {
  return isPlainText(text) && !CONTROL_OR_SPACE.test(text) && VISIBLE.test(text);
}
