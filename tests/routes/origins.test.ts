import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rates } from "../../src/domain/limits.ts";
import { calls } from "../../src/protocol/http.ts";
import { createOrigins, isOriginPattern } from "../../src/routes/origins.ts";
import { TestClient } from "../harness/client.ts";
import { readRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, uniqueName } from "../harness/server.ts";

describe("a pattern of origins", () => {
  test.each([
    ["https://chat.example.org", ["https://chat.example.org"]],
    ["http://localhost:8080", ["http://localhost:8080"]],
    ["http://[::1]:8080", ["http://[::1]:8080"]],
    [
      "https://*.example.org",
      ["https://a.example.org", "https://a.b-c.example.org", "https://xn--bcher-kva.example.org"],
    ],
    ["https://*.example.org:8443", ["https://a.example.org:8443"]],
    ["http://*.localhost:5173", ["http://app.localhost:5173"]],
    ["capacitor://localhost", ["capacitor://localhost"]],
    ["tauri://localhost", ["tauri://localhost"]],
    ["app://obsidian.md", ["app://obsidian.md"]],
    ["chrome-extension://abcdefghijklmnop", ["chrome-extension://abcdefghijklmnop"]],
    ["null", ["null"]],
    ["file://", ["file://"]],
  ])("%s fits what it says, and nothing else", (pattern, fitting) => {
    expect(isOriginPattern(pattern)).toBe(true);
    const { admits } = createOrigins([pattern]);
    for (const origin of fitting) expect(admits(origin)).toBe(true);
    for (const origin of ["https://evil.example", "capacitor://evil", "null", "file://", ""]) {
      expect(admits(origin)).toBe(fitting.includes(origin));
    }
  });

  test.each([
    "https://example.org",
    "https://.example.org",
    "http://a.example.org",
    "https://a.example.org:8443",
    "https://aexample.org",
    "https://a.example.org.evil.example",
    "https://evil.example/.example.org",
    "https://evil.example?.example.org",
    "https://evil.example#.example.org",
    "https://user@a.example.org",
    "https://evil.example:1.example.org",
    "https://a..example.org",
    "https://*.example.org",
    "https://A.example.org",
    "https://a.example.org, https://evil.example.org",
  ])("with a wildcard doesn't fit %s", (origin) => {
    expect(createOrigins(["https://*.example.org"]).admits(origin)).toBe(false);
  });

  test.each([
    ...[
      "",
      "*",
      "example.org",
      "https://",
      "https://example.org/",
      "https://example.org/path",
      "https://user@example.org",
    ],
    ...["HTTPS://example.org", "https://Example.org", "https://example.org:443", "https://bücher.example"],
    ...["https://*", "https://*example.org", "https://a.*.example.org", "https://*.*.example.org", "https://*.1.2.3.4"],
    ...["*://example.org", "*.example.org", "capacitor://*.localhost", "capacitor://", "capacitor://localhost/"],
    ...["capacitor:localhost", "ws://example.org", "wss://example.org", "file:///srv", "data:text/html,x", "NULL"],
    ...["capacitor://local host", "capacitor://localhost:port", "https://example.org https://example.com"],
  ])("isn't %j", (text) => {
    expect(isOriginPattern(text)).toBe(false);
  });
});

const PAGE = "https://a.pages.example";
const APP = "capacitor://localhost";
const STRANGER = "https://stranger.example";

describe("a server for some pages", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ allowed_origins: ["https://*.pages.example", APP] });
  });
  afterAll(() => server.stop());

  const post = (path: string, headers: Record<string, string>, body: unknown, method = "POST") =>
    fetch(`${server.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  const register = (headers: Record<string, string>, username = uniqueName()) =>
    post("/user/register", headers, { username, password: PASSWORD });

  test("does nothing that a page of another asks for, by whatever call", async () => {
    const users = () => readRows(server.folder, "select id, password_hash, deleted_at from users");
    const alice = await server.user();
    const before = await users();
    for (const origin of [STRANGER, "null", "", `${APP}.evil`, "https://pages.example", "file://"]) {
      const headers = { origin, authorization: `Bearer ${alice.token}`, "content-type": "text/plain" };
      for (const { method, path } of [...Object.values(calls), { method: "POST", path: "/uploads" }]) {
        if (method === "GET") continue;
        const body = { username: uniqueName(), password: PASSWORD, new_password: "another horse battery" };
        const response = await post(path, headers, body, method);
        expect(response.status).toBe(403);
        expect(await response.json()).toEqual({ success: false, code: "forbidden", message: expect.any(String) });
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
        expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      }
    }
    expect(await users()).toEqual(before);
    expect((await server.call("GET", "/validate_jwt", undefined, alice.token)).status).toBe(200);
  });

  test("counts what it refuses among its answers", async () => {
    const refused = async () =>
      Number(
        /^orchard_http_requests_total\{status="403"\} (\d+)/m.exec(
          await (await fetch(`${server.url}/metrics`)).text(),
        )?.[1],
      );
    await register({ origin: STRANGER });
    const before = await refused();
    expect(before).toBeGreaterThan(0);
    await register({ origin: STRANGER });
    expect(await refused()).toBe(before + 1);
  });

  test.each([
    ["a page of its pages", { origin: PAGE }],
    ["a page of an app", { origin: APP }],
    ["who is no page", {}],
  ])("serves %s", async (_, headers: Record<string, string>) => {
    const response = await register(headers);
    expect(response.status).toBe(201);
    expect(response.headers.get("access-control-allow-origin")).toBe(headers["origin"] ?? null);
  });

  test("serves a page of its own name, also behind a proxy that speaks https for it", async () => {
    const { host, port } = new URL(server.url);
    expect((await register({ origin: `http://${host}` })).status).toBe(201);
    expect((await register({ origin: `https://${host}` })).status).toBe(201);
    expect((await register({ origin: `http://127.0.0.1.evil.example:${port}` })).status).toBe(403);
    expect((await register({ origin: "http://127.0.0.1" })).status).toBe(403);
  });

  test("opens sockets for the same pages", async () => {
    const { token } = await server.user();
    const opens = (origin: string) =>
      TestClient.open(server.url, token, { origin }).then(
        () => true,
        () => false,
      );
    for (const origin of [PAGE, APP, `http://${new URL(server.url).host}`]) expect(await opens(origin)).toBe(true);
    for (const origin of [STRANGER, "null", "https://pages.example"]) expect(await opens(origin)).toBe(false);
  });
});

test("a page may read when to ask again", async () => {
  const login_per_address = { burst: 1, per_s: 0.001 };
  const server = await startServer({ rate_limits: true, rates: { ...rates, login_per_address } });
  const ask = () =>
    fetch(`${server.url}/api/v1/user/login`, {
      ...{ method: "POST", headers: { origin: PAGE } },
      body: JSON.stringify({ username: "nobody", password: PASSWORD }),
    });
  await ask();
  const response = await ask();
  expect(response.status).toBe(429);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  const exposed = response.headers.get("access-control-expose-headers")?.toLowerCase().split(/, */);
  for (const header of ["retry-after", "etag", "content-disposition", "content-range"])
    expect(exposed).toContain(header);
  expect(response.headers.get("access-control-allow-origin")).toBe(PAGE);
  await server.stop();
});
