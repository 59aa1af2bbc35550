// The shapes that stand in more than one place of the protocol, by their names; and any schema of ours as the JSON
// Schema of a document that names them. A document's schemas must say no more than the literals do.

import type { TSchema } from "typebox";
import * as community from "../src/protocol/community/entities.ts";
import { Friend, SelfUser } from "../src/protocol/entities.ts";
import { Id, Time } from "../src/protocol/message.ts";

const { ServerSummary, Server, RoleSummary, Role, Overwrite, Category, Channel, Member, Invite, Ban } = community;
const { User, OwnUser, FriendEntry, Attachment, Reaction, Message } = community;

/** Written out once and then named. */
export const shapes: Record<string, TSchema> = {
  ...{ Friend, SelfUser, User, OwnUser, FriendEntry, ServerSummary, Server, RoleSummary, Role, Overwrite, Category },
  ...{ Channel, Member, Invite, Ban, Attachment, Reaction, Message },
};

/** What a word of the reference says in a document, which has no words beside its schemas. */
const words: Record<string, readonly [TSchema, more: JsonSchema]> = {
  Id: [Id, { description: "A positive integer below 2^53." }],
  Time: [Time, { description: "ISO 8601, UTC, with milliseconds.", format: "date-time" }],
  Seq: [community.Seq, { description: "A number that grows within its topic." }],
  Anchor: [community.Anchor, { description: "The id from which to go on; 0 is the start." }],
  Rule: [community.RuleName, { description: "A permission." }],
  Status: [community.SeenStatus, { description: "How somebody looks to others." }],
};

export type JsonSchema = Record<string, unknown>;

/** The parts of a document that its schemas refer to; those alone that are referred to. */
export interface Components {
  schemaOf(schema: TSchema): JsonSchema;
  /** Gives a schema a name, and refers to it. */
  named(name: string, schema: TSchema): JsonSchema;
  readonly schemas: Record<string, JsonSchema>;
}

export function createComponents(): Components {
  const names = new Map(Object.entries(shapes).map(([name, schema]) => [JSON.stringify(schema), name]));
  for (const [name, [schema]] of Object.entries(words)) names.set(JSON.stringify(schema), name);
  const schemas: Record<string, JsonSchema> = {};

  function named(name: string, schema: TSchema): JsonSchema {
    schemas[name] ??= { ...spelledOut(schema as JsonSchema), ...words[name]?.[1] };
    return { $ref: `#/components/schemas/${name}` };
  }

  function schemaOf(schema: TSchema): JsonSchema {
    const name = names.get(JSON.stringify(schema));
    return name ? named(name, schema) : spelledOut(schema as JsonSchema);
  }

  /** The same in the words that most programs know: TypeBox's records and enumerations are in fewer. */
  function spelledOut({ patternProperties, ...shape }: JsonSchema): JsonSchema {
    const own = Object.fromEntries(Object.entries(shape).map(([keyword, value]) => [keyword, partOf(keyword, value)]));
    const [entry] = Object.values((patternProperties ?? {}) as Record<string, TSchema>);
    if (entry) own["additionalProperties"] = schemaOf(entry);
    if (isOfTexts(own["enum"])) own["type"] = "string";
    if (Number(own["maximum"]) > INT32) own["format"] = "int64";
    return own;
  }

  function partOf(keyword: string, value: unknown): unknown {
    if (keyword === "properties") return mapped(value as Record<string, TSchema>, schemaOf);
    if (keyword === "items") return schemaOf(value as TSchema);
    return keyword === "anyOf" || keyword === "allOf" ? (value as TSchema[]).map(schemaOf) : value;
  }

  return { schemaOf, named, schemas };
}

const INT32 = 2 ** 31;

function isOfTexts(values: unknown): boolean {
  return Array.isArray(values) && values.every((value) => typeof value === "string");
}

export function mapped<In, Out>(record: Readonly<Record<string, In>>, of: (value: In, key: string) => Out) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value, key)]));
}
