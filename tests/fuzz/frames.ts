// Frames of every sort, by chance: what fits a message's literal, what nearly fits it, and what has nothing to do with
// any. A frame becomes text when it is sent, since only then what it refers to is there.

import fc from "fast-check";
import { limits } from "../../src/domain/limits.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import type { MessageLiteral } from "../../src/protocol/message.ts";
import { faulty } from "../text/texts.ts";
import { Reference, type Shape, valueFor } from "./schema-values.ts";

/** JSON that no value has, such as `1e999`. */
export class Raw {
  constructor(readonly json: string) {}
}

export type Sort = "valid" | "nearly" | "json" | "text" | "bytes" | "huge";

export interface FuzzFrame {
  readonly sort: Sort;
  /** The message type it was made for, if any. */
  readonly type: string | null;
  /** Fields of the frame, but for its `id`; or all of it, as text or as bytes. */
  readonly content: Record<string, unknown> | string | Uint8Array<ArrayBuffer>;
}

const literals: readonly MessageLiteral[] = messages;

function fieldsFor({ type, dialect, request }: MessageLiteral): fc.Arbitrary<Record<string, unknown>> {
  const parameters = valueFor(request as Shape) as fc.Arbitrary<Record<string, unknown>>;
  return parameters.map((value) => (dialect === "console" ? { ...value, type } : { type, data: value }));
}

const valid: fc.Arbitrary<FuzzFrame> = fc.oneof(
  ...literals.map((literal) =>
    fieldsFor(literal).map((content) => ({ sort: "valid" as const, type: literal.type, content })),
  ),
);

const nested = (levels: number, open: string, close: string) =>
  new Raw(`${open.repeat(levels)}1${close.repeat(levels)}`);

/** What stands in the place of a good value. */
const wrong_values: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    1.5,
    2 ** 31,
    2 ** 53,
    2 ** 53 - 1,
    "",
    "0",
    "1",
    "null",
    [],
    {},
    [[]],
    [null],
    [{}],
  ],
  ...["-0", "1e999", "-1e999", "1e-999", "9007199254740993", "5e-324", "1E5", "0.1e1"].map((json) => new Raw(json)),
  ...["NaN", "Infinity", "undefined", "01", "+1", "'a'", '"\\x"', "{a:1}", "[1,]", ""].map((json) => new Raw(json)),
  ...['{"__proto__":{"id":1}}', '{"constructor":1,"prototype":2}', '{"length":5}', '{"toJSON":1,"then":1}'].map(
    (json) => new Raw(json),
  ),
  ...[nested(20, '{"a":', "}"), nested(limits.frame_depth, "[", "]"), nested(5_000, "[", "]")],
  ...["x".repeat(5_000), "\u{1f600}".repeat(3_000), "a".repeat(limits.frame_length), ...faulty],
];

/** Fields that no literal has, some of which every object has. */
const odd_names = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "toJSON",
  "then",
  "length",
  "",
  "\0",
  "Type",
  "DATA",
];

/** One thing is done to one field of what was good: it goes, gets another value, another name, or another beside it. */
type Mutation =
  | { of: "value"; value: unknown }
  | { of: "name"; to(name: string): string }
  | { of: "lack" }
  | { of: "more"; name: string; value: unknown };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...wrong_values).map((value) => ({ of: "value" as const, value })) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => ({ of: "value" as const, value })) },
  { weight: 1, arbitrary: fc.constant({ of: "lack" as const }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<(name: string) => string>(
        (name) => name.toUpperCase(),
        (name) => ` ${name}`,
        (name) => `${name}s`,
      )
      .map((to) => ({ of: "name" as const, to })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...odd_names), fc.constantFrom(...wrong_values))
      .map(([name, value]) => ({ of: "more" as const, name, value })),
  },
);

type Path = readonly string[];

function pathsIn(value: unknown, to: Path = []): Path[] {
  if (typeof value !== "object" || value === null || value instanceof Reference || value instanceof Raw) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[...to, name], ...pathsIn(inner, [...to, name])]);
}

