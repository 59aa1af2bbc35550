// What programs send to Slack: a text, attachments, blocks of a few types. Slack's own signs become plain ones.

import { fieldsOf, itemsOf, joined, linked, type Said, saidOf, textOf } from "./said.ts";

export function slackSaid(body: unknown): Said | null {
  const { text, username, icon_url, attachments, blocks } = fieldsOf(body);
  const of_blocks = joined(itemsOf(blocks).map(blockText));
  // Where there are blocks, the text stands for them where they can't be shown.
  const main = of_blocks || plain(textOf(text));
  return saidOf(joined([main, ...itemsOf(attachments).map(attachmentText)], "\n\n"), username, icon_url);
}

function attachmentText(attachment: unknown): string {
  const { pretext, title, title_link, text, fields, fallback, blocks } = fieldsOf(attachment);
  const shown = joined([
    plain(textOf(pretext)),
    linked(plain(textOf(title)), textOf(title_link)),
    plain(textOf(text)),
    ...itemsOf(fields).map(fieldText),
    ...itemsOf(blocks).map(blockText),
  ]);
  return shown || plain(textOf(fallback));
}

function fieldText(field: unknown): string {
  const { title, value } = fieldsOf(field);
  return joined([plain(textOf(title)), plain(textOf(value))], ": ");
}

function blockText(block: unknown): string {
  const { type, text, fields, elements } = fieldsOf(block);
  if (type === "divider") return "———";
  if (type === "header") return elementText(text);
  if (type === "section") return joined([elementText(text), ...itemsOf(fields).map(elementText)]);
  if (type === "context") return joined(itemsOf(elements).map(elementText), " ");
  return "";
}

function elementText(element: unknown): string {
  const { type, text, alt_text } = fieldsOf(element);
  return type === "image" ? plain(textOf(alt_text)) : plain(textOf(text));
}

const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Slack writes links, channels and people in angle brackets, and these signs themselves as entities. */
function plain(text: string): string {
  return text
    .replace(/<([^<>|\s][^<>|]*)(?:\|([^<>]*))?>/g, (_, target: string, label = "") => bracketed(target, label))
    .replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function bracketed(target: string, label: string): string {
  if (target.startsWith("!")) return label || `@${target.slice(1).split("^")[0]}`;
  if (target.startsWith("@") || target.startsWith("#")) return label ? `${target[0]}${label}` : target;
  return linked(label, target.replace(/^mailto:/, ""));
}
