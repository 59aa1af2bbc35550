// The builders of schemas, as far as the protocol uses them: typed as TypeBox's own, and making the same. Those come in
// 370 modules, all of which a server would read before it listens; a test holds these to what those make.

import type TypeBox from "typebox";

type Name =
  | "Array"
  | "Boolean"
  | "Enum"
  | "Integer"
  | "Intersect"
  | "Literal"
  | "Null"
  | "Number"
  | "Object"
  | "Omit"
  | "Optional"
  | "Partial"
  | "Pick"
  | "Record"
  | "String"
  | "Union"
  | "Unknown"
  | "Unsafe";

/** Not typed by what it describes: that says the type of its builder. */
type Schema = Record<string, unknown>;
type Properties = Record<string, Schema>;

/** What TypeBox knows its schemas by, where it doesn't stand among their keywords. */
const hidden = (value: unknown) => ({ value, configurable: true, writable: true, enumerable: false });
const KIND = "~kind";
const OPTIONAL = "~optional";
const UNSAFE = "~unsafe";

function made(kind: string, keywords: Schema, options?: Schema): Schema {
  return Object.defineProperty({ ...keywords, ...options }, KIND, hidden(kind));
}

/** A copy with what is hidden, and this mark besides. */
function marked(schema: Schema, mark: string, value: unknown): Schema {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema));
  return Object.defineProperty(copy, mark, hidden(value));
}

function objectOf(properties: Properties, options?: Schema): Schema {
  const required = Object.keys(properties).filter((name) => !Object.hasOwn(properties[name] ?? {}, OPTIONAL));
  return made("Object", { type: "object", ...(required.length > 0 && { required }), properties }, options);
}

function withSome({ properties }: Schema, isWanted: (name: string) => boolean): Schema {
  return objectOf(Object.fromEntries(Object.entries(properties as Properties).filter(([name]) => isWanted(name))));
}

const optional = (schema: Schema) => marked(schema, OPTIONAL, true);

const builders = {
  Array: (items: Schema, options?: Schema) => made("Array", { type: "array", items }, options),
  Boolean: (options?: Schema) => made("Boolean", { type: "boolean" }, options),
  Enum: (values: readonly unknown[], options?: Schema) => made("Enum", { enum: values }, options),
  Integer: (options?: Schema) => made("Integer", { type: "integer" }, options),
  Intersect: (all: readonly Schema[], options?: Schema) => made("Intersect", { allOf: all }, options),
  Literal: (value: unknown, options?: Schema) => made("Literal", { type: typeof value, const: value }, options),
  Null: (options?: Schema) => made("Null", { type: "null" }, options),
  Number: (options?: Schema) => made("Number", { type: "number" }, options),
  Object: objectOf,
  Omit: (object: Schema, names: readonly string[]) => withSome(object, (name) => !names.includes(name)),
  Optional: optional,
  Partial: ({ properties }: Schema) =>
    objectOf(
      Object.fromEntries(Object.entries(properties as Properties).map(([name, schema]) => [name, optional(schema)])),
    ),
  Pick: (object: Schema, names: readonly string[]) => withSome(object, (name) => names.includes(name)),
  Record(keys: Schema, values: Schema, options?: Schema) {
    if (Object.keys(keys).some((keyword) => keyword !== "type"))
      throw new Error("a record has whatever keys there are");
    return Object.assign(made("Record", { type: "object", patternProperties: { "^.*$": values } }), options);
  },
  String: (options?: Schema) => made("String", { type: "string" }, options),
  Union: (any: readonly Schema[], options?: Schema) => made("Union", { anyOf: any }, options),
  Unknown: (options?: Schema) => made("Unknown", {}, options),
  Unsafe: (schema: Schema) => marked(schema, UNSAFE, null),
} satisfies Record<Name, unknown>;

export const Type = builders as unknown as Pick<typeof TypeBox, Name>;
