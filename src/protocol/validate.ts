// Checks what a client sent against a schema. Each schema is compiled once, when it is first needed, so that starting
// the server doesn't wait for all of them.

import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { failure, type Outcome, success } from "./outcome.ts";

const compiled = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  let validator = compiled.get(schema);
  if (!validator) {
    validator = Compile(schema);
    compiled.set(schema, validator);
  }
  return validator;
}

/**
 * The value, typed, or `bad_request` with `details.path` naming the first field at fault. `at` is the dotted path of
 * the value itself. Fields that the schema doesn't know are ignored; a `null` is taken for an absent field, but for
 * those under `changes`, where it clears a value.
 */
export function validate<Schema extends TSchema>(schema: Schema, value: unknown, at = ""): Outcome<Static<Schema>> {
  const present = withoutNulls(value);
  const validator = validatorOf(schema);
  if (validator.Check(present)) return success(present as Static<Schema>);
  const first = validator.Errors(present)[0];
  const path = first ? pathOf(first, at) : at;
  const subject = path === "" ? "The value" : `'${path}'`;
  const fault = first && first.keyword !== "pattern" ? first.message : "is malformed";
  return failure("bad_request", `${subject} ${fault}.`, { path });
}

function pathOf(error: TLocalizedValidationError, at: string): string {
  const steps = error.instancePath.split("/").slice(1);
  if (error.keyword === "required") steps.push(error.params.requiredProperties[0] ?? "");
  return [at, ...steps].filter((step) => step !== "").join(".");
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(entries.map(([name, field]) => [name, name === "changes" ? field : withoutNulls(field)]));
}
