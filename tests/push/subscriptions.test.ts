// Who subscribes: which endpoints and keys will do, whose an endpoint is, how many there may be, and when they end.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createECDH } from "node:crypto";
import { unzipSync } from "fflate";
import { createDial } from "../../src/accounts/push/dialling.ts";
import { endpointFault, mayDial } from "../../src/accounts/push/endpoints.ts";
import { PUSH_KEY } from "../../src/accounts/push/keys.ts";
import { limits } from "../../src/domain/limits.ts";
import { readRows } from "../harness/database.ts";
import { openPushService } from "../harness/push-service.ts";
import { PASSWORD, startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { aSubscription, someKeys } from "./samples.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const subscribe = (token: string, body: object) => server.call("POST", "/push/subscriptions", body, token);
const endpointsOf = (user_id: number) =>
  readRows(server.folder, "select endpoint from push_subscriptions where user_id = ? order by login_id", [user_id]).map(
    ({ endpoint }) => endpoint,
  );

test("the key is made once, and kept", async () => {
  const own = await startServer();
  const key = (await own.call("GET", "/push/key")).body.key;
  const again = await own.restart();
  expect((await again.call("GET", "/push/key")).body).toEqual({ success: true, key });
  expect(Buffer.from(key, "base64url")).toHaveLength(65);
  expect(readRows(again.folder, "select count(*) as n from settings where key = ?", [PUSH_KEY])).toEqual([{ n: 1 }]);
  await again.stop();
});

const faulty_endpoints = [
  ...["no URL", "/push", "http://push.example.org/x", "ftp://push.example.org/x", "data:text/plain,x"],
  ...["https://user@push.example.org/x", "https://localhost/x", "https://LOCALHOST./x", "https://a.localhost/x"],
  ...["https://minio:9000/x", "https://printer.local/x", "https://db.internal/x", "https://nas.home.arpa/x"],
  ...["https://127.0.0.1/x", "https://127.1/x", "https://2130706433/x", "https://0x7f.0.0.1/x", "https://0.0.0.0/x"],
  ...["https://10.0.0.1/x", "https://172.16.0.1/x", "https://192.168.1.1/x", "https://169.254.169.254/latest"],
  ...["https://100.64.0.1/x", "https://198.18.0.1/x", "https://224.0.0.1/x", "https://255.255.255.255/x"],
  ...["https://[::1]/x", "https://[::]/x", "https://[::ffff:127.0.0.1]/x", "https://[::ffff:a00:1]/x"],
  ...["https://[fe80::1]/x", "https://[fc00::1]/x", "https://[64:ff9b::7f00:1]/x", "https://[2002:7f00:1::]/x"],
  // Of IPv6, what is given out to nobody on the internet, or stands for an address of IPv4.
  ...["https://[::7f00:1]/x", "https://[::a00:1]/x", "https://[1::1]/x", "https://[4000::1]/x", "https://[8000::1]/x"],
  ...["https://[fec0::1]/x", "https://[5f00::1]/x", "https://[e000::1]/x", "https://[2001:db8::1]/x"],
];

describe("an endpoint", () => {
  test.each(faulty_endpoints)("is refused that is %s", async (endpoint) => {
    const user = await server.user();
    const { status, body } = await subscribe(user.token, { ...aSubscription(), endpoint });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "bad_request", details: { path: "endpoint" } });
    expect(endpointsOf(user.id)).toEqual([]);
  });

  test.each([
    ...["https://fcm.googleapis.com/fcm/send/x:y", "https://1.1.1.1/x", "https://[2606:4700::1111]:8443/x"],
    ...["https://[2a00:1450:4001:800::200a]/x", "https://[2400::1]/x"],
  ])("will do that is %s", async (endpoint) => {
    expect((await subscribe((await server.user()).token, { ...aSubscription(), endpoint })).status).toBe(201);
  });

  test("may be of this machine, and of no other of its network, where a test wants it", () => {
    const faults = (all: string[]) => all.map((endpoint) => endpointFault(endpoint, true) === null);
    expect(faults(["http://127.0.0.1:8/x", "https://localhost/x", "http://[::1]/x"])).toEqual([true, true, true]);
    expect(faults(["http://10.0.0.1/x", "https://169.254.1.1/x", "http://example.org/x"])).toEqual([
      false,
      false,
      false,
    ]);
    expect(["127.0.0.1", "::1", "10.0.0.1"].map((address) => mayDial(address, true))).toEqual([true, true, false]);
  });
});

