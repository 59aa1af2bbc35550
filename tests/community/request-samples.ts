// Makes a request of any message type out of its literal: well-formed, with the ids it is given.

import type { MessageLiteral } from "../../src/protocol/message.ts";
import type { Json } from "../harness/client.ts";

/** By the name of the field, wherever in a request it stands. */
export type SampleIds = Record<string, Json>;

/** Which optional fields a sample has: all of them, none, or the ones of this name. */
export type Optional = boolean | string;

interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  minimum?: number;
  minLength?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
}

export function sampleRequest(literal: MessageLiteral, ids: SampleIds, optional: Optional): Json {
  return sampleOf(literal.request as Schema, "", ids, optional);
}

/** The names of the fields of its requests, those within others too. */
export function fieldsOf(literal: MessageLiteral): string[] {
  return [...namesIn(literal.request as Schema)];
}

function namesIn({ properties = {}, anyOf = [] }: Schema): Set<string> {
  const inner = [...Object.values(properties), ...anyOf].flatMap((schema) => [...namesIn(schema)]);
  return new Set([...Object.keys(properties), ...inner]);
}

function sampleOf(schema: Schema, name: string, ids: SampleIds, optional: Optional): Json {
  if (name in ids) return ids[name];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf[0] as Schema, name, ids, optional);
  switch (schema.type) {
    case "object":
      return sampleObject(schema, ids, optional);
    case "array":
      return [];
    case "string":
      return sampleText(schema);
    case "integer":
      return Math.max(1, schema.minimum ?? 0);
    case "boolean":
      return true;
    default:
      throw new Error(`no sample for '${name}': ${JSON.stringify(schema)}`);
  }
}

function sampleObject({ properties = {}, required = [] }: Schema, ids: SampleIds, optional: Optional): Json {
  const isWanted = (name: string, schema: Schema) =>
    optional === true || required.includes(name) || name === optional || namesIn(schema).has(String(optional));
  const wanted = Object.entries(properties).filter(([name, schema]) => isWanted(name, schema));
  return Object.fromEntries(wanted.map(([name, schema]) => [name, sampleOf(schema, name, ids, optional)]));
}

function sampleText({ pattern = "", minLength = 1 }: Schema): string {
  const texts = ["#00aa00", "1-1", "2100-01-01T00:00:00Z"];
  return texts.find((text) => pattern !== "" && new RegExp(pattern, "u").test(text)) ?? "x".repeat(minLength);
}
