// Limits that hold for a user or an address as a whole, however many sessions, accounts or calls the flood is spread
// over. Behind a proxy that is trusted each client has its own.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { counted } from "../../scripts/reliability/metrics.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { parseNetwork } from "../../src/routes/client-address.ts";
import { TestClient } from "../harness/client.ts";
import { PASSWORD, startServer, type TestServer, uniqueName } from "../harness/server.ts";

/** Refilled so slowly that no test sees it. */
const of = (burst: number) => ({ burst, per_s: 0.001 });
const from = (address: string) => ({ "x-forwarded-for": address });
const loopback = parseNetwork("127.0.0.1");
if (!loopback) throw new Error("no network");
const trusted_proxies = [loopback];

async function refusalOf(url: string, token: string, headers: Record<string, string> = {}): Promise<Response | null> {
  const response = await fetch(`${url}/subscribe?auth=${token}`, {
    headers: {
      ...{ ...headers, connection: "Upgrade", upgrade: "websocket" },
      ...{ "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
    },
  });
  return response.ok ? null : response;
}

describe("what one user may ask", () => {
  let server: TestServer;
  const burst = 10 * limits.session_cost;
  beforeAll(async () => {
    server = await startServer({ rate_limits: true, rates: { ...rates, user_requests: of(burst) } });
  });
  afterAll(() => server.stop());

  test("is shared by all their sessions, and nobody else's", async () => {
    const [alice, bob] = await Promise.all([server.user(), server.join()]);
    const sessions = [await server.connect(alice), await server.connect(alice), await server.connect(alice)];
    const left = burst - sessions.length * limits.session_cost;
    for (let asked = 0; asked < left; asked += 1) {
      expect(await sessions[asked % 3]?.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    }
    for (const client of sessions) {
      expect(await client.ask({ type: "ping" })).toMatchObject({
        code: "rate_limited",
        details: { retry_after_ms: expect.any(Number) },
      });
    }
    expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect(await counted(server.url, 'orchard_rate_limited_total{scope="user"}')).toBe(sessions.length);
  });

  test("is used up by opening sessions, too, and one more is closed with 4008", async () => {
    const alice = await server.user();
    for (let opened = 0; opened < burst / limits.session_cost; opened += 1) await (await server.connect(alice)).close();
    const client = await TestClient.open(server.url, alice.token);
    expect((await client.closed).code).toBe(4008);
    expect(client.seen).toMatchObject([{ type: "error", code: "rate_limited" }]);
  });

  test("isn't used up with a token that is no longer good, by whoever has it", async () => {
    const alice = await server.user();
    const { token: stolen } = await server.login(alice.name);
    await server.call("POST", "/user/logout", undefined, stolen);
    for (let tried = 0; tried < burst; tried += 1) {
      const thief = await TestClient.open(server.url, stolen);
      expect((await thief.closed).code).toBe(4001);
    }
    expect(await (await server.connect(alice)).ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });

  test("is used up by calls, too", async () => {
    const alice = await server.user();
    const statuses = new Set<number>();
    for (let called = 0; called < burst; called += 1) {
      statuses.add((await server.call("GET", "/user/profile", undefined, alice.token)).status);
    }
    expect(statuses).toEqual(new Set([200, 429]));
  });
});

test.each(["user_requests", "address_requests"] as const)(
  "who goes on when their %s are used up is closed with 4008",
  async (rate) => {
    const server = await startServer({
      rate_limits: true,
      rates: { ...rates, [rate]: of(100), session_refusals: of(3) },
    });
    const { client } = await server.join();
    for (let sent = 0; sent < 100; sent += 1) client.send({ type: "ping" });
    expect((await client.closed).code).toBe(4008);
    expect(client.seen.filter(({ code }) => code === "rate_limited")).toHaveLength(3);
    await server.stop();
  },
);

describe("what one address may ask", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      ...{ rate_limits: true, trusted_proxies },
      rates: { ...rates, address_requests: of(200) },
    });
  });
  afterAll(() => server.stop());

  test("is shared by all who come from there", async () => {
    const [alice, bob, carol] = await Promise.all([server.user(), server.user(), server.user()]);
    const [one, two] = await Promise.all(
      [alice, bob].map(({ token }) => TestClient.open(server.url, token, from("198.51.100.1"))),
    );
    if (!one || !two) throw new Error("no clients");
    await Promise.all([one.take("ready"), two.take("ready")]);
    for (let asked = 0; asked < 200 - 2 * limits.session_cost; asked += 1) {
      expect(await one.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    }
    expect(await two.ask({ type: "ping" })).toMatchObject({ code: "rate_limited" });
    const elsewhere = await TestClient.open(server.url, carol.token, from("198.51.100.2"));
    expect(await elsewhere.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect(await counted(server.url, 'orchard_rate_limited_total{scope="address"}')).toBe(1);
  });

  test.each([
    ["GET", "/validate_jwt"],
    ["GET", "/uploads/1"],
    ["POST", "/uploads"],
  ])("is shared by calls: %s %s", async (method, path) => {
    const headers = from(`203.0.113.${path.length + method.length}`);
    const call = () => fetch(`${server.url}/api/v1${path}`, { method, headers });
    const statuses = new Set<number>();
    for (let called = 0; called < 101; called += 1) statuses.add((await call()).status);
    expect(statuses).toContain(429);
    expect(Number((await call()).headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("a body", () => {
  const most = limits.http_body_bytes;
  test.each([
    ["that is no JSON", "x".repeat(most)],
    ["that goes too deep", `${"[".repeat(most / 2)}${"]".repeat(most / 2)}`],
    ["of what nobody asked for", `{"a":[${"0,".repeat(most / 2 - 10)}0]}`],
  ])("%s is paid for by its length", async (_, body) => {
    const server = await startServer({ rate_limits: true, rates: { ...rates, address_requests: of(200) } });
    const statuses: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      statuses.push((await fetch(`${server.url}/api/v1/user/login`, { method: "POST", body })).status);
    }
    // A log-in costs 20, and each KiB 1 more.
    expect(statuses).toEqual([400, 400, 429]);
    await server.stop();
  });
});

describe("the sockets of one address", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      ...{ rate_limits: true, trusted_proxies },
      bounds: { ...limits, connections_per_address: 3 },
      rates: { ...rates, connects_per_address: of(6) },
    });
  });
  afterAll(() => server.stop());

  test("are so many at once: a further one is refused until one has closed", async () => {
    const alice = await server.user();
    const open = () => TestClient.open(server.url, alice.token, from("198.51.100.1"));
    const clients = [await open(), await open(), await open()];
    const refused = await refusalOf(server.url, alice.token, from("198.51.100.1"));
    expect(refused?.status).toBe(409);
    expect(refused?.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await refused?.json()).toMatchObject({ code: "limit_reached" });
    expect(await counted(server.url, 'orchard_sockets_refused_total{code="limit_reached"}')).toBe(1);
    const elsewhere = await TestClient.open(server.url, alice.token, from("198.51.100.2"));
    await elsewhere.take("ready");
    expect(await counted(server.url, "orchard_addresses")).toBe(2);
    await clients[0]?.close();
    await elsewhere.rest();
    expect((await open()).socket.readyState).toBe(WebSocket.OPEN);
  });

  test("come so fast, whether their token is good or not", async () => {
    const alice = await server.user();
    const headers = from("2001:db8:0:1::1");
    for (let opened = 0; opened < 6; opened += 1) {
      const client = await TestClient.open(server.url, opened % 2 ? "garbage" : alice.token, headers);
      if (opened % 2 === 0) await client.close();
      await client.closed;
    }
    // The next address of the same customer's.
    const refused = await refusalOf(server.url, alice.token, from("2001:db8:0:1::2"));
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused?.json()).toMatchObject({ code: "rate_limited" });
    expect(await counted(server.url, 'orchard_sockets_refused_total{code="rate_limited"}')).toBe(1);
    expect(await counted(server.url, 'orchard_rate_limited_total{scope="connect"}')).toBe(1);
    expect(await refusalOf(server.url, alice.token, from("2001:db8:0:2::1"))).not.toMatchObject({ status: 429 });
  });
});

