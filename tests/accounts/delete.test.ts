import { afterAll, beforeAll, expect, test } from "bun:test";
import { PASSWORD, startServer, type TestServer, uniqueName } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const remove = ({ token }: { token: string }, password = PASSWORD) =>
  server.call("DELETE", "/user", { password }, token);

test("a deleted account's tokens die and its sockets close with 4002", async () => {
  const alice = await server.join();
  const elsewhere = await server.login(alice.name);
  const phone = await server.connect(elsewhere);
  expect(await remove(alice)).toEqual({ status: 200, body: { success: true } });
  for (const { closed } of [alice.client, phone]) expect((await closed).code).toBe(4002);
  for (const { token } of [alice, elsewhere]) {
    expect((await server.call("GET", "/validate_jwt", undefined, token)).status).toBe(401);
  }
  expect((await remove(alice)).status).toBe(401);
});

test("its name can't log in any more, and is free for another", async () => {
  const alice = await server.user();
  await remove(alice);
  const login = await server.call("POST", "/user/login", { username: alice.name, password: PASSWORD });
  expect(login).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  const successor = await server.user(alice.name.toUpperCase());
  expect(successor.id).not.toBe(alice.id);
  const client = await server.connect(successor);
  expect((await client.ask({ type: "get-friends" }))["result"]).toEqual([]);
});

test("it goes from the lists of friends, of those asked and of those who asked", async () => {
  const [alice, bob] = await server.friends();
  const [carol, dave] = await Promise.all([server.join(uniqueName("carol")), server.join(uniqueName("dave"))]);
  await alice.client.ask({ type: "send-friend-request", message: carol.name });
  await dave.client.ask({ type: "send-friend-request", message: alice.name });
  await Promise.all([alice, bob, carol, dave].map(({ client }) => client.rest()));
  await remove(alice);
  for (const { client } of [bob, carol, dave]) {
    const update = await client.take("friend-list-update");
    expect(update).toMatchObject({ data: { id: alice.id, name: alice.name, type: "none", status: 0, playing: null } });
    expect((await client.ask({ type: "get-friends" }))["result"]).toEqual([]);
    expect((await client.ask({ type: "get-friend-requests" }))["result"]).toEqual([]);
  }
  const again = await bob.client.ask({ type: "send-friend-request", message: alice.name });
  expect(again).toMatchObject({ type: "error", code: "not_found" });
  const by_id = await carol.client.ask({ type: "accept-friend-request", message: String(alice.id) });
  expect(by_id).toMatchObject({ type: "error", code: "not_found" });
});

test("those who were friends hear nothing when its grace time ends", async () => {
  const [alice, bob] = await server.friends();
  const [carol, dave] = await server.friends();
  alice.client.send({ type: "now-playing", message: "Chess" });
  await alice.client.rest();
  await remove(alice);
  await bob.client.take(({ type, data }) => type === "friend-list-update" && data.type === "none");
  await bob.client.rest();
  await dave.client.close();
  await carol.client.take("friend-list-update");
  expect(await bob.client.rest()).toEqual([]);
});

test("who doesn't know the password can't delete it", async () => {
  const [alice, bob] = await server.friends();
  expect(await remove(alice, "wrong horse battery")).toEqual({
    status: 401,
    body: { success: false, code: "unauthorized", message: expect.any(String), details: { path: "password" } },
  });
  expect(await alice.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  expect(await bob.client.rest()).toEqual([]);
  expect(await server.login(alice.name)).toMatchObject({ id: alice.id });
});
