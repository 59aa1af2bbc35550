// Where somebody is logged in, as they see it, and how they end it for one device.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { decodeJwt } from "jose";
import { startLoginUse } from "../../src/accounts/login-use.ts";
import { callHttp } from "../../src/client/http.ts";
import { limits } from "../../src/domain/limits.ts";
import type { Json } from "../harness/client.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  const trusted_proxies = [{ address: "127.0.0.1", prefix: 32, family: "ipv4" as const }];
  server = await startServer({ trusted_proxies });
});
afterAll(() => server.stop());

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

const idOf = ({ token }: { token: string }) => Number(decodeJwt(token).jti);

async function loginWith(name: string, agent: string, address: string): Promise<{ token: string }> {
  const headers = { "user-agent": agent, "x-forwarded-for": address };
  const body = JSON.stringify({ username: name, password: PASSWORD });
  return (await fetch(`${server.url}/api/v1/user/login`, { method: "POST", headers, body })).json() as Promise<Json>;
}

async function loginsOf({ token }: { token: string }): Promise<Json[]> {
  const { body } = await server.call("GET", "/user/logins", undefined, token);
  return body.logins;
}

const end = ({ token }: TestUser, id: number) => server.call("DELETE", `/user/logins/${id}`, undefined, token);

test("each device has its name, address and times", async () => {
  const alice = await server.user();
  const tv = await loginWith(alice.name, FIREFOX, "198.51.100.7");
  const [first, second, ...others] = await loginsOf(tv);
  expect(others).toEqual([]);
  expect(first).toEqual({
    ...{ id: idOf(tv), device: "Firefox on Linux", address: "198.51.100.7", current: true },
    ...{ created_date: expect.any(String), used_date: expect.any(String) },
  });
  expect(second).toMatchObject({ id: idOf(alice), device: "Bun", current: false });
});

test("a device says nothing that can't be seen, nor much", async () => {
  const alice = await server.user();
  const odd = await loginWith(alice.name, `${"x".repeat(500)}\u00ff`, "198.51.100.7");
  expect((await loginsOf(odd))[0]?.device).toBe("x".repeat(limits.device_name_length));
  const silent = await loginWith(alice.name, "\u00ff", "198.51.100.7");
  expect((await loginsOf(silent))[0]?.device).toBeNull();
});

test("one that is ended closes its sockets and is refused; the others stay", async () => {
  const alice = await server.user();
  const tv = await server.login(alice.name);
  const [here, there] = await Promise.all([server.connect(alice), server.connect(tv)]);
  expect(await end(alice, idOf(tv))).toEqual({ status: 200, body: { success: true } });
  expect(await there.closed).toMatchObject({ code: 4002 });
  expect((await server.call("GET", "/user/logins", undefined, tv.token)).status).toBe(401);
  await here.ask({ type: "ping" });
  expect((await loginsOf(alice)).map(({ id }) => id)).toEqual([idOf(alice)]);
  expect((await end(alice, idOf(tv))).body).toMatchObject({ code: "not_found" });
});

test("one's own may be the one that asks, and others' are none of one's business", async () => {
  const [alice, mallory] = [await server.user(), await server.user()];
  expect((await end(mallory, idOf(alice))).body).toMatchObject({ success: false, code: "not_found" });
  expect(await loginsOf(alice)).toHaveLength(1);
  expect((await end(alice, idOf(alice))).status).toBe(200);
  expect((await end(alice, idOf(alice))).status).toBe(401);
});

test("the client library ends one by its id", async () => {
  const alice = await server.user();
  const tv = await server.login(alice.name);
  const { url } = server;
  expect(await callHttp("end_login", { url, token: alice.token, body: { id: idOf(tv) } })).toEqual({ success: true });
  const { logins } = await callHttp("logins", { url, token: alice.token });
  expect(logins.map(({ id }) => id)).toEqual([idOf(alice)]);
});

