// The pages over HTTP: who is answered with them, how they are fenced in, and that nothing else changes for anybody.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { startServer, type TestServer } from "../harness/server.ts";

/** What browsers send for a page, and for what a page asks. */
const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(`${server.url}${path}`, { method, headers });
const typeOf = (response: Response) => response.headers.get("content-type")?.split(";")[0];

const places = ["/", "/login", "/register", "/invite/abc", "/reset", "/setup", "/friends", "/servers/5/6", "/admin"];

test.each(places)("a browser gets the page at %s", async (path) => {
  const response = await ask(path, { accept: HTML });
  expect([response.status, typeOf(response)]).toEqual([200, "text/html"]);
  expect(await response.text()).toContain('<div id="app">');
});

const own = [
  "/api/v1/user/profile",
  "/api/v1/nothing",
  "/livez",
  "/healthz",
  "/readyz",
  "/metrics",
  "/subscribe",
  "/nothing",
];

test.each(own)("a browser gets no page at %s", async (path) => {
  const response = await ask(path, { accept: HTML });
  expect(typeOf(response)).not.toBe("text/html");
});

test.each(["application/json", "*/*", "text/*", "text/htmlx", ""])(
  "who accepts %p gets what was there before",
  async (accept) => {
    const headers: Record<string, string> = accept ? { accept } : {};
    expect(await (await ask("/", headers)).json()).toMatchObject({ name: "orchard", sends_mail: false });
    const other = await ask("/friends", headers);
    expect([other.status, await other.json()]).toEqual([404, expect.objectContaining({ code: "unknown_type" })]);
  },
);

test("nothing but reading is answered with it", async () => {
  expect((await ask("/", { accept: HTML }, "POST")).status).toBe(404);
  const head = await ask("/", { accept: HTML }, "HEAD");
  expect([head.status, typeOf(head), await head.text()]).toEqual([200, "text/html", ""]);
});

test("what it loads is there, and nothing is loaded from elsewhere", async () => {
  const html = await (await ask("/", { accept: HTML })).text();
  const paths = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path ?? "");
  expect(paths.filter((path) => !path.startsWith("/"))).toEqual([]);
  const types = await Promise.all(paths.map(async (path) => typeOf(await ask(path))));
  expect(types.sort()).toEqual([
    "application/manifest+json",
    "image/png",
    "image/svg+xml",
    "text/css",
    "text/javascript",
  ]);
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/i);
});

test("it runs its own programs alone, and takes no text for one", async () => {
  const { headers } = await ask("/", { accept: HTML });
  const policy = Object.fromEntries(
    (headers.get("content-security-policy") ?? "").split("; ").map((part) => {
      const [name = "", ...values] = part.split(" ");
      return [name, values.join(" ")];
    }),
  );
  expect(policy).toMatchObject({
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
  });
  expect([headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual(["nosniff", "no-referrer"]);
  expect([...headers.keys()]).not.toContain("set-cookie");
});

test("files whose names tell their content may be kept for ever, the page is asked for again", async () => {
  const page = await ask("/", { accept: HTML });
  const [, script = ""] = (await page.text()).match(/src="([^"]*)"/) ?? [];
  expect([page.headers.get("cache-control"), page.headers.get("vary")?.includes("Accept")]).toEqual(["no-cache", true]);
  const file = await ask(script);
  expect(file.headers.get("cache-control")).toContain("immutable");
  const etag = page.headers.get("etag") ?? "";
  expect((await ask("/", { accept: HTML, "if-none-match": etag })).status).toBe(304);
});

test("it comes compressed to who takes that, and as it is to others", async () => {
  const raw = (encoding: string) =>
    fetch(`${server.url}/`, {
      headers: { accept: HTML, "accept-encoding": encoding },
      decompress: false,
    } as RequestInit);
  const encodings = ["gzip, br", "identity", "gzip;q=0", "br"];
  const answers = await Promise.all(encodings.map(async (one) => (await raw(one)).headers.get("content-encoding")));
  expect(answers).toEqual(["gzip", null, null, null]);
});

test("an invite is for who has it, not for search engines", async () => {
  const robots = async (path: string) => (await ask(path, { accept: HTML })).headers.get("x-robots-tag");
  expect([await robots("/invite/abc"), await robots("/")]).toEqual(["noindex", null]);
});
