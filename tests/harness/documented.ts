// What the documents of the protocol say of an answer or a frame: looked up, and checked with no field more than is said.

import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import { renderAsyncapi } from "../../scripts/generate-asyncapi.ts";
import { renderOpenapi } from "../../scripts/generate-openapi.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is what is checked, not what is assumed.
type Json = any;

/** The documents let an object have further fields, for later versions; an answer of this one has none. */
function closed(schema: Json, is_part = false): Json {
  if (Array.isArray(schema)) return schema.map((one) => closed(one));
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === "allOf" ? (value as Json[]).map((one) => closed(one, true)) : closed(value),
    ]),
  );
  const is_whole = (schema.type === "object" && schema.properties && !schema.additionalProperties) || schema.allOf;
  // One without any fields is of any content.
  const is_open = schema.properties && Object.keys(schema.properties).length === 0;
  return is_whole && !is_part && !is_open ? { ...inner, unevaluatedProperties: false } : inner;
}

/** Checks values against the schemas of one document, each by its path there. */
export function schemasOf(document: Json): (path: readonly string[], value: unknown) => string | null {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(closed(document), "document");
  const compiled = new Map<string, ValidateFunction>();
  return (path, value) => {
    const steps = path.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")));
    const ref = `document#/${steps.join("/")}`;
    const check = compiled.get(ref) ?? ajv.compile({ $ref: ref });
    compiled.set(ref, check);
    return check(value) ? null : ajv.errorsText(check.errors);
  };
}

export const openapi: Json = JSON.parse(renderOpenapi().content);
const answerFault = schemasOf(openapi);

const patterns = Object.keys(openapi.paths).map(
  (path) => [path, new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`)] as const,
);

/** The documented path that the address leads to, or undefined. */
export function documentedPath(pathname: string): string | undefined {
  if (pathname in openapi.paths) return pathname;
  return patterns.find(([, pattern]) => pattern.test(pathname))?.[0];
}

/** What of a JSON answer the document doesn't say, in words; null when it is as documented. */
export function undocumented(method: string, pathname: string, status: number, body: unknown): string | null {
  const path = documentedPath(pathname);
  const operation = path && openapi.paths[path][method.toLowerCase()];
  if (!path || !operation) {
    const is_unknown = status === 404 && (body as Json)?.code === "unknown_type";
    return is_unknown ? null : `there is no such call, yet it answers ${status}`;
  }
  if (!operation.responses[status]?.content?.["application/json"]) return `it answers ${status}`;
  const where = ["paths", path, method.toLowerCase(), "responses", String(status), "content", "application/json"];
  return answerFault([...where, "schema"], body);
}

export const asyncapi: Json = JSON.parse(renderAsyncapi().content);
const frameFault = schemasOf(asyncapi);

/**
 * What of a frame of the server's the document doesn't say, in words; null when it is as documented. `asked` is the type
 * of the request that it answers; absent for what nobody asked for, or asked for without an `id`.
 */
export function undocumentedFrame(frame: Json, asked?: unknown): string | null {
  const faults: string[] = [];
  for (const place of placesOf(frame.type, asked)) {
    const fault = frameFault(["components", ...place], frame);
    if (fault === null) return null;
    faults.push(fault);
  }
  return `${faults.join("; ") || "there is no such frame"}: ${JSON.stringify(frame)}`;
}

/** Where the document may speak of such a frame, the likeliest first. */
function placesOf(type: unknown, asked: unknown): string[][] {
  const { messages } = asyncapi.components;
  if (type === "error" && !(`${asked}.error` in messages)) return [["schemas", "Error"], ...payloads(["push.error"])];
  if (asked !== undefined) return payloads([`${asked}.${type === "error" ? "error" : "reply"}`]);
  return payloads([`push.${type}`, `event.${type}`, ...replies].filter((name) => name in messages));
}

/** The console's replies have types of their own. */
const replies = Object.keys(asyncapi.components.messages).filter((name) => name.endsWith(".reply"));
const payloads = (names: readonly string[]) => names.map((name) => ["messages", name, "payload"]);
