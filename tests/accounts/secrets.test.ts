// The log never holds a secret: a day of everything that carries one, logged in the finest detail and with nothing
// struck out, and then a look for them.

import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import pino from "pino";
import { startApp } from "../../src/app.ts";
import { TestClient } from "../harness/client.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, serverAt, testConfig, uniqueName } from "../harness/server.ts";

const NEW_PASSWORD = "another horse battery";

test("no password, hash, token or signing secret reaches the log, not even when the database fails", async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      done();
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  const app = await startApp(testConfig(folder), pino({ level: "trace" }, stream), "test");
  const server = serverAt(app.url, folder);

  const alice = await server.join();
  const bob = await server.user();
  const by_header = await TestClient.open(server.url, null, { authorization: `Bearer ${bob.token}` });
  await by_header.take("ready");
  by_header.send({ type: "now-playing", message: 5, password: PASSWORD, token: bob.token });
  await by_header.take("error");
  for (const token of [bob.token, `${bob.token}x`]) {
    const offer = { "sec-websocket-protocol": `orchard, auth.${token}` };
    await (await TestClient.open(server.url, null, offer)).take(({ type }) => type === "ready" || type === "error");
  }
  const bad = await TestClient.open(server.url, `${alice.token}x`);
  await bad.closed;
  await server.call("POST", "/user/login", { username: alice.name, password: NEW_PASSWORD });
  await server.call("POST", "/user/login", { username: alice.name, password: [PASSWORD] });
  await fetch(`${server.url}/nowhere?auth=${alice.token}`);
  await fetch(`${server.url}/api/v1/user/login`, { method: "POST", body: `{"password": "${PASSWORD}"` });
  const changed = await server.call(
    "POST",
    "/user/password",
    { password: PASSWORD, new_password: NEW_PASSWORD },
    alice.token,
  );
  await server.call("POST", "/user/logout", undefined, changed.body.token);
  const hashes = await readRows(folder, "select password_hash from users");
  const [secret] = await readRows(folder, "select value from settings where key = 'jwt_secret'");

  await writeRows(folder, "drop table logins", [[]]);
  const login = await server.call("POST", "/user/login", { username: bob.name, password: PASSWORD });
  expect(login).toMatchObject({ status: 500, body: { success: false, code: "internal" } });
  expect(login.body.message).not.toContain("logins");
  await server.call("GET", "/user/profile", undefined, bob.token);
  await (await TestClient.open(server.url, bob.token)).closed;
  await writeRows(folder, "drop table users", [[]]);
  await server.call("POST", "/user/register", { username: uniqueName(), password: PASSWORD });
  await app.stop();
  await rm(folder, { recursive: true, force: true });

  const log = lines.join("");
  const [, reference] = login.body.message.match(/reference is (\S+)\.$/);
  expect(log).toContain(reference);
  const secrets = [PASSWORD, NEW_PASSWORD, alice.token, bob.token, changed.body.token, String(secret?.["value"])];
  for (const hash of hashes) secrets.push(String(hash["password_hash"]));
  expect(secrets.filter((text) => log.includes(text))).toEqual([]);
});
