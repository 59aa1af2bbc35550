// Inputs that come as texts, in an address or on a command line, as what their schema wants. What can't be read as that
// stays a text, and is refused where the input is checked.

import type { TObject } from "typebox";

/** As much of a field's schema as says what is read. */
export interface FieldShape {
  type?: string;
  anyOf?: FieldShape[];
  const?: string | number | boolean;
  enum?: readonly (string | number)[];
  description?: string;
}

const truths: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

export function fieldsIn(input: TObject): [name: string, shape: FieldShape][] {
  return Object.entries(input.properties as Record<string, FieldShape>);
}

/** What a field is, were it not null. */
export function kindOf({ type, anyOf }: FieldShape): string {
  return type ?? anyOf?.map(kindOf).find((kind) => kind !== "null") ?? "string";
}

/** The texts, by field, as the input's schema wants them. */
export function fromTexts(input: TObject, texts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shapes = new Map(fieldsIn(input));
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, readAs(shapes.get(name), text)]));
}

function readAs(shape: FieldShape | undefined, text: unknown): unknown {
  if (!shape || typeof text !== "string") return text;
  const kind = kindOf(shape);
  if (kind === "boolean") return Object.hasOwn(truths, text) ? truths[text] : text;
  return (kind === "integer" || kind === "number") && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** What the field wants in place of this text, which can't be read as that; null where it can be. */
export function wantedIn(shape: FieldShape, value: unknown): string | null {
  if (typeof value !== "string") return null;
  const kind = kindOf(shape);
  if (kind === "boolean") return "on or off";
  if (kind === "integer" || kind === "number") return "a number";
  return shape.enum && !shape.enum.includes(value) ? `one of ${shape.enum.join(", ")}` : null;
}
