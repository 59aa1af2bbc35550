import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TestClient } from "../harness/client.ts";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";

const CONSOLE = "https://console.example";
const STRANGER = "https://stranger.example";

/** What a browser asks before a page of `origin` may make the call. */
const preflight = (url: string, path: string, method: string, origin: string) =>
  fetch(`${url}/api/v1${path}`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type",
    },
  });

const listed = (response: Response, header: string) =>
  (response.headers.get(header) ?? "")
    .toLowerCase()
    .split(",")
    .map((item) => item.trim());

/** Whether a browser lets a page of `origin` read the answer. */
function mayRead(response: Response, origin: string): boolean {
  const allowed = response.headers.get("access-control-allow-origin");
  return allowed === "*" || allowed === origin;
}

/** How the upgrade for a page of `origin` ends: with a socket or with a refusal. */
async function upgrade(url: string, token: string, origin: string): Promise<"opened" | "refused"> {
  return TestClient.open(url, token, { origin }).then(
    async (client) => {
      await client.take("ready");
      return "opened" as const;
    },
    () => "refused" as const,
  );
}

describe("by default, a page of any origin", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  test.each([
    ["POST", "/user/login"],
    ["POST", "/user/register"],
    ["GET", "/user/profile"],
    ["DELETE", "/user"],
  ])("may ask whether it may %s %s, with a token and JSON", async (method, path) => {
    const response = await preflight(server.url, path, method, CONSOLE);
    expect(response.ok).toBe(true);
    expect(mayRead(response, CONSOLE)).toBe(true);
    expect(listed(response, "access-control-allow-methods")).toContain(method.toLowerCase());
    expect(listed(response, "access-control-allow-headers")).toEqual(
      expect.arrayContaining(["authorization", "content-type"]),
    );
  });

  test("may read answers, good and bad", async () => {
    const { name, token } = await server.user();
    const api = `${server.url}/api/v1`;
    const headers = { origin: CONSOLE };
    const body = JSON.stringify({ username: name, password: PASSWORD });
    const answers: [number, Response][] = [
      [200, await fetch(server.url, { headers })],
      [200, await fetch(`${api}/user/login`, { method: "POST", headers, body })],
      [200, await fetch(`${api}/user/profile`, { headers: { ...headers, authorization: `Bearer ${token}` } })],
      [409, await fetch(`${api}/user/register`, { method: "POST", headers, body })],
      [400, await fetch(`${api}/user/login`, { method: "POST", headers, body: "{" })],
      [401, await fetch(`${api}/validate_jwt`, { headers })],
      [404, await fetch(`${api}/nothing`, { headers })],
    ];
    for (const [status, response] of answers) {
      expect(response.status).toBe(status);
      expect(mayRead(response, CONSOLE)).toBe(true);
      expect(response.headers.get("access-control-allow-credentials")).not.toBe("true");
    }
  });

  test("may open the socket", async () => {
    const { token } = await server.user();
    expect(await upgrade(server.url, token, CONSOLE)).toBe("opened");
  });
});

describe("with configured origins", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ allowed_origins: [CONSOLE, "http://localhost:8080"] });
  });
  afterAll(() => server.stop());

  test("their pages may do everything", async () => {
    const { token } = await server.user();
    for (const origin of [CONSOLE, "http://localhost:8080"]) {
      expect(mayRead(await preflight(server.url, "/user/login", "POST", origin), origin)).toBe(true);
      expect(mayRead(await fetch(server.url, { headers: { origin } }), origin)).toBe(true);
      expect(await upgrade(server.url, token, origin)).toBe("opened");
    }
  });

  test("pages of others may not", async () => {
    const { token } = await server.user();
    for (const origin of [
      STRANGER,
      `${CONSOLE}.evil.example`,
      "https://evil.example/?https://console.example",
      "null",
    ]) {
      expect(mayRead(await preflight(server.url, "/user/login", "POST", origin), origin)).toBe(false);
      const headers = { origin, authorization: `Bearer ${token}` };
      expect(mayRead(await fetch(`${server.url}/api/v1/user/profile`, { headers }), origin)).toBe(false);
      expect(await upgrade(server.url, token, origin)).toBe("refused");
    }
  });

  test("their refusal on the socket says why", async () => {
    const response = await fetch(`${server.url}/subscribe`, {
      headers: {
        origin: STRANGER,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ success: false, code: "forbidden", message: expect.any(String) });
  });

  test("who is no page comes in", async () => {
    const { client } = await server.join();
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});
