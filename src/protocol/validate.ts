// Checks what a client sent against a schema. Each schema is compiled once, when it is first needed, so that starting
// the server doesn't wait for all of them. It stops at the first fault, and of a list that is too long it looks at no
// more than shows that it is: the work is bounded by the schema, whatever was sent.

import type { Static, TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { Compile, type Validator } from "typebox/schema";
import { failure, type Outcome, success } from "./outcome.ts";
import { pattern_faults } from "./text.ts";

/** As much of a schema as says which parts there are. */
interface Shape {
  properties?: Record<string, Shape>;
  required?: readonly string[];
  patternProperties?: Record<string, Shape>;
  maxProperties?: number;
  items?: Shape;
  maxItems?: number;
  anyOf?: readonly Shape[];
}

/** The same, ready to be walked. */
interface Known {
  fields: { name: string; known: Known }[] | null;
  items: Known | null;
  /** How many items, or entries of a record, there may be. */
  most: number;
  is_record: boolean;
}

interface Prepared {
  validator: Validator;
  known: Known;
}

const prepared = new WeakMap<Shape, Prepared>();

function preparedFor(schema: Shape): Prepared {
  let found = prepared.get(schema);
  if (!found) {
    found = { validator: Compile(schema as TSchema), known: knownIn(schema) };
    prepared.set(schema, found);
  }
  return found;
}

function knownIn(shape: Shape): Known {
  const { items, maxItems, maxProperties, patternProperties } = shape;
  const fields = propertiesOf(shape)?.map(([name, field]) => ({ name, known: knownIn(field) }));
  return {
    fields: fields ?? null,
    items: items ? knownIn(items) : null,
    most: maxItems ?? maxProperties ?? Number.POSITIVE_INFINITY,
    is_record: patternProperties !== undefined,
  };
}

/** The fields that it may have; of alternatives, those of all. */
function propertiesOf({ properties, anyOf }: Shape): [string, Shape][] | undefined {
  if (properties) return Object.entries(properties);
  const alternatives = anyOf?.flatMap((one) => propertiesOf(one) ?? []) ?? [];
  return alternatives.length > 0 ? [...new Map(alternatives)] : undefined;
}

/**
 * The value, typed, or `bad_request` with `details.path` naming the first field at fault. `at` is the dotted path of
 * the value itself. Fields that the schema doesn't know are left out; a `null` is taken for an absent field, but for
 * those under `changes`, or of a value that is changes itself, where it clears a value.
 */
export function validate<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  at = "",
  is_changes = false,
): Outcome<Static<Schema>> {
  const { validator, known } = preparedFor(schema);
  const present = knownOf(known, value, is_changes);
  if (validator.Check(present)) return success(present as Static<Schema>);
  const { steps, error } = firstFault(schema, present, at === "" ? [] : [at]);
  const path = steps.join(".");
  const subject = path === "" ? "The value" : `'${path}'`;
  return failure("bad_request", `${subject} ${error ? faultOf(error) : "is malformed"}.`, { path });
}

function faultOf(error: TLocalizedValidationError): string {
  if (error.keyword === "required") return "is missing";
  if (error.keyword === "enum") return `must be one of ${error.params.allowedValues.join(", ")}`;
  return error.keyword === "pattern" ? (pattern_faults[String(error.params.pattern)] ?? "is malformed") : error.message;
}

/** Where the first fault is, and what; `value` is known not to fit the schema. */
function firstFault(
  schema: Shape,
  value: unknown,
  steps: string[],
): { steps: string[]; error?: TLocalizedValidationError } {
  for (const [name, part, inner] of partsOf(schema, value)) {
    if (!preparedFor(part).validator.Check(inner)) return firstFault(part, inner, [...steps, name]);
  }
  const [, [error]] = preparedFor(shellOf(schema)).validator.Errors(value);
  if (!error) return { steps };
  const within = error.keyword === "required" ? [error.params.requiredProperties[0] ?? ""] : [];
  return { steps: [...steps, ...error.instancePath.split("/").slice(1), ...within], error };
}

/** The parts of a value with their names and schemas, in order; none of one that is itself at fault. */
function* partsOf(schema: Shape, value: unknown): Iterable<[string, Shape, unknown]> {
  if (!preparedFor(shellOf(schema)).validator.Check(value)) return;
  if (Array.isArray(value)) {
    if (schema.items) for (const [at, item] of value.entries()) yield [String(at), schema.items, item];
    return;
  }
  const [any] = Object.values(schema.patternProperties ?? {});
  for (const [name, field] of Object.entries(value ?? {})) {
    const part = schema.properties?.[name] ?? any;
    if (part) yield [name, part, field];
  }
}

const shells = new WeakMap<Shape, Shape>();

/** The schema without what it says of the parts. */
function shellOf(schema: Shape): Shape {
  let shell = shells.get(schema);
  if (!shell) {
    const { properties, patternProperties, items, ...rest } = schema;
    shell = properties || patternProperties || items ? rest : schema;
    shells.set(schema, shell);
  }
  return shell;
}

/** What of the value the schema knows, and no more than shows what is too long; nulls go, but for those under `changes`. */
function knownOf(known: Known, value: unknown, keeps_nulls = false): unknown {
  const { fields, items, most, is_record } = known;
  if (Array.isArray(value))
    return items ? knownOfAll(items, value.length > most ? value.slice(0, most + 1) : value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (is_record) return firstEntries(value, most);
  if (!fields) return value;
  const present: Record<string, unknown> = {};
  for (const { name, known } of fields) {
    const field = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (field === undefined || (field === null && !keeps_nulls)) continue;
    present[name] = knownOf(known, field, name === "changes");
  }
  return present;
}

function knownOfAll(known: Known, values: unknown[]): unknown[] {
  return values.map((value) => knownOf(known, value));
}

/** The record, or its first entries, one more than it may have. */
function firstEntries(record: object, most: number): object {
  const names = Object.keys(record);
  if (names.length <= most) return record;
  return Object.fromEntries(names.slice(0, most + 1).map((name) => [name, (record as Record<string, unknown>)[name]]));
}
