// The calls that answer with the protocol itself, for programs.

import { defineCall } from "./call.ts";
import { Type } from "./schema.ts";

const read = {
  method: "GET",
  bearer: false,
  headers: Type.Object({ "If-None-Match": Type.Optional(Type.String({ description: "tags that are known already" })) }),
  body: null,
  status: 200,
  reply: Type.Object({}),
  gives_headers: { ETag: "The tag of the document." },
  also: { 304: "`If-None-Match` names its tag." },
  errors: [],
  cost: 10,
} as const;

export const document_calls = {
  openapi: defineCall({
    ...read,
    path: "/openapi.json",
    doc: "Every HTTP call, as an OpenAPI 3.1 document: this one.",
  }),
  asyncapi: defineCall({
    ...read,
    path: "/asyncapi.json",
    doc: "The socket, as an AsyncAPI 3 document: every message, push and event of both dialects.",
  }),
} as const;
