// The documents as the server hands them out, against what the server does: it answers each call in them and no other.

import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { Elysia } from "elysia";
import { rates as defaults } from "../../src/domain/limits.ts";
import type { Json } from "../harness/client.ts";
import { openapi, undocumented } from "../harness/documented.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { samples } from "../uploads/samples.ts";

let server: TestServer;
/** Every route of the running server, as `GET /path`. */
let routes: string[];
beforeAll(async () => {
  const use = spyOn(Elysia.prototype, "use");
  server = await startServer();
  // What answers is put together for the first request.
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  const app = (use.mock.contexts as unknown as Elysia[]).find(({ config }) => config.name === "orchard");
  use.mockRestore();
  // A socket's upgrade is a GET.
  routes = app?.routes.map(({ method, path }) => `${method === "WS" ? "GET" : method} ${path}`) ?? [];
});
afterAll(() => server.stop());

const documented: [method: string, path: string, operation: Json][] = Object.entries<Json>(openapi.paths).flatMap(
  ([path, methods]) => Object.entries<Json>(methods).map(([method, one]) => [method.toUpperCase(), path, one] as never),
);
const filled = (path: string) => path.replaceAll(/\{\w+\}/g, "5");
const ask = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);

test("every route that the server has is in the document, and every call of the document is a route", () => {
  const calls = documented.map(([method, path]) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`);
  // What browsers ask before they call is answered on every path.
  expect(routes.filter((route) => !route.startsWith("OPTIONS ")).sort()).toEqual(calls.sort());
});

test.each(documented)("%s %s is answered to a stranger as documented", async (method, path, operation) => {
  const response = await ask(filled(path), { method });
  const { content } = operation.responses[response.status] ?? {};
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  expect([response.status, Object.keys(content ?? {})]).toEqual([response.status, expect.arrayContaining([type])]);
  if (type === "application/json") {
    expect(undocumented(method, filled(path), response.status, await response.json())).toBeNull();
  }
});

test("an upload is answered as documented, in and out", async () => {
  const { token } = await server.user();
  const { bytes, type } = samples["png"] ?? { bytes: new Uint8Array(), type: "" };
  const headers = { authorization: `Bearer ${token}`, "idempotency-key": "an image" };
  const upload = (body: Uint8Array<ArrayBuffer>) => ask("/api/v1/uploads", { method: "POST", headers, body });
  const [first, again] = [await upload(bytes), await upload(bytes)];
  expect([first.status, again.status]).toEqual([201, 201]);
  const reply: Json = await first.json();
  expect(undocumented("POST", "/api/v1/uploads", 201, reply)).toBeNull();
  expect(await again.json()).toEqual(reply);
  const { headers: given } = await ask(reply.url);
  const { content, headers: said } = openapi.paths["/api/v1/uploads/{id}"].get.responses[200];
  expect(Object.keys(content)).toContain(type);
  for (const name of ["content-type", ...Object.keys(said)]) expect(given.get(name)).not.toBeNull();
});

test.each(Object.keys(openapi.paths))("%s has no method that the document doesn't know", async (path) => {
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    if (openapi.paths[path][method.toLowerCase()]) continue;
    const response = await ask(filled(path), { method });
    expect([method, response.status, ((await response.json()) as Json).code]).toEqual([method, 404, "unknown_type"]);
  }
});

describe.each(["openapi", "asyncapi"])("%s.json", (name) => {
  const path = `/api/v1/${name}.json`;

  test("is that in docs, for anyone", async () => {
    const response = await ask(path);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await response.json()).toEqual(await Bun.file(`${import.meta.dir}/../../docs/${name}.json`).json());
  });

  test("is not sent again to who has it", async () => {
    const tag = (await ask(path)).headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const response = await ask(path, { headers: { "if-none-match": known } });
      expect([response.status, await response.text(), response.headers.get("etag")]).toEqual([304, "", tag]);
    }
    expect((await ask(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
  });

  test("may be read by pages, and its length asked for", async () => {
    const response = await ask(path, { method: "HEAD", headers: { origin: "https://console.example" } });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(10_000);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://console.example");
  });

  test("is paid for as all else", async () => {
    const rates = { address_requests: { burst: 15, per_s: 0.001 } };
    const paid = await startServer({ rate_limits: true, rates: { ...defaults, ...rates } });
    expect((await fetch(paid.url + path)).status).toBe(200);
    const refused = await fetch(paid.url + path);
    expect([refused.status, ((await refused.json()) as Json).code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await paid.stop();
  });
});