test("a change of the password leaves the device that made it", async () => {
  const alice = await server.user();
  await loginWith(alice.name, FIREFOX, "198.51.100.7");
  const change = { password: PASSWORD, new_password: "another horse battery" };
  const { body } = await server.call("POST", "/user/password", change, alice.token);
  expect(await loginsOf(body as TestUser)).toMatchObject([{ device: "Bun", current: true }]);
});

test("a use is noted in steps, once in each", async () => {
  const [alice, bob] = [await server.user(), await server.user()];
  const usedAt = (who: TestUser) => {
    const [row] = readRows(server.folder, "select used_at from logins where id = ?", [idOf(who)]);
    return row?.["used_at"];
  };
  /** A moment later, with whatever else is noted then. */
  const noted = async (who: TestUser) => {
    while (usedAt(who) === null) await Bun.sleep(5);
    return Number(usedAt(who));
  };
  const yesterday = Date.now() - 24 * 60 * 60 * 1000;
  await loginsOf(alice);
  for (const who of [alice, bob]) {
    writeRows(server.folder, "update logins set created_at = ? where id = ?", [[yesterday, idOf(who)]]);
  }
  expect(usedAt(alice)).toBeNull();
  await loginsOf(alice);
  const used_at = await noted(alice);
  expect(used_at % limits.login_use_step_ms).toBe(0);
  expect(used_at).toBeGreaterThan(Date.now() - 2 * limits.login_use_step_ms);
  writeRows(server.folder, "update logins set used_at = null where id = ?", [[idOf(alice)]]);
  await loginsOf(alice);
  await loginsOf(bob);
  await noted(bob);
  expect(usedAt(alice)).toBeNull();
});

test("those with open sockets are noted by rounds, so many at once", async () => {
  const noted: [readonly number[], number][] = [];
  const perform = async (write: unknown) => ({ state: "stored", value: write });
  const logins = { noteUse: (ids: readonly number[], used_at: number) => void noted.push([ids, used_at]) };
  const store = { logins, writer: { perform } } as unknown as Parameters<typeof startLoginUse>[0]["store"];
  const ids = Array.from({ length: limits.login_uses_at_once + 1 }, (_, id) => id);
  const clock = () => 3 * limits.login_use_step_ms + 1;
  const rounds = startLoginUse(
    { store, clock },
    () => [...ids, 0, 1],
    (error) => expect(error).toBeUndefined(),
  );
  await rounds.run();
  await rounds.stop();
  const at = 3 * limits.login_use_step_ms;
  expect(noted).toEqual([
    [ids.slice(0, limits.login_uses_at_once), at],
    [[limits.login_uses_at_once], at],
  ]);
});

test("nobody has endlessly many: one more ends the one that was used longest ago", async () => {
  const alice = await server.user();
  const tv = await server.login(alice.name);
  const [here, there] = await Promise.all([server.connect(alice), server.connect(tv)]);
  const now = Date.now();
  // The one of the television was used long ago, all others since.
  writeRows(server.folder, "update logins set created_at = ?, used_at = null where id = ?", [[now - 9_000, idOf(tv)]]);
  const sql = "insert into logins (id, user_id, created_at, expires_at) values (?, ?, ?, ?)";
  const others = Array.from({ length: limits.logins_per_user - 2 }, (_, place) => [
    place + 1,
    alice.id,
    now,
    now + 1e9,
  ]);
  writeRows(server.folder, sql, others);
  expect(await loginsOf(alice)).toHaveLength(limits.logins_per_user);
  const newest = await server.login(alice.name);
  expect(await there.closed).toMatchObject({ code: 4002 });
  expect((await server.call("GET", "/user/logins", undefined, tv.token)).status).toBe(401);
  const ids = (await loginsOf(newest)).map(({ id }) => id);
  expect(ids).toHaveLength(limits.logins_per_user);
  expect(ids).toEqual(expect.arrayContaining([idOf(newest), idOf(alice)]));
  await here.ask({ type: "ping" });
});
