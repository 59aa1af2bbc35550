// Writes the OpenAPI document from the literals of the HTTP calls. A call whose literal is in a family of
// `src/protocol/families.ts` is in it; nothing about a single call is written here.

import type { TObject, TSchema } from "typebox";
import { CallFailure, type CallFamily, type CallLiteral, type Contents, pathOf } from "../src/protocol/call.ts";
import { bot_errors, common_errors, type ErrorCode, error_codes } from "../src/protocol/errors.ts";
import { call_families } from "../src/protocol/families.ts";
import { operator_family } from "./operator-calls.ts";
import { type Components, createComponents, type JsonSchema, mapped } from "./shapes.ts";

const description = `The HTTP calls of an orchard. What is said on its socket is described by \`/api/v1/asyncapi.json\`.

Unknown fields in a request are ignored, and \`null\` is taken for an absent field. An answer may have further fields in later
versions. Where a path is read by \`GET\` it answers \`HEAD\`, too,
and what a browser asks by \`OPTIONS\`. Pages of any origin may call unless the operator named some.

A failure is \`{"success": false, "code": …, "message": …}\`. Of the codes:

${Object.entries(error_codes)
  .map(([code, { doc }]) => `- \`${code}\`: ${doc}`)
  .join("\n")}`;

/** The document of these calls. */
export function openapiOf(families: readonly CallFamily[]): JsonSchema {
  const components = createComponents();
  const paths: Record<string, JsonSchema> = {};
  for (const { name: tag, calls } of families) {
    for (const [operationId, call] of Object.entries(calls)) {
      const path = pathOf(call).replaceAll(/:(\w+)/g, "{$1}");
      paths[path] = { ...paths[path], [call.method.toLowerCase()]: operationOf(operationId, tag, call, components) };
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "orchard", version: "1", description, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: families.map(({ name, doc }) => ({ name, description: doc })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "What a log-in answers with." } },
    },
  };
}

function operationOf(operationId: string, tag: string, call: CallLiteral, components: Components): JsonSchema {
  const content = contentOf(call.body, call.takes, components);
  const parameters = parametersOf(call, components);
  return {
    operationId,
    tags: [tag],
    summary: firstSentence(call.doc),
    description: call.doc,
    security: call.bearer ? [{ token: [] }] : call.bearer_welcome ? [{}, { token: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(content && { requestBody: { required: wantsBody(call), content } }),
    responses: { ...answersOf(call, components), ...failuresOf(call, components) },
  };
}

function wantsBody({ body, takes }: CallLiteral): boolean {
  return takes !== undefined || requiredOf(body).length > 0;
}

function requiredOf(schema: TSchema | null | undefined): readonly string[] {
  return (schema as { required?: string[] } | null | undefined)?.required ?? [];
}

function firstSentence(doc: string): string {
  return doc.split(/(?<=[.])\s/)[0] ?? doc;
}

function parametersOf({ path, params, headers }: CallLiteral, components: Components): JsonSchema[] {
  const place = (name: string) => (path.split("/").includes(`:${name}`) ? "path" : "query");
  return [...fieldsOf(params, place, components), ...fieldsOf(headers, () => "header", components)];
}

function fieldsOf(of: TObject | undefined, place: (name: string) => string, components: Components): JsonSchema[] {
  return Object.entries(of?.properties ?? {}).map(([name, field]) => {
    const { description, ...schema } = components.schemaOf(field as TSchema);
    return {
      name,
      in: place(name),
      required: requiredOf(of).includes(name),
      ...(description !== undefined && { description }),
      schema,
    };
  });
}

function contentOf(json: TSchema | null, others: Contents = {}, { schemaOf }: Components): JsonSchema | null {
  const content: JsonSchema = mapped(others, (schema) => (schema ? { schema: schemaOf(schema) } : {}));
  if (json) content["application/json"] = { schema: schemaOf(json) };
  return Object.keys(content).length > 0 ? content : null;
}

function answersOf(call: CallLiteral, components: Components): Record<string, JsonSchema> {
  const content = contentOf(call.reply, call.gives, components);
  const headers = mapped(call.gives_headers ?? {}, (doc) => ({ description: doc, schema: { type: "string" } }));
  const answer = {
    description: call.status === 101 ? "The socket is open." : "Done.",
    ...(call.gives_headers && { headers }),
    ...(content && { content }),
  };
  return { [call.status]: answer, ...mapped(call.also ?? {}, (doc) => ({ description: doc })) };
}

/** The codes that a call may fail with: its own, those of all, and those that follow from what it takes. */
export function codesOf(call: CallLiteral): ErrorCode[] {
  const takes_body = call.body !== null || call.takes !== undefined;
  const changes = call.method !== "GET";
  return [
    ...new Set<ErrorCode>([
      ...call.errors,
      ...common_errors,
      ...(takes_body ? (["too_large"] as const) : []),
      // A page of an origin that isn't admitted.
      ...(changes ? (["forbidden"] as const) : []),
      ...(call.people_only ? bot_errors : []),
    ]),
  ];
}

function failuresOf(call: CallLiteral, components: Components): Record<string, JsonSchema> {
  const failure = components.named("Failure", CallFailure);
  const by_status = Map.groupBy(codesOf(call), (code) => error_codes[code].http_status);
  const answers = [...by_status].map(([status, codes]): [string, JsonSchema] => {
    const schema = { allOf: [failure, { properties: { code: { enum: codes } } }] };
    const description = codes.map((code) => `\`${code}\``).join(", ");
    const headers = headersOf(codes);
    return [String(status), { description, ...(headers && { headers }), content: { "application/json": { schema } } }];
  });
  return Object.fromEntries(answers);
}

function headersOf(codes: readonly ErrorCode[]): JsonSchema | null {
  if (codes.includes("unauthorized"))
    return { "WWW-Authenticate": { description: "`Bearer`", schema: { const: "Bearer" } } };
  if (!codes.some((code) => code === "rate_limited" || code === "unavailable")) return null;
  const description = "Seconds until it is worth asking again, where that is known.";
  return { "Retry-After": { description, schema: { type: "integer", minimum: 0 } } };
}

export function renderOpenapi(): { path: string; content: string } {
  return {
    path: "docs/openapi.json",
    content: `${JSON.stringify(openapiOf([...call_families, operator_family]), null, 2)}\n`,
  };
}
