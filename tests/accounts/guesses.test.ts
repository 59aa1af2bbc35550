// Guesses at a password, and what they hold up: those who guess, wherever they are, and never the owner where they have
// logged in lately or with their token. Addresses come as a trusted proxy tells them; nothing refills while a test runs.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Config } from "../../src/config.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

const WRONG = "wrong horse battery";
const NEW_PASSWORD = "another horse battery";
const HOME = "198.51.100.1";
const ABROAD = "203.0.113.1";

const { burst } = rates.login_per_name;
const OF_ALL_STRANGERS = burst * limits.login_stranger_bursts;

const slowly = {
  rate_limits: true,
  rates: { ...rates, login_per_name: { burst, per_s: 0.0001 } },
  trusted_proxies: [{ address: "127.0.0.1", prefix: 32, family: "ipv4" as const }],
} satisfies Partial<Config>;

let server: TestServer;
beforeAll(async () => {
  server = await startServer(slowly);
});
afterAll(() => server.stop());

async function logIn(name: string, from: string, password = PASSWORD, at = server, token?: string) {
  const response = await fetch(`${at.url}/api/v1/user/login`, {
    method: "POST",
    headers: { "x-forwarded-for": from, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ username: name, password }),
  });
  return { status: response.status, body: (await response.json()) as { token: string } };
}

/** So many wrong passwords; the statuses in which they ended. */
async function guess(name: string, times: number, fromNth: (nth: number) => string): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let nth = 0; nth < times; nth += 1) statuses.add((await logIn(name, fromNth(nth), WRONG)).status);
  return statuses;
}

const from = (address: string) => () => address;
/** No two of them are of one network. */
const fromEverywhere = (nth: number) => `2001:db8:${nth.toString(16)}::1`;

/** A new account whose owner has logged in from home. */
async function atHome(): Promise<TestUser> {
  const name = uniqueName("alice");
  const { body } = await server.call("POST", "/user/register", { username: name, password: PASSWORD });
  return { id: body.id, name, token: (await logIn(name, HOME)).body.token };
}

describe("guesses from one address", () => {
  test("hold up that address, and the owner nowhere else", async () => {
    const alice = await atHome();
    expect(await guess(alice.name, burst, from(ABROAD))).toEqual(new Set([401]));
    expect((await logIn(alice.name, ABROAD)).status).toBe(429);
    expect((await logIn(alice.name, "192.0.2.77")).status).toBe(200);
    expect((await logIn(alice.name, HOME)).status).toBe(200);
  });

  test("are as many as there were, however many the name would bear", async () => {
    const alice = await atHome();
    await guess(alice.name, burst, from(ABROAD));
    expect(await guess(alice.name, burst, from(ABROAD))).toEqual(new Set([429]));
  });

  test("are as few where the owner is known: who sits beside them gains nothing", async () => {
    const alice = await atHome();
    expect(await guess(alice.name, burst - 1, from(HOME))).toEqual(new Set([401]));
    expect((await logIn(alice.name, HOME)).status).toBe(429);
    expect((await logIn(alice.name, ABROAD)).status).toBe(200);
  });
});

describe("guesses from everywhere", () => {
  test("are bounded by the name, also for an unknown one", async () => {
    const alice = await atHome();
    for (const name of [alice.name, uniqueName("nobody")]) {
      const answers = await guess(name, OF_ALL_STRANGERS + 10, fromEverywhere);
      expect(answers).toEqual(new Set([401, 429]));
      expect(await guess(name, 10, (nth) => fromEverywhere(nth + 1_000))).toEqual(new Set([429]));
    }
  });

  test("lock the owner out neither at home nor with a token, and a stranger with the password stays out", async () => {
    const alice = await atHome();
    const elsewhere = (await logIn(alice.name, HOME)).body;
    await guess(alice.name, OF_ALL_STRANGERS, fromEverywhere);
    expect((await logIn(alice.name, ABROAD)).status).toBe(429);
    expect((await logIn(alice.name, HOME)).status).toBe(200);
    const change = { password: PASSWORD, new_password: NEW_PASSWORD };
    const changed = await server.call("POST", "/user/password", change, alice.token);
    expect(changed.status).toBe(200);
    expect((await server.call("GET", "/validate_jwt", undefined, elsewhere.token)).status).toBe(401);
    const removed = await server.call("DELETE", "/user", { password: NEW_PASSWORD }, changed.body.token);
    expect(removed.status).toBe(200);
  });

  test("don't lock the owner out after a restart either, and home is a whole network of IPv6", async () => {
    const own = await startServer(slowly);
    const { name } = await own.user();
    await logIn(name, "2001:db8:1:2::3", PASSWORD, own);
    const again = await own.restart();
    for (let nth = 0; nth < OF_ALL_STRANGERS; nth += 1) await logIn(name, fromEverywhere(nth + 10), WRONG, again);
    const statusFrom = async (address: string) => (await logIn(name, address, PASSWORD, again)).status;
    expect(await statusFrom("2001:db8:1:3::3")).toBe(429);
    expect(await statusFrom("2001:db8:1:2:ffff::1")).toBe(200);
    await again.stop();
  });
});

