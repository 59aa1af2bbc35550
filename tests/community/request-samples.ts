// Makes a request of any message type out of its literal: well-formed, with the ids it is given.

import type { MessageLiteral } from "../../src/protocol/message.ts";
import type { Json } from "../harness/client.ts";

/** By the name of the field. */
export type SampleIds = Record<string, number | string>;

interface Schema {
  type?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  minimum?: number;
  minLength?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** `whole`: with the optional fields too. */
export function sampleRequest(literal: MessageLiteral, ids: SampleIds, whole: boolean): Json {
  return sampleOf(literal.request as Schema, "", ids, whole);
}

function sampleOf(schema: Schema, name: string, ids: SampleIds, whole: boolean): Json {
  if (name in ids) return ids[name];
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf[0] as Schema, name, ids, whole);
  switch (schema.type) {
    case "object":
      return sampleObject(schema, ids, whole);
    case "array":
      return [];
    case "string":
      return schema.pattern ? "#00aa00" : "x".repeat(Math.max(1, schema.minLength ?? 0));
    case "integer":
      return Math.max(1, schema.minimum ?? 0);
    case "boolean":
      return true;
    default:
      throw new Error(`no sample for '${name}': ${JSON.stringify(schema)}`);
  }
}

function sampleObject({ properties = {}, required = [] }: Schema, ids: SampleIds, whole: boolean): Json {
  const wanted = Object.entries(properties).filter(([name]) => whole || required.includes(name));
  return Object.fromEntries(wanted.map(([name, schema]) => [name, sampleOf(schema, name, ids, whole)]));
}
