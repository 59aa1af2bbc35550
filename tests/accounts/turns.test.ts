// Hashes by the hundred for one address, whoever they are of: whoever logs in from another waits for those under way at
// most, and who is refused in any case waits for none.

import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { counted } from "../../scripts/reliability/metrics.ts";
import { createPasswords } from "../../src/accounts/passwords.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { parseNetwork } from "../../src/routes/client-address.ts";
import { PASSWORD, startServer, type TestServer, type TestUser } from "../harness/server.ts";

const CROWD = 12;
const loopback = parseNetwork("127.0.0.1");
if (!loopback) throw new Error("no network");

let server: TestServer;
beforeEach(async () => {
  server = await startServer({
    ...{ rate_limits: true, rates: { ...rates, login_per_address: { burst: 5 * CROWD, per_s: 0.001 } } },
    trusted_proxies: [loopback],
  });
});
afterEach(() => server.stop());

const post = (path: string, body: object, address: string, token = "") =>
  fetch(`${server.url}/api/v1${path}`, {
    method: "POST",
    headers: { "x-forwarded-for": address, authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
const logIn = (username: string, password: string, address: string) =>
  post("/user/login", { username, password }, address);
const waiting = (count: number) =>
  until(async () => (await counted(server.url, 'orchard_pool_waiting{pool="hashes"}')) === count);

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

/** Holds every hash up until the test ends it; what is hashed, in the order in which it begins. */
async function holding<Value>(act: (begun: string[], end: () => void) => Promise<Value>): Promise<Value> {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const held = <Came>(came: Came) =>
    async function hold(password: unknown): Promise<Came> {
      begun.push(String(password));
      await new Promise<void>((resolve) => ends.push(resolve));
      return came;
    };
  const spies = [
    spyOn(Bun.password, "verify").mockImplementation(held(false)),
    spyOn(Bun.password, "hash").mockImplementation(held("no hash")),
  ];
  try {
    return await act(begun, () => ends.shift()?.());
  } finally {
    for (const spy of spies) spy.mockRestore();
    for (const end of ends) end();
  }
}

/** Whether bob's log-in from another address is among the next two, while these wait from one. */
async function bobIsNext(ask: (at: number) => Promise<Response>): Promise<Response[]> {
  const asked = await holding(async (begun, end) => {
    const crowd = Array.from({ length: CROWD }, (_, at) => ask(at));
    await waiting(CROWD - limits.password_jobs);
    const bob = logIn("bob", "bobs horse battery", "192.0.2.2");
    await waiting(CROWD - limits.password_jobs + 1);
    for (let ended = 1; ended <= limits.password_jobs; ended += 1) {
      end();
      await until(() => begun.length === limits.password_jobs + ended);
    }
    expect(begun.slice(limits.password_jobs)).toContain("bobs horse battery");
    return [...crowd, bob];
  });
  return Promise.all(asked);
}

test("of registrations from one address", async () => {
  const register = (at: number) =>
    post("/user/register", { username: `crowd-${at}`, password: `horse number ${at}` }, "198.51.100.1");
  await bobIsNext(register);
});

test("of log-ins with names that there are not", async () => {
  const answers = await bobIsNext((at) => logIn(`nobody-${at}`, "wrong horse battery", "198.51.100.1"));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});

test("of many accounts, each of which changes its password from the one address", async () => {
  const crowd: TestUser[] = [];
  for (let at = 0; at < CROWD; at += 1) crowd.push(await server.user());
  const body = { password: "wrong horse battery", new_password: PASSWORD };
  await bobIsNext((at) => post("/user/password", body, "198.51.100.1", crowd[at]?.token));
});

test("one name from one address is tried once at a time", async () => {
  const answers = await holding(async (begun) => {
    const tries = [1, 2, 3].map(() => logIn("alice", "wrong horse battery", "198.51.100.1"));
    await waiting(2);
    expect(begun).toHaveLength(limits.password_jobs_per_name);
    const other = logIn("alice", "wrong horse battery", "198.51.100.2");
    await until(() => begun.length === limits.password_jobs_per_name + 1);
    return [...tries, other];
  });
  await Promise.all(answers);
});

test("an attempt too many is refused while every place is taken", async () => {
  const answers = await holding(async () => {
    const allowed = Array.from({ length: rates.login_per_name.burst }, () => logIn("alice", "x", "198.51.100.1"));
    await waiting(rates.login_per_name.burst - limits.password_jobs_per_name);
    const others = [1, 2].map((at) => logIn(`other-${at}`, "x", "198.51.100.1"));
    await waiting(rates.login_per_name.burst + others.length - limits.password_jobs);
    expect((await logIn("alice", "x", "198.51.100.1")).status).toBe(429);
    return [...allowed, ...others];
  });
  await Promise.all(answers);
});

test("when too many wait, those of the crowd are refused", async () => {
  const who = (name: string, group: string) => ({ party: `${group} ${name}`, group });
  const passwords = createPasswords(1024, createPools().hashes);
  const room = limits.password_jobs + limits.password_queue;
  await holding(async (begun, end) => {
    const crowd = Array.from({ length: room + 1 }, (_, at) => passwords.verify("x", "", who(`${at}`, "198.51.100.1")));
    expect(await crowd[room]).toBeNull();
    const bob = passwords.verify("bob", "", who("bob", "198.51.100.2"));
    expect(await crowd[room - 1]).toBeNull();
    while (begun.at(-1) !== "bob") {
      end();
      await new Promise(setImmediate);
    }
    for (let left = 0; left <= limits.password_jobs; left += 1) end();
    expect(await bob).toBe(false);
  });
});