/** A copy in which the field at the path is as the mutation has it. */
function mutated(value: unknown, [name = "", ...rest]: Path, mutation: Mutation): unknown {
  if (Array.isArray(value)) {
    return value.map((item, at) =>
      String(at) !== name ? item : rest.length > 0 ? mutated(item, rest, mutation) : replacement(item, mutation),
    );
  }
  const entries = Object.entries(value as Record<string, unknown>).flatMap(([own, inner]): [string, unknown][] => {
    if (own !== name) return [[own, inner]];
    if (rest.length > 0) return [[own, mutated(inner, rest, mutation)]];
    if (mutation.of === "lack") return [];
    if (mutation.of === "more")
      return [
        [own, inner],
        [mutation.name, mutation.value],
      ];
    return mutation.of === "name" ? [[mutation.to(own), inner]] : [[own, mutation.value]];
  });
  return ownFields(entries);
}

const replacement = (item: unknown, mutation: Mutation) => (mutation.of === "value" ? mutation.value : item);

/** Fields of these names, `__proto__` too. */
function ownFields(entries: readonly [string, unknown][]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of entries)
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true });
  return fields;
}

const nearly: fc.Arbitrary<FuzzFrame> = fc.tuple(valid, fc.nat(), mutation).map(([frame, chance, how]) => {
  const paths = pathsIn(frame.content);
  const path = paths[chance % paths.length] ?? [];
  return { sort: "nearly", type: frame.type, content: mutated(frame.content, path, how) as Record<string, unknown> };
});

const anyType = fc.oneof(
  fc.constantFrom(...literals.map(({ type }) => type)),
  fc.string({ maxLength: 12 }),
  fc.jsonValue(),
);

const json: fc.Arbitrary<FuzzFrame> = fc
  .oneof(
    fc.record(
      { type: anyType, data: fc.jsonValue(), message: fc.jsonValue() },
      { requiredKeys: [], noNullPrototype: true },
    ),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  )
  .map((content) => ({ sort: "json", type: null, content }));

const text: fc.Arbitrary<FuzzFrame> = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.tuple(fc.json(), fc.nat()).map(([whole, at]) => whole.slice(0, at % (whole.length + 1))),
    fc.constantFrom(
      "",
      "{",
      "}",
      "[",
      '"',
      '{"type":"ping",}',
      '{"type":"ping"}\0',
      "\ufeff{}",
      "nul",
      "-",
      "{}{}",
      '{"type"',
    ),
  )
  .map((content) => ({ sort: "text", type: null, content }));

const bytes: fc.Arbitrary<FuzzFrame> = fc
  .uint8Array({ maxLength: 200 })
  .map((content) => ({ sort: "bytes", type: null, content: new Uint8Array(content) }));

/** Above what a frame may have, and above what is read at all. */
const huge: fc.Arbitrary<FuzzFrame> = fc
  .constantFrom(limits.frame_length + 1, limits.frame_hard_bytes + 1)
  .map((length) => ({ sort: "huge", type: null, content: "x".repeat(length) }));

const frame = fc.oneof(
  { weight: 500, arbitrary: valid },
  { weight: 380, arbitrary: nearly },
  { weight: 60, arbitrary: json },
  { weight: 40, arbitrary: text },
  { weight: 18, arbitrary: bytes },
  { weight: 2, arbitrary: huge },
);

/** So many frames; the same seed gives the same. */
export function framesOf(seed: number, count: number): FuzzFrame[] {
  return fc.sample(frame, { seed, numRuns: count });
}

/** The JSON of a value, in which `resolve` says what stands for a reference. */
export function encode(value: unknown, resolve: (reference: Reference) => unknown): string {
  if (value instanceof Raw) return value.json;
  if (value instanceof Reference) return JSON.stringify(resolve(value));
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, resolve)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${encode(field, resolve)}`);
  return `{${fields.join(",")}}`;
}