describe("log-ins and accounts", () => {
  const attempt = (server: TestServer, path: string, headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1/user/${path}`, {
      ...{ method: "POST", headers },
      body: JSON.stringify({ username: uniqueName(), password: PASSWORD }),
    });
  const strict = { ...rates, login_per_address: of(2), register_per_address: of(2) };

  test.each(["login", "register"])("%s: behind a trusted proxy each client has their own limit", async (path) => {
    const server = await startServer({ rate_limits: true, rates: strict, trusted_proxies });
    const statuses = async (address: string) => {
      const answers = [];
      for (let tried = 0; tried < 3; tried += 1) answers.push((await attempt(server, path, from(address))).status);
      return answers.map((status) => status === 429);
    };
    expect(await statuses("198.51.100.1")).toEqual([false, false, true]);
    expect(await statuses("9.9.9.9, 198.51.100.1")).toEqual([true, true, true]);
    expect(await statuses("198.51.100.2")).toEqual([false, false, true]);
    const scope = path === "login" ? "login_address" : "register_address";
    expect(await counted(server.url, `orchard_rate_limited_total{scope="${scope}"}`)).toBe(5);
    await server.stop();
  });

  test("who isn't behind one gains nothing by claiming other addresses", async () => {
    const server = await startServer({ rate_limits: true, rates: strict });
    const answers = [];
    for (let tried = 1; tried <= 3; tried += 1) {
      answers.push((await attempt(server, "login", from(`198.51.100.${tried}`))).status);
    }
    expect(answers).toEqual([401, 401, 429]);
    await server.stop();
  });
});

test("without rate limits none of these hold", async () => {
  const server = await startServer({
    rate_limits: false,
    bounds: { ...limits, connections_per_address: 1 },
    rates: { ...rates, user_requests: of(1), address_requests: of(1), connects_per_address: of(1) },
  });
  const alice = await server.user();
  for (let opened = 0; opened < 3; opened += 1) {
    expect(await (await server.connect(alice)).ask({ type: "ping" })).toMatchObject({ type: "pong" });
  }
  await server.stop();
});