describe("guesses with a token", () => {
  test("hold up that token alone, and count at the name", async () => {
    const alice = await atHome();
    const thief = (await logIn(alice.name, ABROAD)).body.token;
    const remove = (token: string, password: string) => server.call("DELETE", "/user", { password }, token);
    for (let nth = 0; nth < burst; nth += 1) expect((await remove(thief, WRONG)).status).toBe(401);
    expect((await remove(thief, PASSWORD)).status).toBe(429);
    // Of the two log-ins and the guesses with the token, so many are left to strangers.
    const left = OF_ALL_STRANGERS - burst - 2;
    expect(await guess(alice.name, left, fromEverywhere)).toEqual(new Set([401]));
    expect(await guess(alice.name, 1, fromEverywhere)).toEqual(new Set([429]));
    expect((await remove(alice.token, PASSWORD)).status).toBe(200);
  });
});

describe("a log-in that brings a token", () => {
  const statusWith = async (token: string, name: string, password = PASSWORD) =>
    (await logIn(name, HOME, password, server, token)).status;

  test("isn't held up by those who guess beside its owner, and counts by itself", async () => {
    const alice = await atHome();
    await guess(alice.name, burst, from(HOME));
    expect((await logIn(alice.name, HOME)).status).toBe(429);
    expect(await statusWith(alice.token, alice.name)).toBe(200);
    for (let nth = 1; nth < burst; nth += 1) expect(await statusWith(alice.token, alice.name, WRONG)).toBe(401);
    expect(await statusWith(alice.token, alice.name)).toBe(429);
  });

  test("gains nothing by another's token, a dead one or none", async () => {
    const [alice, bob] = [await atHome(), await atHome()];
    const dead = (await logIn(alice.name, HOME)).body.token;
    await server.call("POST", "/user/logout", undefined, dead);
    await guess(alice.name, burst, from(HOME));
    for (const token of [bob.token, dead, "garbage"]) expect(await statusWith(token, alice.name)).toBe(429);
    expect(await statusWith(alice.token, bob.name)).toBe(200);
  });
});

describe("where somebody has logged in", () => {
  const placesOf = ({ id }: TestUser) =>
    readRows(server.folder, `select place, used_at from login_places where user_id = ${id} order by used_at`);

  test("is kept as a hash that names no address and is another for each user", async () => {
    const [alice, bob] = [await atHome(), await atHome()];
    const [[of_alice, ...more], [of_bob]] = [await placesOf(alice), await placesOf(bob)];
    expect(more).toEqual([]);
    expect(String(of_alice?.["place"])).toMatch(/^[\w-]{43}$/);
    expect(of_bob?.["place"]).not.toBe(of_alice?.["place"]);
  });

  test("is kept for so many places, those used last", async () => {
    const alice = await atHome();
    const [home] = await placesOf(alice);
    for (let nth = 0; nth < limits.login_places; nth += 1) {
      await writeRows(server.folder, "update login_places set used_at = used_at - 1000 where user_id = ?", [
        [alice.id],
      ]);
      await logIn(alice.name, `192.0.2.${nth}`);
    }
    const places = (await placesOf(alice)).map(({ place }) => place);
    expect(places).toHaveLength(limits.login_places);
    expect(places).not.toContain(home?.["place"]);
  });

  test("counts only for so long", async () => {
    const alice = await atHome();
    const long_ago = Date.now() - limits.login_place_age_ms;
    await writeRows(server.folder, "update login_places set used_at = ? where user_id = ?", [[long_ago, alice.id]]);
    await guess(alice.name, OF_ALL_STRANGERS, fromEverywhere);
    expect((await logIn(alice.name, HOME)).status).toBe(429);
  });

  test("is forgotten when the password changes, but for where that is done, and when the account ends", async () => {
    const alice = await atHome();
    await logIn(alice.name, ABROAD);
    expect(await placesOf(alice)).toHaveLength(2);
    const change = { password: PASSWORD, new_password: NEW_PASSWORD };
    const { body } = await server.call("POST", "/user/password", change, alice.token);
    expect(await placesOf(alice)).toHaveLength(1);
    await server.call("DELETE", "/user", { password: NEW_PASSWORD }, body.token);
    expect(await placesOf(alice)).toEqual([]);
  });
});
