// Answers as a person reads them: lists as tables, one thing as its fields; and as one document for a program.
// Must not let control characters through, which somebody can have put into a text: they would reach the terminal.

import Table from "cli-table3";

type Fields = Record<string, unknown>;

/** The answer in lines, without an end of the last one. */
export function tableOf(answer: Fields): string {
  const { has_more, ...shown } = answer;
  const parts = Object.entries(shown).flatMap(([name, value]) => partOf(name, value));
  if (has_more === true) parts.push(`there are more: --anchor ${lastIdIn(shown)}`);
  return parts.length === 0 ? "done" : parts.join("\n\n");
}

/** JSON in one line; what could control a terminal stands in it by its number. */
export function documentOf(answer: Fields): string {
  const numbered = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(answer).replace(UNSHOWN, (character) => character.split("").map(numbered).join(""));
}

/** A sentence as it may stand on a terminal. */
export function plainly(text: string): string {
  return text.replace(UNSHOWN, "�");
}

/** Controls a terminal, or the order in which it shows what stands around. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** After which the next page begins. */
function lastIdIn(shown: Fields): unknown {
  const rows = Object.values(shown).find(isRows);
  return rows?.at(-1)?.["id"];
}

function partOf(name: string, value: unknown): string[] {
  if (isRows(value)) return value.length === 0 ? [`no ${words(name)}`] : [listOf(value)];
  if (!isFields(value)) return value === undefined ? [] : [`${words(name)}: ${cell(value)}`];
  const own = Object.entries(value).filter(([, one]) => !isRows(one));
  const lists = Object.entries(value).filter(([, one]) => isRows(one));
  const table = plain({});
  for (const [field, one] of own) table.push([words(field), cell(one)]);
  const below = lists.flatMap(([field, rows]) =>
    (rows as Fields[]).length === 0 ? [] : [`${words(field)}:\n${listOf(rows as Fields[])}`],
  );
  return [table.toString(), ...below];
}

function listOf(rows: Fields[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = plain({ head: names.map(words) });
  for (const row of rows) table.push(names.map((name) => cell(row[name])));
  return table.toString();
}

/** Columns and nothing around them. */
function plain(options: { head?: string[] }) {
  const sides = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const none = [...sides, "left", "left-mid", "mid", "mid-mid", "right", "right-mid"].map((side) => [side, ""]);
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  return new Table({ ...options, style, chars: { ...Object.fromEntries(none), middle: "  " } });
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number" && !Number.isInteger(value)) return value.toFixed(2);
  const text = isFields(value)
    ? Object.entries(value)
        .filter(([, one]) => one !== null)
        .map(([name, one]) => `${words(name)} ${one}`)
        .join(", ")
    : String(value);
  return plainly(text);
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}

function isRows(value: unknown): value is Fields[] {
  return Array.isArray(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
