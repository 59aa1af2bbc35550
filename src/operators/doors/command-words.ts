// How the fields of an operation's input are spelled on the command line and in its help.

import { argumentsOf, fieldOf, type OperationLiteral } from "../operation.ts";
import { type FieldShape, fieldsIn, kindOf } from "../texts.ts";

/** What stands in its place, without a name. `field` is null for the file that a command writes. */
export interface Placed {
  word: string;
  field: string | null;
  doc: string;
}

export interface Option {
  field: string;
  /** As commander takes it, such as `--until <text>`. */
  flags: string;
  doc: string;
}

export const FILE = "FILE";
export const PASSWORD_STDIN = "--password-stdin";
export const YES = "--yes";
export const JSON_OUTPUT = "--json";

export function nounOf({ command }: OperationLiteral): string {
  return command?.split(" ")[0] ?? "";
}

/** Null where the noun is the whole command. */
export function verbOf({ command }: OperationLiteral): string | null {
  return command?.split(" ")[1] ?? null;
}

export function placedOf(operation: OperationLiteral): Placed[] {
  const shapes = new Map(fieldsIn(operation.input));
  return argumentsOf(operation).map((word) => {
    if (word === FILE) return { word: "file", field: null, doc: "where it is written" };
    const field = fieldOf(operation, word);
    const shape = shapes.get(field);
    const is_choice = shape !== undefined && kindOf(shape) === "boolean";
    const doc = field === "user_id" ? "a name, or id:123" : (shape?.description ?? "");
    return { word: is_choice ? "on|off" : word.toLowerCase(), field, doc };
  });
}

/** Those of the input, but for the secret, which is no argument. */
export function optionsOf(operation: OperationLiteral): Option[] {
  const placed = new Set(placedOf(operation).map(({ field }) => field));
  return fieldsIn(operation.input)
    .filter(([field]) => !placed.has(field) && field !== operation.secret?.field)
    .map(([field, shape]) => ({ field, flags: flagsOf(field, shape), doc: shape.description ?? "" }));
}

/** What stands for all commands that destroy, or take a secret. */
export function commonOptionsOf({ destroys, secret }: OperationLiteral): { flags: string; doc: string }[] {
  return [
    ...(secret ? [{ flags: PASSWORD_STDIN, doc: "reads the password as one line, instead of asking for it" }] : []),
    ...(destroys ? [{ flags: YES, doc: "doesn't ask whether it is meant" }] : []),
    { flags: JSON_OUTPUT, doc: "prints the answer as one JSON document" },
  ];
}

/** The first sentence, as a line of a list. */
export function summaryOf({ doc }: OperationLiteral): string {
  const [first = ""] = doc.split(/[.:](?:\s|$)/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** A field as an option's name has it. */
export function spelled(field: string): string {
  return field.replaceAll("_", "-");
}

function flagsOf(field: string, shape: FieldShape): string {
  const name = `--${spelled(field)}`;
  const kind = kindOf(shape);
  if (kind === "boolean") return name;
  return `${name} <${kind === "integer" || kind === "number" ? "number" : "text"}>`;
}
