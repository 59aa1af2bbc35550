import { describe, expect, test } from "bun:test";
import Type from "typebox";
import { nullable } from "../../src/protocol/message.ts";
import { validate } from "../../src/protocol/validate.ts";

const Person = Type.Object({
  name: Type.String({ minLength: 2 }),
  age: Type.Optional(Type.Integer({ minimum: 0 })),
  address: Type.Optional(Type.Object({ city: Type.String(), street: Type.Optional(Type.String()) })),
  tags: Type.Optional(Type.Array(Type.String())),
});
const Update = Type.Object({
  user_id: Type.Integer(),
  changes: Type.Object({ bio: Type.Optional(nullable(Type.String())), name: Type.Optional(Type.String()) }),
});

const refusal = (path: string, message: unknown = expect.any(String)) => ({
  ok: false as const,
  error: { code: "bad_request", message, details: { path } },
});

describe("null", () => {
  test("is an absent field, at any depth", () => {
    expect(validate(Person, { name: "alice", age: null, address: { city: "Rome", street: null } })).toEqual({
      ok: true,
      value: { name: "alice", address: { city: "Rome" } },
    });
  });

  test("is no value of a field that is wanted", () => {
    expect(validate(Person, { name: null })).toMatchObject(refusal("name"));
    expect(validate(Person, { name: "alice", address: { city: null } })).toMatchObject(refusal("address.city"));
  });

  test("under changes clears a value, where it may", () => {
    const clears = { user_id: 5, changes: { bio: null } };
    expect(validate(Update, clears)).toEqual({ ok: true, value: clears });
    expect(validate(Update, { user_id: 5, changes: { name: null } })).toMatchObject(refusal("changes.name"));
  });

  test("for changes itself is their absence", () => {
    expect(validate(Update, { user_id: 5, changes: null })).toMatchObject(refusal("changes"));
  });

  test("within a list stays what it is", () => {
    expect(validate(Person, { name: "alice", tags: ["a", null] })).toMatchObject(refusal("tags.1"));
  });
});

describe("the field at fault", () => {
  test.each([
    ["that is missing", { age: 5 }, "name"],
    ["of another type", { name: 5 }, "name"],
    ["that is too short", { name: "a" }, "name"],
    ["below another", { name: "alice", address: { city: 5 } }, "address.city"],
    ["missing below another", { name: "alice", address: {} }, "address.city"],
    ["in a list", { name: "alice", tags: ["a", 5] }, "tags.1"],
    ["that is no whole number", { name: "alice", age: 1.5 }, "age"],
  ])("%s is named", (_, value, path) => {
    expect(validate(Person, value)).toMatchObject(refusal(path, expect.stringContaining(`'${path}'`)));
    expect(validate(Person, value, "data")).toMatchObject(
      refusal(`data.${path}`, expect.stringContaining(`'data.${path}'`)),
    );
  });

  test.each([
    ["a list", []],
    ["a text", "alice"],
    ["a number", 5],
    ["null", null],
    ["nothing", undefined],
  ])("is the whole when it is %s", (_, value) => {
    expect(validate(Person, value)).toMatchObject(refusal(""));
    expect(validate(Person, value, "data")).toMatchObject(refusal("data", expect.stringContaining("'data'")));
  });
});

test("unknown fields are ignored", () => {
  expect(validate(Person, { name: "alice", height: 170 })).toMatchObject({ ok: true, value: { name: "alice" } });
});

test("a prototype's fields are nobody's", () => {
  expect(validate(Person, JSON.parse('{"__proto__":{"name":"alice"}}'))).toMatchObject(refusal("name"));
  const polluting = JSON.parse(
    '{"name":"alice","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
  );
  expect(validate(Person, polluting)).toMatchObject({ ok: true });
  expect("admin" in {}).toBe(false);
});

test("what was sent is left as it was", () => {
  const sent = { name: "alice", age: null, address: { city: "Rome", street: null } };
  const copy = structuredClone(sent);
  validate(Person, sent);
  expect(sent).toEqual(copy);
});

describe("a field that the schema doesn't know", () => {
  test("is left out, at any depth, under changes too", () => {
    const value = { user_id: 5, owner_id: 6, changes: { bio: "hello", owner_id: 7, __proto__: { admin: true } } };
    expect(validate(Update, value)).toEqual({ ok: true, value: { user_id: 5, changes: { bio: "hello" } } });
  });

  test("may be there in what isn't an object: that is refused for what it is", () => {
    expect(validate(Update, [1])).toMatchObject({ ok: false });
    expect(validate(Update, { user_id: 5, changes: [] })).toMatchObject(refusal("changes"));
  });
});
