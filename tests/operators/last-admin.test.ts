// Over HTTP somebody always stays who runs the server, whichever way the last of them would go; at the machine any may.

import { afterEach, expect, test } from "bun:test";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
afterEach(() => server.stop());

const password = { password: PASSWORD };

/** How they may go of themselves. */
const ways: Record<string, (who: TestUser) => ReturnType<TestServer["call"]>> = {
  "as a person": ({ token }) => server.call("DELETE", "/user", password, token),
  "as an administrator": ({ id, token }) => server.call("DELETE", `/admin/users/${id}`, password, token),
  "by giving it up": ({ id, token }) =>
    server.call("POST", `/admin/users/${id}/admin`, { ...password, admin: false }, token),
};

const admins = () =>
  readRows(server.folder, "select id from users where admin_since is not null and deleted_at is null");

test.each(Object.entries(ways))("the last can't go %s, one of two can", async (_, go) => {
  server = await startServer();
  const alice = await administrator(server);
  expect(await go(alice)).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect(await server.login(alice.name)).toMatchObject({ id: alice.id });
  const bob = await administrator(server);
  expect((await go(alice)).status).toBe(200);
  expect((await go(bob)).status).toBe(409);
  expect(admins()).toEqual([{ id: bob.id }]);
});

test("of two who go at once, one stays", async () => {
  server = await startServer();
  const both = [await administrator(server), await administrator(server)];
  const gone = await Promise.all(both.flatMap((one) => Object.values(ways).map((go) => go(one))));
  expect(gone.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(admins()).toHaveLength(1);
});

test("one whose end has begun doesn't count", async () => {
  server = await startServer();
  const [alice, bob] = [await administrator(server), await administrator(server)];
  // As it is between the two transactions of an end by an operator.
  writeRows(server.folder, "insert into account_removals values (?, 0, 1)", [[bob.id]]);
  for (const go of Object.values(ways)) expect((await go(alice)).status).toBe(409);
});

test("one who is suspended doesn't count, until that is over", async () => {
  server = await startServer();
  const [alice, bob] = [await administrator(server), await administrator(server)];
  await command(server, "user", "suspend", bob.name);
  for (const go of Object.values(ways)) expect((await go(alice)).status).toBe(409);
  writeRows(server.folder, "update users set suspended_until = 1 where id = ?", [[bob.id]]);
  expect((await ways["by giving it up"]?.(alice))?.status).toBe(200);
});

test("at the machine the last may go", async () => {
  server = await startServer();
  const alice = await administrator(server);
  expect((await command(server, "user", "delete", alice.name, "--yes")).code).toBe(0);
  expect(admins()).toEqual([]);
  server = await server.restart();
  expect(await Bun.file(`${server.folder}/first-admin`).exists()).toBe(true);
});
