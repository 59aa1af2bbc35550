// The list of members: in order, whole once it was loaded, and live.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { MemberList } from "../../src/client/index.ts";
import { startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { foundServer, inviteInto, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ presence_grace_ms: 50 });
});
afterAll(() => server.stop());

type Shown = [title: string, names: string[]];

const shown = (list: MemberList): Shown[] =>
  list.groups.map(({ role, is_here, members }) => [
    role?.name ?? (is_here ? "here" : "away"),
    members.map(({ nickname, name }) => nickname ?? name),
  ]);

/** Settles when the list shows this. */
function reaches(list: MemberList, wanted: Shown[]): Promise<void> {
  const is = () => Bun.deepEquals(shown(list), wanted);
  return new Promise((resolve) => {
    if (is()) return resolve();
    const off = list.on(() => {
      if (!is()) return;
      off();
      resolve();
    });
  });
}

test("members stand by role, presence and name, whatever happens to them", async () => {
  const names = ["bob", "Carol", "dave"].map((name) => uniqueName(name));
  const users = await Promise.all(names.map((name) => server.user(name)));
  const owner = await present(server, { user: await server.user(uniqueName("alice")) });
  const { server_id } = await foundServer(owner.client);
  const guests = await Promise.all(users.map((user) => present(server, { user })));
  await inviteInto(server_id, owner.client, ...guests.map(({ client }) => client));
  const [bob, carol, dave] = guests;
  if (!bob || !carol || !dave) throw new Error("nobody came");
  const list = new MemberList(owner.client, server_id, "en");
  expect(list.groups).toEqual([]);
  expect(await list.loadMore(2)).toBe(true);
  expect(list.members).toHaveLength(2);
  await list.load();
  expect(list.is_whole).toBe(true);
  const [alice_name, bob_name, carol_name, dave_name] = [owner, bob, carol, dave].map(({ user }) => user.name);
  const [a, b, c, d] = [alice_name ?? "", bob_name ?? "", carol_name ?? "", dave_name ?? ""];
  await reaches(list, [["here", [a, b, c, d]]]);

  const { role } = await owner.client.ask("add_role", { server_id, name: "Pickers" });
  const change = (user_id: number, changes: { roles?: number[]; nickname?: string }) =>
    owner.client.ask("update_member", { server_id, user_id, changes });
  await change(carol.user.id, { roles: [role.id] });
  await change(dave.user.id, { nickname: "Aaron" });
  await reaches(list, [
    ["Pickers", [c]],
    ["here", ["Aaron", a, b]],
  ]);
  carol.client.close();
  await reaches(list, [
    ["here", ["Aaron", a, b]],
    ["away", [c]],
  ]);
  await bob.client.ask("update_user", { changes: { status: "invisible" } });
  await owner.client.ask("delete_role", { role_id: role.id });
  await reaches(list, [
    ["here", ["Aaron", a]],
    ["away", [b, c]],
  ]);
  await dave.client.ask("leave_server", { server_id });
  await reaches(list, [
    ["here", [a]],
    ["away", [b, c]],
  ]);
  const later = await present(server, { user: await server.user(uniqueName("zoe")) });
  await inviteInto(server_id, owner.client, later.client);
  await reaches(list, [
    ["here", [a, later.user.name]],
    ["away", [b, c]],
  ]);
  await owner.client.ask("delete_server", { server_id });
  await reaches(list, []);
  list.close();
  for (const { client } of [owner, bob, dave, later]) client.close();
});

test("what doesn't concern it tells nobody, and a closed one is told nothing", async () => {
  const owner = await present(server);
  const { server_id, channel_id } = await foundServer(owner.client);
  const list = new MemberList(owner.client, server_id);
  await list.load();
  await owner.client.settled();
  let told = 0;
  list.on(() => {
    told += 1;
  });
  await owner.client.ask("get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
  await owner.client.send(channel_id, "hello");
  await owner.client.settled();
  expect(told).toBe(0);
  list.close();
  await owner.client.ask("update_member", { server_id, user_id: owner.user.id, changes: { nickname: "The boss" } });
  await owner.client.settled();
  expect(told).toBe(0);
  owner.client.close();
});
