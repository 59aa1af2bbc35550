import { afterAll, beforeAll, expect, test } from "bun:test";
import { createThrottle, createWindow } from "../../src/accounts/throttle.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import type { Json } from "../harness/client.ts";
import { PASSWORD, startServer, type TestServer, uniqueName } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ rate_limits: true });
});
afterAll(() => server.stop());

const login = (username: string, password = "wrong horse battery") =>
  fetch(`${server.url}/api/v1/user/login`, { method: "POST", body: JSON.stringify({ username, password }) });

test("who guesses at one name's password is told to wait, even when a guess is right", async () => {
  const name = uniqueName("alice");
  await server.call("POST", "/user/register", { username: name, password: PASSWORD });
  for (let guess = 0; guess < rates.login_per_name.burst; guess += 1) {
    expect((await login(guess % 2 === 0 ? name : name.toUpperCase())).status).toBe(401);
  }
  const refused = await login(name, PASSWORD);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  const body = (await refused.json()) as Json;
  expect(body).toEqual({
    success: false,
    code: "rate_limited",
    message: expect.any(String),
    details: { retry_after_ms: expect.any(Number) },
  });
  expect(body.details.retry_after_ms).toBeGreaterThan(0);
});

test("others are not held up by it", async () => {
  const bob = await server.user();
  for (let guess = 0; guess <= rates.login_per_name.burst; guess += 1) await login(uniqueName("alice"));
  expect(await server.login(bob.name)).toMatchObject({ id: bob.id });
});

test("guesses at the present password are counted wherever they are made", async () => {
  const mallory = await server.user();
  const guess = () => server.call("DELETE", "/user", { password: "wrong horse battery" }, mallory.token);
  const answers = [];
  for (let count = 0; count <= rates.login_per_name.burst; count += 1) answers.push((await guess()).status);
  expect(answers).toContain(401);
  expect(answers.at(-1)).toBe(429);
  const { status } = await server.call(
    "POST",
    "/user/password",
    { password: PASSWORD, new_password: "another horse battery" },
    mallory.token,
  );
  expect(status).toBe(429);
});

test("one address can't try the names of the whole world", async () => {
  const own = await startServer({ rate_limits: true });
  const attempts = Array.from({ length: rates.login_per_address.burst + 60 }, () =>
    own.call("POST", "/user/login", { username: uniqueName("nobody"), password: PASSWORD }),
  );
  const statuses = (await Promise.all(attempts)).map(({ status }) => status);
  expect(statuses).toContain(429);
  expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(rates.login_per_address.burst);
  await own.stop();
});

test("nor take all of them", async () => {
  const own = await startServer({ rate_limits: true });
  const attempts = Array.from({ length: rates.register_per_address.burst + 30 }, () =>
    own.call("POST", "/user/register", { username: uniqueName(), password: PASSWORD }),
  );
  const statuses = (await Promise.all(attempts)).map(({ status }) => status);
  expect(statuses).toContain(429);
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(rates.register_per_address.burst);
  await own.stop();
});

test("an address that is told to wait locks nobody's name", async () => {
  const login_per_address = { burst: 1, per_s: 0.001 };
  const trusted_proxies = [{ address: "127.0.0.1", prefix: 32, family: "ipv4" as const }];
  const own = await startServer({ rate_limits: true, rates: { ...rates, login_per_address }, trusted_proxies });
  const { name } = await own.user();
  const attempt = (address: string) =>
    fetch(`${own.url}/api/v1/user/login`, {
      ...{ method: "POST", headers: { "x-forwarded-for": address } },
      body: JSON.stringify({ username: name, password: PASSWORD }),
    });
  const statuses = [];
  for (let tried = 0; tried < 2 * rates.login_per_name.burst; tried += 1)
    statuses.push((await attempt("9.9.9.9")).status);
  expect(statuses).toEqual([200, ...Array(statuses.length - 1).fill(429)]);
  expect((await attempt("198.51.100.1")).status).toBe(200);
  await own.stop();
});

test("a throttle remembers only so many, those asked last", () => {
  const throttle = createThrottle({ burst: 1, per_s: 0.001 }, () => 0);
  expect(throttle.take("first")).toBe(0);
  expect(throttle.take("first")).toBeGreaterThan(0);
  for (let key = 0; key < limits.throttle_entries; key += 1) throttle.take(String(key));
  expect(throttle.take("first")).toBe(0);
  expect(throttle.take(String(limits.throttle_entries - 1))).toBeGreaterThan(0);
});

test("what a throttle takes comes back with time, for each key by itself", () => {
  let now_ms = 0;
  const throttle = createThrottle({ burst: 2, per_s: 1 }, () => now_ms);
  expect(["a", "a", "a", "b"].map((key) => throttle.take(key))).toEqual([0, 0, 1000, 0]);
  now_ms = 1000;
  expect(["a", "a"].map((key) => throttle.take(key))).toEqual([0, 1000]);
});

test("what is promised by the minute holds in any minute", () => {
  let now_ms = 0;
  const window = createWindow({ burst: 30, per_s: 0.5 }, () => now_ms);
  const taken: number[] = [];
  // One that asks without end, at times that fit no minute.
  for (; now_ms < 10 * 60_000; now_ms += 137) {
    const wait_ms = window.take("webhook");
    if (wait_ms === 0) taken.push(now_ms);
    else expect(wait_ms).toBe((taken.at(-30) ?? 0) + 60_000 - now_ms);
  }
  for (const [at, first] of taken.entries()) {
    expect(taken.slice(at).filter((later) => later < first + 60_000).length).toBeLessThanOrEqual(30);
  }
  // And it is no less: as many in each of the ten.
  expect(taken.length).toBe(300);
  expect(window.take("another")).toBe(0);
});

test("of a window nothing is taken by asking how long to wait, and what is owed counts", () => {
  const window = createWindow({ burst: 2, per_s: 1 }, () => 5_000);
  expect([window.wait("a"), window.wait("a"), window.take("a"), window.take("a")]).toEqual([0, 0, 0, 0]);
  expect(window.wait("a")).toBe(2_000);
  window.owe("b");
  window.spend("b");
  window.spend("b");
  expect(window.take("b")).toBe(2_000);
});
