// What a program has to say, put into words that people read. Each kind of program has its file beside this one; what
// comes is of any shape, and what isn't understood of it is passed over. Pure.

import { limits } from "../limits.ts";
import { isVisible, UNRULY } from "../visible.ts";

export interface Said {
  content: string;
  /** What it calls itself for once; null for what it is called anyway. */
  username: string | null;
  avatar_url: string | null;
}

export type Fields = Readonly<Record<string, unknown>>;

/** What the value holds by name; nothing where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The items of a list, as many as anybody reads. */
export function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, limits.webhook_items) : [];
}

/** A text, or a number as one; empty where it is neither. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** `label (url)`, or what there is of them. */
export function linked(label: string, url: string): string {
  if (label === "" || url === "" || label === url) return label || url;
  return `${label} (${url})`;
}

/** Those that aren't empty, joined. */
export function joined(parts: readonly string[], by = "\n"): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(by);
}

/** Null where there is nothing to read. Too much is cut. */
export function saidOf(content: string, username: unknown = null, avatar_url: unknown = null): Said | null {
  const text = cut(content.toWellFormed().replaceAll("\0", "").trim(), limits.message_length);
  if (!isVisible(text)) return null;
  return { content: text, username: nameOf(textOf(username)), avatar_url: textOf(avatar_url) || null };
}

const UNFIT = new RegExp(`[\\p{Cc}${UNRULY}]`, "gu");

function nameOf(given: string): string | null {
  const name = cut(given.toWellFormed().replace(UNFIT, " ").trim(), limits.thing_name_length);
  return isVisible(name) ? name : null;
}

/** With a sign for what is missing, where something is. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const signs = Array.from(text);
  return signs.length <= most
    ? text
    : `${signs
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}
