// What the text of a message may be. Pure.

import { limits } from "./limits.ts";
import { isVisible, UNRULY } from "./visible.ts";

/** Whether the text can be stored and given back as it is: without NUL and lone surrogates. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** The reason why a trimmed text is refused, as a sentence for a person, or null when it is good. */
export function contentFault(content: string, may_be_empty: boolean): string | null {
  if (!isPlainText(content)) return "A message holds neither NUL characters nor halves of surrogate pairs.";
  if (!may_be_empty && !isVisible(content)) return "A message has text or an attachment.";
  // No text has more code points than code units, so most are not counted one by one.
  if (content.length > limits.message_length && [...content].length > limits.message_length) {
    return `A message has at most ${limits.message_length} characters.`;
  }
  return null;
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

const UNFIT = new RegExp(`[\\p{Cc}\\p{Z}${UNRULY}]`, "u");

/** Whether the text will do as a reaction: an emoji, or a short name for one. */
export function isEmoji(text: string): boolean {
  return isPlainText(text) && !UNFIT.test(text) && isVisible(text);
}

const EMOJI = /^\p{RGI_Emoji}$/v;
const VARIATION_SELECTORS = /[\ufe0e\ufe0f]/g;
/** One that is shown as text where nothing says otherwise. */
const TEXT_BY_DEFAULT = /(?=\p{Emoji})\P{Emoji_Presentation}(?!\p{Emoji_Modifier})/gu;

/** An emoji as Unicode calls it fully qualified, so that it is one however it was typed; anything else as it is. */
export function qualifiedEmoji(text: string): string {
  const qualified = text.replace(VARIATION_SELECTORS, "").replace(TEXT_BY_DEFAULT, "$&\ufe0f");
  return EMOJI.test(qualified) ? qualified : text;
}
