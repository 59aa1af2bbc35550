import { afterAll, beforeAll, expect, test } from "bun:test";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";

const NEW_PASSWORD = "another horse battery";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const change = (token: string, password: string, new_password: string) =>
  server.call("POST", "/user/password", { password, new_password }, token);
const validate = (token: string) => server.call("GET", "/validate_jwt", undefined, token);

test("a changed password brings a new token, and every old one dies with its sockets", async () => {
  const alice = await server.user();
  const elsewhere = await server.login(alice.name);
  const sockets = await Promise.all([server.connect(alice), server.connect(alice), server.connect(elsewhere)]);
  const answer = await change(alice.token, PASSWORD, NEW_PASSWORD);
  expect(answer).toEqual({ status: 200, body: { success: true, token: expect.any(String) } });
  for (const { token } of [alice, elsewhere]) expect((await validate(token)).status).toBe(401);
  for (const { closed } of sockets) expect((await closed).code).toBe(4002);
  expect((await validate(answer.body.token)).status).toBe(200);
  const client = await server.connect(answer.body);
  expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
});

test("only the new password is good afterwards", async () => {
  const alice = await server.user();
  await change(alice.token, PASSWORD, NEW_PASSWORD);
  const old = await server.call("POST", "/user/login", { username: alice.name, password: PASSWORD });
  expect(old).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  expect(await server.login(alice.name, NEW_PASSWORD)).toMatchObject({ id: alice.id });
});

test("who doesn't know the password can't change it, and nobody is thrown out", async () => {
  const alice = await server.join();
  expect(await change(alice.token, "wrong horse battery", NEW_PASSWORD)).toEqual({
    status: 401,
    body: { success: false, code: "unauthorized", message: expect.any(String), details: { path: "password" } },
  });
  expect((await validate(alice.token)).status).toBe(200);
  expect(await alice.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  expect(await server.login(alice.name)).toMatchObject({ id: alice.id });
});

test("a new password keeps the rules for passwords", async () => {
  const alice = await server.user();
  for (const bad of ["", "1234567", "p".repeat(257)]) {
    expect(await change(alice.token, PASSWORD, bad)).toMatchObject({
      status: 400,
      body: { success: false, code: "bad_request", details: { path: "new_password" } },
    });
  }
  expect((await validate(alice.token)).status).toBe(200);
});

test("another user's sockets are not touched", async () => {
  const [alice, bob] = await Promise.all([server.user(), server.join()]);
  await change(alice.token, PASSWORD, NEW_PASSWORD);
  expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
});
