// Frames that fill a frame's length and mean nothing: for each field of a message, the longest list, the widest object,
// the longest text of each kind that something in the server may look at one by one. None of them is by chance.

import { limits } from "../../src/domain/limits.ts";
import type { MessageLiteral } from "../../src/protocol/message.ts";
import type { Shape } from "./schema-values.ts";

/** What its long value is, and its JSON but for an `id`. */
export interface WideFrame {
  readonly what: string;
  readonly json: string;
}

/** Room for what is around the value. */
const ROOM = limits.frame_length - 1_024;
const ITEMS = ["0", "-1", "1e999", "null", '"x"', '""', "[]", "{}", "[[[[]]]]", '{"a":{}}', "1"];
const SIGNS: Record<string, string> = {
  letters: "a",
  spaces: " ",
  "combining marks": "\\u0301",
  "signs without width": "\\u200b",
  "halves of signs": "\\ud83d",
  emoji: "\u{1f600}",
  "a name's signs": "a-_.",
  colons: "user:1,",
  escapes: "\\n",
};

function listOf(item: string): string {
  return `[${new Array(Math.floor(ROOM / (item.length + 1))).fill(item).join(",")}]`;
}

function objectOf(value: string, nameOf: (at: number) => string): string {
  const fields: string[] = [];
  for (let length = 0; length < ROOM; length += (fields.at(-1)?.length ?? 0) + 1) {
    fields.push(`"${nameOf(fields.length)}":${value}`);
  }
  return `{${fields.slice(0, -1).join(",")}}`;
}

function textOf(sign: string): string {
  return `"${sign.repeat(Math.floor(ROOM / sign.length))}"`;
}

const wide_values: readonly WideFrame[] = [
  ...ITEMS.map((item) => ({ what: `a list of ${item}`, json: listOf(item) })),
  ...["0", "-1", "{}", "null"].map((value) => ({
    what: `an object of ${value}`,
    json: objectOf(value, (at) => `${at}`),
  })),
  { what: "an object of topics", json: objectOf("1", (at) => `user:${at + 1}`) },
  { what: "an object of one name", json: objectOf("1", () => "__proto__") },
  ...Object.entries(SIGNS).map(([what, sign]) => ({ what: `a text of ${what}`, json: textOf(sign) })),
  { what: "levels", json: `${"[".repeat(ROOM / 2)}${"]".repeat(ROOM / 2)}` },
  { what: "objects within each other", json: `${'{"a":'.repeat(ROOM / 6)}1${"}".repeat(ROOM / 6)}` },
  { what: "a long number", json: `1${"0".repeat(ROOM)}` },
  { what: "a long fraction", json: `0.${"1".repeat(ROOM)}` },
];

/** For each field of the message, and for its data as a whole, each wide value in its place; all else fits. */
export function wideFramesOf({ type, dialect, request }: MessageLiteral): WideFrame[] {
  const { properties = {} } = request as Shape;
  const places = [...pathsIn(properties), ["no_such_field"]];
  return places.flatMap((path) =>
    wide_values.map(({ what, json }) => {
      const parameters = withValue(request as Shape, path, json);
      const fields = dialect === "console" ? parameters.slice(1, -1) : `"data":${parameters}`;
      return { what: `${path.join(".")} is ${what}`, json: `{"type":"${type}"${fields === "" ? "" : `,${fields}`}}` };
    }),
  );
}

/** Paths of all fields, those within objects too. */
function pathsIn(properties: Record<string, Shape>, within: readonly string[] = []): string[][] {
  return Object.entries(properties).flatMap(([name, shape]) => [
    [...within, name],
    ...pathsIn(shape.properties ?? {}, [...within, name]),
  ]);
}

/** JSON that fits the shape, but for the value at the path. */
function withValue(shape: Shape, [name, ...rest]: readonly string[], json: string): string {
  const { properties = {}, required = [] } = shape;
  const wanted = Object.keys(properties).filter((field) => field === name || required.includes(field));
  const fields = (name !== undefined && !wanted.includes(name) ? [...wanted, name] : wanted).map((field) => {
    const inner = properties[field] ?? {};
    if (field !== name) return `"${field}":${fitting(inner)}`;
    return `"${field}":${rest.length === 0 ? json : withValue(inner, rest, json)}`;
  });
  return `{${fields.join(",")}}`;
}

/** Something that fits, as short as can be. */
function fitting(shape: Shape): string {
  if (shape.enum) return JSON.stringify(shape.enum[0]);
  if (shape.anyOf) return fitting(shape.anyOf[0] ?? {});
  if (shape.type === "object") return withValue(shape, [], "");
  if (shape.type === "array") return "[]";
  if (shape.type === "boolean") return "true";
  if (shape.type === "integer") return String(Math.max(1, shape.minimum ?? 1));
  return '"1"';
}