test("a name is judged by the addresses that it has when it is dialled", async () => {
  const service = openPushService();
  const { endpoint, keys } = service.subscribe();
  const pair = createECDH("prime256v1");
  const public_key = pair.generateKeys("base64url");
  const options = { keys: { public_key, private_key: pair.getPrivateKey("base64url") }, subject: "mailto:a@b.example" };
  const dialling = (allow_private: boolean) => createDial({ ...options, allow_private, clock: Date.now });
  const at = (url: string) => ({ login_id: 1, user_id: 1, endpoint: url, ...keys, previews: true });
  // The name has passed before, or led elsewhere then: it leads to this machine now.
  const named = endpoint.replace("127.0.0.1", "localhost");
  const push = { payload: JSON.stringify({ type: "message" }), topic: "topic" };
  for (const url of [named, endpoint]) expect(await dialling(false)(at(url), push)).toEqual({ state: "refused" });
  expect(service.all).toEqual([]);
  expect(await dialling(true)(at(named), push)).toEqual({ state: "sent" });
  expect(service.all).toHaveLength(1);
  service.stop();
});

test.each([
  ["no point of the curve", { p256dh: Buffer.alloc(65, 4).toString("base64url") }],
  ["a compressed point", { p256dh: createECDH("prime256v1").generateKeys("base64url", "compressed") }],
  ["a key too short", { p256dh: "BA" }],
  ["a secret too short", { auth: "abcd" }],
  ["no Base64", { auth: "~~~~~~~~~~~~~~~~~~~~~~" }],
])("keys are refused that are %s", async (_, faulty) => {
  const { token } = await server.user();
  const { status, body } = await subscribe(token, { ...aSubscription(), keys: { ...someKeys(), ...faulty } });
  expect({ status, body }).toMatchObject({ status: 400, body: { code: "bad_request", details: { path: "keys" } } });
});

describe("a subscription", () => {
  test("is one for a log-in, which may have another in its place, or none", async () => {
    const user = await server.user();
    await subscribe(user.token, aSubscription("first"));
    await subscribe(user.token, aSubscription("second"));
    expect(endpointsOf(user.id)).toEqual(["https://push.example.org/second"]);
    const end = () => server.call("DELETE", "/push/subscriptions", undefined, user.token);
    expect([await end(), await end()]).toEqual([
      { status: 200, body: { success: true } },
      { status: 200, body: { success: true } },
    ]);
    expect(endpointsOf(user.id)).toEqual([]);
  });

  test("is nothing for a bot", async () => {
    const owner = await server.user();
    const { body: bot } = await server.call("POST", "/bots", { name: uniqueName("bot") }, owner.token);
    const { status, body } = await subscribe(bot.token, aSubscription());
    expect({ status, body }).toMatchObject({ status: 403, body: { code: "forbidden" } });
  });

  test("of a browser is whose log-in came last", async () => {
    const [alice, bob] = [await server.user(), await server.user()];
    for (const { token } of [alice, bob]) await subscribe(token, aSubscription("shared"));
    expect([endpointsOf(alice.id), endpointsOf(bob.id)]).toEqual([[], ["https://push.example.org/shared"]]);
  });

  test("is refused beyond so many log-ins, and a log-in that has one may change it", async () => {
    const user = await server.user();
    const logins = [user];
    while (logins.length <= limits.push_subscriptions_per_user) logins.push(await server.login(user.name));
    const [last, ...others] = logins.reverse();
    for (const { token } of others) expect((await subscribe(token, aSubscription())).status).toBe(201);
    const { status, body } = await subscribe(last?.token ?? "", aSubscription());
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "limit_reached", details: { limit: "push_subscriptions_per_user" } });
    expect((await subscribe(user.token, aSubscription())).status).toBe(201);
  });

  /** By who: what ends it. */
  const ends: Record<string, (user: { id: number; token: string; name: string }) => Promise<unknown>> = {
    "a log-out": ({ token }) => server.call("POST", "/user/logout", undefined, token),
    "a new password": ({ token }) =>
      server.call("POST", "/user/password", { password: PASSWORD, new_password: "another horse battery" }, token),
    "the end of the account": ({ token }) => server.call("DELETE", "/user", { password: PASSWORD }, token),
    "another log-in of theirs": async ({ name }) => {
      const { token } = await server.login(name);
      const { logins } = (await server.call("GET", "/user/logins", undefined, token)).body;
      const old = logins.find((one: { current: boolean }) => !one.current);
      return server.call("DELETE", `/user/logins/${old.id}`, undefined, token);
    },
  };
  test.each(Object.entries(ends))("ends with %s", async (_, end) => {
    const user = await server.user();
    await subscribe(user.token, aSubscription());
    expect(endpointsOf(user.id)).toHaveLength(1);
    expect(await end(user)).toMatchObject({ body: { success: true } });
    expect(endpointsOf(user.id)).toEqual([]);
  });

  test("is in what its owner takes along, without what would let others send to it", async () => {
    const user = await server.user();
    const { endpoint, keys } = aSubscription("mine");
    await subscribe(user.token, { endpoint, keys, previews: false });
    const answer = await fetch(`${server.url}/api/v1/user/export`, {
      headers: { authorization: `Bearer ${user.token}` },
    });
    const files = unzipSync(await answer.bytes());
    const [line] = new TextDecoder().decode(files["push_subscriptions.jsonl"]).split("\n");
    expect(JSON.parse(line ?? "")).toEqual({
      ...{ push_service: "https://push.example.org", previews: false },
      created_date: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});
