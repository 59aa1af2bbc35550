// The protocol's builders make what TypeBox's own make, down to what these hide in a schema, and in the same order.

import { expect, test } from "bun:test";
import TypeBox from "typebox";
import { Type } from "../../src/protocol/schema.ts";

type Builders = typeof Type;

const person = (of: Builders) =>
  of.Object(
    {
      id: of.Integer({ minimum: 1 }),
      name: of.String({ minLength: 1 }),
      bio: of.Optional(of.String({ description: "in their words" })),
      color: of.Optional(of.Union([of.Integer(), of.Null()])),
    },
    { description: "a person", additionalProperties: false },
  );

const cases: Record<keyof Builders, (of: Builders) => unknown> = {
  Array: (of) => [of.Array(of.String()), of.Array(person(of), { maxItems: 3 })],
  Boolean: (of) => [of.Boolean(), of.Boolean({ description: "whether" })],
  Enum: (of) => [of.Enum(["a", "b"]), of.Enum([1, 2], { description: "which" })],
  Integer: (of) => [of.Integer(), of.Integer({ minimum: 0, maximum: 7 })],
  Intersect: (of) => [
    of.Intersect([of.Object({ a: of.Null() }), of.Partial(person(of))]),
    of.Intersect([of.Object({})], { description: "both" }),
  ],
  Literal: (of) => [of.Literal("a"), of.Literal(1), of.Literal(true, { description: "yes" })],
  Null: (of) => [of.Null(), of.Null({ description: "nothing" })],
  Number: (of) => [of.Number(), of.Number({ exclusiveMinimum: 0 })],
  Object: (of) => [
    of.Object({}),
    person(of),
    of.Object({ one: of.Optional(person(of)), others: of.Array(person(of)) }),
  ],
  Omit: (of) => [of.Omit(person(of), ["id"]), of.Omit(person(of), ["bio", "color"])],
  Optional: (of) => [of.Optional(of.String({ maxLength: 3 })), of.Optional(of.Optional(of.Null()))],
  Partial: (of) => [of.Partial(person(of)), of.Partial(of.Object({}))],
  Pick: (of) => [of.Pick(person(of), ["color", "name"]), of.Pick(person(of), ["bio"])],
  Record: (of) => [
    of.Record(of.String(), of.Unknown()),
    of.Record(of.String(), person(of), { maxProperties: 3, description: "by name" }),
  ],
  String: (of) => [of.String(), of.String({ pattern: "^a$", description: "a letter" })],
  Union: (of) => [of.Union([of.Null(), of.String()]), of.Union([of.Literal(0)], { description: "either" })],
  Unknown: (of) => [of.Unknown(), of.Unknown({ description: "whatever" })],
  Unsafe: (of) => [of.Unsafe({}), of.Unsafe(person(of)), of.Object({ file: of.Unsafe({ type: "string" }) })],
};

/** All that a schema has, hidden or not, in its order. */
function whole(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(Object.getOwnPropertyDescriptors(value));
  return entries.map(([name, { value: part, enumerable }]) => [name, enumerable, whole(part)]);
}

test.each(Object.entries(cases))("%s", (_, build) => {
  expect(whole(build(Type))).toEqual(whole(build(TypeBox)));
});
