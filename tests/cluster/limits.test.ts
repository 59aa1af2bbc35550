// Limits that hold at all nodes together as they do at one: whoever goes to several of them may do no more.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits, rates } from "../../src/domain/limits.ts";
import { parseNetwork } from "../../src/routes/client-address.ts";
import { TestClient } from "../harness/client.ts";
import { hasCluster, startCluster, type TestCluster, type TestNode } from "../harness/cluster.ts";
import { PASSWORD, type TestUser } from "../harness/server.ts";

const GUESSES = 4;
const SESSIONS = 4;
const REQUESTS = 160;
const SOCKETS = 16;

/** Refilled so slowly that no test sees it. */
const of = (burst: number) => ({ burst, per_s: 0.001 });
const loopback = parseNetwork("127.0.0.1");
const HOME = "198.51.100.1";
const ABROAD = "203.0.113.1";

describe.skipIf(!hasCluster)("three nodes", () => {
  let cluster: TestCluster;
  let nodes: [TestNode, TestNode, TestNode];
  beforeAll(async () => {
    cluster = await startCluster(3, {
      rate_limits: true,
      trusted_proxies: loopback ? [loopback] : [],
      rates: { ...rates, login_per_name: of(GUESSES), user_requests: of(REQUESTS) },
      bounds: { ...limits, sessions_per_user: SESSIONS, connections_per_address: SOCKETS },
    });
    nodes = cluster.nodes as typeof nodes;
    while ((await cluster.slots()).has(null)) await Bun.sleep(20);
  }, 60_000);
  afterAll(() => cluster?.stop());

  const turn = (at: number): TestNode => nodes[at % 3] as TestNode;

  /** A session that opened; null where its user may have no more. */
  async function opened(node: TestNode, { token }: TestUser): Promise<TestClient | null> {
    const client = await TestClient.open(node.url, token);
    const ready = client.take("ready").then(() => true);
    const closed = client.closed.then(() => false);
    if (await Promise.race([ready, closed])) return client;
    ready.catch(() => {});
    return null;
  }

  test("let a password be guessed at as often as one node does", async () => {
    const alice = await turn(0).user();
    const logIn = async (at: number, password: string) =>
      (await turn(at).call("POST", "/user/login", { username: alice.name, password })).status;
    const statuses: number[] = [];
    for (let tried = 0; tried < 3 * GUESSES; tried += 1) statuses.push(await logIn(tried, "wrong horse battery"));
    // The log-in of the beginning was one of them.
    expect(statuses).toEqual([...Array(GUESSES - 1).fill(401), ...Array(2 * GUESSES + 1).fill(429)]);
    expect(await Promise.all([0, 1, 2].map((at) => logIn(at, PASSWORD)))).toEqual([429, 429, 429]);
  });

  test("let a password be guessed at by those who are logged in as often as one node does", async () => {
    const alice = await turn(0).user();
    const body = { password: "wrong horse battery", new_password: "another horse battery" };
    const statuses: number[] = [];
    for (let tried = 0; tried < 3 * GUESSES; tried += 1)
      statuses.push((await turn(tried).call("POST", "/user/password", body, alice.token)).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2 * GUESSES);
  });

  test("let a user have as many sessions as one node does, though they come to all at one time", async () => {
    const bob = await turn(0).user();
    const coming = Array.from({ length: 3 * SESSIONS }, (_, at) => opened(turn(at), bob));
    const open = (await Promise.all(coming)).filter((client) => client !== null);
    expect(open).toHaveLength(SESSIONS);
    await open[0]?.close();
    // As soon as it is known that one has gone.
    let next: TestClient | null = null;
    while (!next) next = await opened(turn(2), bob);
    expect(await opened(turn(1), bob)).toBeNull();
    for (const client of [next, ...open.slice(1)]) await client.close();
  }, 60_000);

  test("let a user ask for no more than one node does, but for what isn't told yet, and for all of it at one", async () => {
    const [carol, dave] = [await turn(0).user(), await turn(1).user()];
    const refused = async (client: TestClient) => (await client.ask({ type: "ping" }))["code"] === "rate_limited";
    const clients = await Promise.all(nodes.map((node) => node.connect(carol)));
    const left = REQUESTS - clients.length * limits.session_cost;
    let asked = 0;
    while (!(await refused(clients[asked % 3] as TestClient))) asked += 1;
    for (const client of clients) while (!(await refused(client))) asked += 1;
    expect(asked).toBeGreaterThanOrEqual(left);
    // Beside what isn't told yet, as much as is on its way; three that know nothing of each other let through three times
    // as much.
    expect(asked).toBeLessThan(2 * left);
    const only = await nodes[1].connect(dave);
    for (let at = 0; at < REQUESTS - limits.session_cost; at += 1) expect(await refused(only)).toBe(false);
    expect(await refused(only)).toBe(true);
    for (const client of [...clients, only]) await client.close();
  }, 60_000);

  test("let an address have as many sockets as one node does", async () => {
    const people = await Promise.all(Array.from({ length: SOCKETS / SESSIONS + 1 }, () => turn(0).user()));
    const from = (address: string) => ({ "x-forwarded-for": address });
    const open: TestClient[] = [];
    for (const { token } of people.slice(1))
      for (let session = 0; session < SESSIONS; session += 1)
        open.push(await TestClient.open(nodes[0].url, token, from(HOME)));
    expect(open).toHaveLength(SOCKETS);
    const opens = async (address: string) => {
      const client = await TestClient.open(nodes[1].url, people[0]?.token ?? "", from(address)).catch(() => null);
      await client?.close();
      return client !== null;
    };
    while (await opens(HOME));
    expect(await opens(ABROAD)).toBe(true);
    await open[0]?.close();
    while (!(await opens(HOME)));
    for (const client of open) await client.close();
  }, 60_000);
});
