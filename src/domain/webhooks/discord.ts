// What programs send to Discord: a text, and embeds.

import { fieldsOf, itemsOf, joined, linked, type Said, saidOf, textOf } from "./said.ts";

export function discordSaid(body: unknown): Said | null {
  const { content, username, avatar_url, embeds } = fieldsOf(body);
  return saidOf(joined([textOf(content), ...itemsOf(embeds).map(embedText)], "\n\n"), username, avatar_url);
}

function embedText(embed: unknown): string {
  const { title, url, description, fields, footer, author } = fieldsOf(embed);
  const by = fieldsOf(author);
  return joined([
    linked(textOf(by["name"]), textOf(by["url"])),
    linked(textOf(title), textOf(url)),
    textOf(description),
    ...itemsOf(fields).map(fieldText),
    textOf(fieldsOf(footer)["text"]),
  ]);
}

function fieldText(field: unknown): string {
  const { name, value } = fieldsOf(field);
  return joined([textOf(name), textOf(value)], ": ");
}
