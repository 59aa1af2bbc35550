// The work of checking follows from the schema, not from what was sent: it is counted how often a list is looked into.

import { describe, expect, test } from "bun:test";
import Type, { type TSchema } from "typebox";
import { limits } from "../../src/domain/limits.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import { calls } from "../../src/protocol/http.ts";
import { costOf, type MessageLiteral } from "../../src/protocol/message.ts";
import { validate } from "../../src/protocol/validate.ts";

/** What a frame of the greatest length can hold. */
const LONG = limits.frame_length / 2;

interface Counted {
  list: unknown[];
  looks(): number;
}

function counted(items: unknown[]): Counted {
  let looks = 0;
  const list = new Proxy(items, {
    get(target, name, receiver) {
      if (typeof name === "string" && /^\d+$/.test(name)) looks += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  return { list, looks: () => looks };
}

interface Shape {
  properties?: Record<string, Shape>;
  maxItems?: number;
  items?: Shape;
}

/** The paths of all fields, two levels deep, and what a list there may hold. */
function* fieldsOf({ properties = {} }: Shape, levels = 2): Iterable<{ path: string[]; most: number }> {
  for (const [name, shape] of Object.entries(properties)) {
    yield { path: [name], most: shape.maxItems ?? 0 };
    if (levels === 1) continue;
    for (const { path, most } of fieldsOf(shape, levels - 1)) yield { path: [name, ...path], most };
  }
}

const nested = ([name = "", ...rest]: string[], value: unknown): object => ({
  [name]: rest.length === 0 ? value : nested(rest, value),
});

const schemas: [string, TSchema][] = [
  ...messages.map(({ type, request }): [string, TSchema] => [type, request]),
  ...Object.values(calls).flatMap(({ path, body }): [string, TSchema][] => (body ? [[path, body as TSchema]] : [])),
];

describe("a list that is too long is looked into no further than shows that it is", () => {
  test.each(schemas)("%s", (_, schema) => {
    for (const { path, most } of fieldsOf(schema as Shape)) {
      for (const item of [0, 1, null, "x", {}, [], { role_id: 1, allow: [], deny: [] }]) {
        const { list, looks } = counted(Array(LONG).fill(item));
        expect(validate(schema, nested(path, list)).ok).toBe(false);
        expect({ path, is_bounded: looks() <= most + 1 }).toEqual({ path, is_bounded: true });
      }
    }
  });
});

describe("the first fault is found, and no other looked for", () => {
  const Lists = Type.Object({
    ids: Type.Array(Type.Integer(), { maxItems: 4 }),
    rows: Type.Optional(Type.Array(Type.Object({ names: Type.Array(Type.String(), { maxItems: 2 }) }))),
    counts: Type.Optional(Type.Record(Type.String(), Type.Integer(), { maxProperties: 2 })),
  });

  test.each([
    ["a long list, before what is in it", { ids: [0.5, 0.5, 0.5, 0.5, 0.5] }, "ids", "4 items"],
    ["the first item that doesn't fit", { ids: [1, 0.5, "x"] }, "ids.1", "integer"],
    ["within an item", { ids: [], rows: [{ names: [] }, { names: ["a", 5] }] }, "rows.1.names.1", "string"],
    ["missing within an item", { ids: [], rows: [{}] }, "rows.0.names", "missing"],
    ["a long list within an item", { ids: [], rows: [{ names: ["a", "b", "c"] }] }, "rows.0.names", "2 items"],
    ["what is missing, before what doesn't fit", { counts: { a: "x" } }, "ids", "missing"],
    ["an entry of a record", { ids: [], counts: { a: 1, b: "x" } }, "counts.b", "integer"],
    ["a record with too many", { ids: [], counts: { a: "x", b: "x", c: "x" } }, "counts", "2 properties"],
  ])("%s", (_, value, path, fault) => {
    const refusal = validate(Lists, value);
    expect(refusal).toMatchObject({ ok: false, error: { code: "bad_request", details: { path } } });
    expect(refusal.ok ? "" : refusal.error.message).toContain(fault);
  });

  test("what alternatives don't know is left out of each", () => {
    const Either = Type.Union([Type.Object({ a: Type.Integer() }), Type.Object({ b: Type.Integer() })]);
    expect(validate(Either, { b: 1, c: "x".repeat(10) })).toEqual({ ok: true, value: { b: 1 } });
    expect(validate(Either, { c: 1 })).toMatchObject({ ok: false });
  });
});

describe("what a request costs", () => {
  const cost = (type: string, parameters: unknown) =>
    costOf(messages.find((message) => message.type === type) as MessageLiteral, parameters);
  const topics = (count: number) => Array.from({ length: count }, (_, at) => `channel:${at + 1}`);

  test.each([
    [1, "ping", {}],
    [5, "get_users", { user_ids: [1] }],
    [15, "get_users", { user_ids: Array(100).fill(1) }],
    [5, "subscribe", { topics: topics(9) }],
    [105, "subscribe", { topics: topics(1_000) }],
    [52, "unsubscribe", { topics: topics(1_000) }],
    [20, "sync", { epoch: "", topics: {} }],
    [70, "sync", { epoch: "", topics: Object.fromEntries(topics(500).map((topic) => [topic, 1])) }],
  ])("%d: %s", (tokens, type, parameters) => {
    expect(cost(type, parameters)).toBe(tokens);
  });
});
