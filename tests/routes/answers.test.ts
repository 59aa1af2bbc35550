// What holds for every HTTP answer, whoever gives it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { shownPath } from "../../src/routes/http.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ask = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);

test.each([
  ["/api/v1/webhooks/7/secret/slack", "/api/v1/webhooks/7/…/slack"],
  ["/api/v1/uploads/7/secret", "/api/v1/uploads/7/…"],
  ["/api/v1/invites/secret", "/api/v1/invites/…"],
  ["/api/v1/admin/invites/secret", "/api/v1/admin/invites/…"],
  ["/invite/secret", "/invite/…"],
  ["/api/v1/user/logins/7", "/api/v1/user/logins/7"],
])("the log shows %s without what lets somebody in", (path, shown) => {
  expect(shownPath(new URL(path, "http://localhost"))).toBe(shown);
});

describe("what is not there", () => {
  test.each([
    ["GET", "/nowhere"],
    ["GET", "/api/v1"],
    ["GET", "/api/v1/user"],
    ["GET", "/api/v1/user/login"],
    ["POST", "/api/v1/user/profile"],
    ["PUT", "/api/v1/user/password"],
    ["PATCH", "/"],
    ["GET", "/%2e%2e/%2e%2e/etc/passwd"],
    ["GET", "/api/v1/user/profile/%00"],
    ["DELETE", "/api/v1/__proto__"],
    ["GET", "/%"],
  ])("%s %s is answered 404, as JSON", async (method, path) => {
    const response = await ask(path, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toStartWith("application/json");
    expect(await response.json()).toEqual({ success: false, code: "unknown_type", message: expect.any(String) });
  });

  test("a plain request to the socket's address is refused, as JSON", async () => {
    for (const path of ["/subscribe", "/api/v1/subscribe", "/subscribe?auth=x"]) {
      const response = await ask(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(await response.json()).toMatchObject({ success: false, code: expect.any(String) });
    }
  });
});

describe("a body above the limit", () => {
  const large = JSON.stringify({ username: "alice", password: "x".repeat(limits.http_body_bytes) });

  test("is refused with 413, as JSON", async () => {
    const response = await ask("/api/v1/user/login", { method: "POST", body: large });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ success: false, code: "too_large", message: expect.any(String) });
  });

  test("is refused when its length is not told, too", async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 8192)
          controller.enqueue(new TextEncoder().encode(large.slice(at, at + 8192)));
        controller.close();
      },
    });
    const response = await ask("/api/v1/user/login", { method: "POST", body });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ success: false, code: "too_large" });
  });

  test("of many megabytes is refused with 413", async () => {
    const response = await ask("/api/v1/user/login", { method: "POST", body: "x".repeat(8 * 1024 * 1024) });
    expect(response.status).toBe(413);
  });

  test("leaves the server as it was", async () => {
    expect(await server.user()).toMatchObject({ id: expect.any(Number) });
  });
});

test("every answer tells browsers to take it for what it is, and to embed it nowhere", async () => {
  const { token } = await server.user();
  const headers = { authorization: `Bearer ${token}` };
  const large = "x".repeat(limits.http_body_bytes + 1);
  const answers = await Promise.all([
    ask("/"),
    ask("/healthz"),
    ask("/readyz"),
    ask("/metrics"),
    ask("/nowhere"),
    ask("/subscribe"),
    ask("/api/v1/user/profile", { headers }),
    ask("/api/v1/user/profile"),
    ask("/api/v1/user/login", { method: "POST", body: "{" }),
    ask("/api/v1/user/login", { method: "POST", body: large }),
    ask("/api/v1/user/login", { method: "OPTIONS", headers: { origin: "https://console.example" } }),
  ]);
  for (const response of answers) {
    const { pathname } = new URL(response.url);
    const sent = ["x-content-type-options", "x-frame-options", "referrer-policy"].map((name) =>
      response.headers.get(name),
    );
    expect([pathname, ...sent]).toEqual([pathname, "nosniff", "DENY", "no-referrer"]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("server")).toBeNull();
  }
});

test("no answer that depends on who asks is kept by a cache", async () => {
  const { token } = await server.user();
  const response = await ask("/api/v1/user/profile", { headers: { authorization: `Bearer ${token}` } });
  expect(response.headers.get("cache-control")).toBe("no-store");
});
