// The protocol as documents for programs. They are made with the program, and read by it when somebody first asks; then
// they are kept as the bytes that go out.

import { Elysia } from "elysia";
import type { Allowances } from "../actors/session/allowances.ts";
import { pathOf } from "../protocol/call.ts";
import { document_calls } from "../protocol/documents.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, failureResponse, pay } from "./http.ts";
import { isKnown } from "./tags.ts";

export interface DocumentDependencies {
  allowances: Pick<Allowances, "ofAddress">;
  clientKey: ClientKey;
}

type DocumentName = keyof typeof document_calls;

const sources: Record<DocumentName, () => Promise<{ default: object }>> = {
  openapi: () => import("../../docs/openapi.json"),
  asyncapi: () => import("../../docs/asyncapi.json"),
};

interface Document {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
}

export function documentRoutes({ allowances, clientKey }: DocumentDependencies) {
  const app = new Elysia({ name: "documents" });
  for (const name of Object.keys(document_calls) as DocumentName[]) {
    const call = document_calls[name];
    let made: Promise<Document> | null = null;
    const give = async ({ request, server }: Asking) => {
      const paid = pay(allowances.ofAddress(clientKey({ request, server })), call.cost);
      if (!paid.ok) return failureResponse(paid.error);
      made ??= make(name);
      const { bytes, etag } = await made;
      const headers = { "content-type": "application/json", "cache-control": "no-cache", etag };
      return isKnown(request, etag) ? new Response(null, { status: 304, headers }) : new Response(bytes, { headers });
    };
    app.get(pathOf(call), give);
  }
  return app;
}

async function make(name: DocumentName): Promise<Document> {
  const { default: document } = await sources[name]();
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { bytes, etag: `"${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}"` };
}
