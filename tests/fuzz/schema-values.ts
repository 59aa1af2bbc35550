// Values that fit a message's schema, by chance. Where the schema wants an id, a name or a code, a reference stands for
// one that the world has when the frame is sent, so that requests reach what they are about.

import fc from "fast-check";
import { faulty, invisible, keepable } from "../text/texts.ts";

export const reference_kinds = [
  ...([
    "user",
    "server",
    "channel",
    "category",
    "role",
    "message",
    "invite",
    "name",
    "upload",
    "conversation",
    "webhook",
    "bot",
  ] as const),
];
export type ReferenceKind = (typeof reference_kinds)[number];

/** Stands for something of the world: the one at this place among all of its kind. */
export class Reference {
  constructor(
    readonly kind: ReferenceKind,
    readonly at: number,
    /** What is sent of it: its id, the id as text, or its topic. */
    readonly form: "plain" | "text" | "topic" = "plain",
  ) {}
}

/** As much of a schema as values are made from. */
export interface Shape {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Shape[];
  items?: Shape;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  description?: string;
  properties?: Record<string, Shape>;
  required?: string[];
}

const KINDS_BY_FIELD: Record<string, ReferenceKind> = {
  ...{ user_id: "user", userId: "user", user_ids: "user", author_id: "user", server_id: "server" },
  ...{
    channel_id: "channel",
    category_id: "category",
    role_id: "role",
    roles: "role",
    message_id: "message",
    webhook_id: "webhook",
    bot_id: "bot",
  },
  ...{ message_ids: "message", id: "channel" },
  ...{
    conversation_id: "conversation",
    reply_to: "message",
    anchor: "message",
    attachments: "upload",
    invite_code: "invite",
    code: "invite",
  },
};

/** More items would only be slower. */
const MOST_ITEMS = 4;
const LONGEST_TEXT = 4_096;

const placeArb = fc.nat(1_000);
const referenceTo = (kind: ReferenceKind, form?: Reference["form"]) =>
  placeArb.map((at) => new Reference(kind, at, form));
const anyReference = fc.constantFrom(...reference_kinds).chain((kind) => referenceTo(kind));

export function valueFor(shape: Shape, field = ""): fc.Arbitrary<unknown> {
  if (shape.enum) return fc.constantFrom(...shape.enum);
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.anyOf) return fc.oneof(...shape.anyOf.map((one) => valueFor(one, field)));
  switch (shape.type) {
    case "object":
      return objectFor(shape);
    case "array":
      return fc.array(valueFor(shape.items ?? {}, field), {
        maxLength: Math.min(shape.maxItems ?? MOST_ITEMS, MOST_ITEMS),
      });
    case "string":
      return textFor(shape, field);
    case "integer":
      return integerFor(shape, field);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      throw new Error(`nothing is known to fit '${field}': ${JSON.stringify(shape)}`);
  }
}

function objectFor({ properties = {}, required = [] }: Shape): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valueFor(one, name)]));
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields), noNullPrototype: true });
}

function integerFor({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER, description }: Shape, field: string) {
  const within = fc.oneof(
    fc.integer({ min: minimum, max: Math.min(maximum, minimum + 200) }),
    fc.constantFrom(minimum, maximum),
  );
  const kind = KINDS_BY_FIELD[field];
  if (description !== "id" && description !== "anchor") return within;
  if (!kind) throw new Error(`no kind of id is known for '${field}'`);
  return fc.oneof({ weight: 24, arbitrary: referenceTo(kind) }, anyIdReference, { weight: 1, arbitrary: within });
}

const anyIdReference = anyReference.filter(({ kind }) => kind !== "name" && kind !== "invite");

function textFor({ minLength = 0, maxLength = LONGEST_TEXT, pattern, description }: Shape, field: string) {
  if (description === "user id as a decimal string") return referenceTo("user", "text");
  const fits = (text: string) =>
    [...text].length >= minLength && [...text].length <= maxLength && new RegExp(pattern ?? "", "u").test(text);
  const any = fc.oneof(
    fc.constantFrom(...keepable),
    fc.string({ maxLength: 20 }),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(...invisible, ...faulty, "x".repeat(maxLength), "\u{1f600}".repeat(maxLength)),
  );
  const texts = any.filter(fits);
  if (description === "image URL") return fc.oneof(fc.webUrl({ validSchemes: ["https"] }), texts);
  if (description === "page of bans") return fc.stringMatching(/^[0-9]{1,15}-[0-9]{1,15}$/);
  if (description === "time")
    return fc.date({ min: new Date(0), max: YEAR_9999, noInvalidDate: true }).map((at) => at.toISOString());
  if (description?.startsWith("color")) return fc.stringMatching(/^#[0-9a-f]{6}$/);
  if (description === "user name") return fc.oneof({ weight: 4, arbitrary: referenceTo("name") }, texts);
  if (field === "topics") return fc.oneof({ weight: 12, arbitrary: topic }, texts);
  const kind = KINDS_BY_FIELD[field];
  return kind ? fc.oneof({ weight: 8, arbitrary: referenceTo(kind) }, texts) : texts;
}

const YEAR_9999 = new Date("9999-12-31T23:59:59.999Z");

const topic = fc.oneof(
  fc.constant("self"),
  fc.constantFrom("user" as const, "server" as const, "channel" as const).chain((kind) => referenceTo(kind, "topic")),
);
