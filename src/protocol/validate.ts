// Checks what a client sent against a schema. Each schema is compiled once, when it is first needed, so that starting
// the server doesn't wait for all of them.

import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { failure, type Outcome, success } from "./outcome.ts";
import { pattern_faults } from "./text.ts";

const compiled = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  let validator = compiled.get(schema);
  if (!validator) {
    validator = Compile(schema);
    compiled.set(schema, validator);
  }
  return validator;
}

/** As much of a schema as says which fields there are. */
interface Shape {
  properties?: Record<string, Shape>;
  items?: Shape;
}

/**
 * The value, typed, or `bad_request` with `details.path` naming the first field at fault. `at` is the dotted path of
 * the value itself. Fields that the schema doesn't know are left out; a `null` is taken for an absent field, but for
 * those under `changes`, where it clears a value.
 */
export function validate<Schema extends TSchema>(schema: Schema, value: unknown, at = ""): Outcome<Static<Schema>> {
  const present = known(schema, value);
  const validator = validatorOf(schema);
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
function known(schema: Shape, value: unknown, keeps_nulls = false): unknown {
  if (Array.isArray(value)) return schema.items ? value.map((item) => known(schema.items as Shape, item)) : value;
  if (typeof value !== "object" || value === null || !schema.properties) return value;
  const fields: Record<string, unknown> = {};
  for (const [name, field_schema] of Object.entries(schema.properties)) {
    const field = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (field === undefined || (field === null && !keeps_nulls)) continue;
    fields[name] = known(field_schema, field, name === "changes");
  }
  return fields;
}
