// Checks what a client sent against a schema. Each schema is compiled once, when it is first needed, so that starting
// the server doesn't wait for all of them.

import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { failure, type Outcome, success } from "./outcome.ts";
import { pattern_faults } from "./text.ts";

/** As much of a schema as says which fields there are. */
interface Shape {
  properties?: Record<string, Shape>;
  items?: Shape;
}

/** The same, ready to be walked. */
interface Known {
  fields: { name: string; known: Known }[] | null;
  items: Known | null;
}

interface Prepared {
  validator: Validator;
  known: Known;
}

const prepared = new WeakMap<TSchema, Prepared>();

function preparedFor(schema: TSchema): Prepared {
  let found = prepared.get(schema);
  if (!found) {
    found = { validator: Compile(schema), known: knownIn(schema) };
    prepared.set(schema, found);
  }
  return found;
}

function knownIn({ properties, items }: Shape): Known {
  const fields = properties && Object.entries(properties).map(([name, shape]) => ({ name, known: knownIn(shape) }));
  return { fields: fields ?? null, items: items ? knownIn(items) : null };
}

/**
 * The value, typed, or `bad_request` with `details.path` naming the first field at fault. `at` is the dotted path of
 * the value itself. Fields that the schema doesn't know are left out; a `null` is taken for an absent field, but for
 * those under `changes`, where it clears a value.
 */
export function validate<Schema extends TSchema>(schema: Schema, value: unknown, at = ""): Outcome<Static<Schema>> {
  const { validator, known } = preparedFor(schema);
  const present = knownOf(known, value);
  if (validator.Check(present)) return success(present as Static<Schema>);
  const first = validator.Errors(present)[0];
  const path = first ? pathOf(first, at) : at;
  const subject = path === "" ? "The value" : `'${path}'`;
  const fault = first ? faultOf(first) : "is malformed";
  return failure("bad_request", `${subject} ${fault}.`, { path });
}

function faultOf(error: TLocalizedValidationError): string {
  if (error.keyword === "required") return "is missing";
  return error.keyword === "pattern" ? (pattern_faults[String(error.params.pattern)] ?? "is malformed") : error.message;
}

function pathOf(error: TLocalizedValidationError, at: string): string {
  const steps = error.instancePath.split("/").slice(1);
  if (error.keyword === "required") steps.push(error.params.requiredProperties[0] ?? "");
  return [at, ...steps].filter((step) => step !== "").join(".");
}

/** What of the value the schema knows; nulls go, but for those under `changes`. */
function knownOf({ fields, items }: Known, value: unknown, keeps_nulls = false): unknown {
  if (Array.isArray(value)) return items ? knownOfAll(items, value) : value;
  if (typeof value !== "object" || value === null || !fields) return value;
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
