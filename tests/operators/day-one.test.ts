// The servers that a new account comes into: those that are set for all, and that of the invite by which it was made.
// What was stored with the account is done by the next start, where this one ended in between.

import { afterEach, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command, commandWith } from "../harness/operators.ts";
import { PASSWORD, type Present, startServer, type TestServer, uniqueName } from "../harness/server.ts";

let server: TestServer;
afterEach(() => server.stop());

async function aHouse(): Promise<{ alice: Present; hall: number; yard: number }> {
  server = await startServer();
  const alice = await server.join(uniqueName("alice"));
  const [hall, yard] = [await foundServer(alice, "Hall"), await foundServer(alice, "Yard")];
  return { alice, hall, yard };
}

const set = async (name: string, value: string) => (await command(server, "settings", "set", name, value)).code;

const serversOf = async (who: Pick<Present, "client">): Promise<number[]> =>
  (await done(who, "get_servers")).servers.map(({ id }: Json) => id);

const register = (username: string, invite?: string) =>
  server.call("POST", "/user/register", { username, password: PASSWORD, invite });

const noted = () => readRows(server.folder, "select * from account_arrivals");

const usesOf = (code: string) => readRows(server.folder, "select uses from invites where code = ?", [code]);

test("a new account is in them when it first logs in, and those who are there are told", async () => {
  const { alice, hall, yard } = await aHouse();
  expect(await set("default_servers", `${hall},${yard}`)).toBe(0);
  await done(alice, "get_server_members", { server_id: hall, amount: 10, anchor: 0 });
  await alice.client.rest();
  const bob = await server.join();
  expect(await serversOf(bob)).toEqual([hall, yard]);
  expect(await alice.client.take("member_added")).toMatchObject({
    topic: `server:${hall}`,
    data: { member: { user_id: bob.id, name: bob.name } },
  });
  expect(noted()).toEqual([]);
  await done(bob, "leave_server", { server_id: yard });
  server = await server.restart();
  expect(await serversOf({ client: await server.connect(bob) })).toEqual([hall]);
});

test("so is one that the command line makes, that an administrator makes, and the first administrator's", async () => {
  const { hall } = await aHouse();
  await set("default_servers", String(hall));
  const [bob, carol, dave] = [uniqueName("bob"), uniqueName("carol"), uniqueName("dave")];
  await commandWith(server, { piped: PASSWORD }, "user", "add", bob, "--password-stdin");
  const link = (await Bun.file(`${server.folder}/first-admin`).text()).trim();
  const token = link.slice(link.indexOf("#") + 1);
  expect((await server.call("POST", "/user/setup", { token, username: dave, password: PASSWORD })).status).toBe(201);
  const admin = await administrator(server);
  const { body } = await server.call("POST", "/admin/users", { name: carol }, admin.token);
  const reset = body.link.slice(body.link.indexOf("#") + 1);
  await server.call("POST", "/user/reset", { token: reset, password: PASSWORD });
  for (const name of [bob, carol, dave]) {
    const client = await server.connect(await server.login(name));
    expect(await serversOf({ client })).toEqual([hall]);
  }
});

test("one that is gone, or locked, keeps nobody from making an account", async () => {
  const { alice, hall, yard } = await aHouse();
  await set("default_servers", `${hall}, ${yard}`);
  await done(alice, "delete_server", { server_id: hall });
  writeRows(server.folder, "update servers set locked_at = 1 where id = ?", [[yard]]);
  server = await server.restart();
  const bob = await server.join();
  expect(await serversOf(bob)).toEqual([]);
  expect(noted()).toEqual([]);
});

test("what broke off between the account and its coming in is done at the next start", async () => {
  const { hall, yard } = await aHouse();
  const bob = await server.join();
  writeRows(server.folder, "insert into account_arrivals values (?, ?)", [
    [bob.id, hall],
    [bob.id, yard],
    [7, yard],
  ]);
  server = await server.restart();
  const client = await server.connect(bob);
  while (noted().length > 0) await client.rest();
  expect(await serversOf({ client })).toEqual([hall, yard]);
});

test("only servers can be set, and not many", async () => {
  const { hall } = await aHouse();
  const admin = await administrator(server);
  const put = (value: string) =>
    server.call("POST", "/admin/settings", { name: "default_servers", value }, admin.token);
  expect((await put(`${hall},7`)).body).toMatchObject({
    code: "not_found",
    message: expect.stringContaining("There is no server 7"),
  });
  const many = Array.from({ length: limits.default_servers + 1 }, (_, at) => at + 1).join(",");
  for (const value of ["Hall", `${hall},`, `${hall},${hall}`, "-1", "1e3", many]) {
    expect((await put(value)).body).toMatchObject({ code: "bad_request", details: { path: "value" } });
  }
  expect(await set("default_servers", String(hall))).toBe(0);
  expect(await set("default_servers", "")).toBe(0);
  expect(await serversOf(await server.join())).toEqual([]);
});

test("where they are set to, invites to servers let somebody make an account, who comes in by that use", async () => {
  const { alice, hall, yard } = await aHouse();
  const { invite } = await done(alice, "add_invite", { server_id: hall, max_uses: 1 });
  await set("registration", "invite");
  expect(await register(uniqueName(), invite.code)).toMatchObject({ status: 403, body: { code: "forbidden" } });
  await set("server_invites_admit", "on");
  await set("default_servers", `${hall},${yard}`);
  const bob = uniqueName("bob");
  expect(await register(alice.name, invite.code)).toMatchObject({ status: 409 });
  expect(await register(bob, invite.code)).toMatchObject({ status: 201 });
  expect(await serversOf({ client: await server.connect(await server.login(bob)) })).toEqual([hall, yard]);
  expect(usesOf(invite.code)).toEqual([{ uses: 1 }]);
  expect(await register(uniqueName(), invite.code)).toMatchObject({ status: 403 });
});

test("at once, a use lets in one", async () => {
  const { alice, hall } = await aHouse();
  const { invite } = await done(alice, "add_invite", { server_id: hall, max_uses: 1 });
  await set("registration", "invite");
  await set("server_invites_admit", "on");
  const answers = await Promise.all(Array.from({ length: 8 }, () => register(uniqueName(), invite.code)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(403)]);
  expect(usesOf(invite.code)).toEqual([{ uses: 1 }]);
});

test("an invite that is over, or of a server that takes nobody, lets nobody make an account", async () => {
  const { alice, hall, yard } = await aHouse();
  await set("registration", "invite");
  await set("server_invites_admit", "on");
  const codes: string[] = [];
  for (const server_id of [hall, yard]) codes.push((await done(alice, "add_invite", { server_id })).invite.code);
  const [to_hall, to_yard] = codes as [string, string];
  writeRows(server.folder, "update invites set expires_at = 1 where code = ?", [[to_hall]]);
  expect((await register(uniqueName(), to_hall)).status).toBe(403);
  writeRows(server.folder, "update servers set locked_at = 1 where id = ?", [[yard]]);
  expect((await register(uniqueName(), to_yard)).status).toBe(403);
  writeRows(server.folder, "update servers set locked_at = null where id = ?", [[yard]]);
  expect((await register(uniqueName(), to_yard)).status).toBe(201);
  await done(alice, "delete_server", { server_id: yard });
  expect((await register(uniqueName(), to_yard)).status).toBe(403);
});
