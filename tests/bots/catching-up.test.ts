// A bot that was away: what it may follows from its owner, too, so that what became of these meanwhile bears on its copy.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { addChannel, addRole, anOrchard, giveRoles } from "../community/structure/orchard.ts";
import { done } from "../harness/community.ts";
import type { Present } from "../harness/server.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { sync } from "../sync/asking.ts";
import { bringBot } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const seqOf = async (who: Present, server_id: number): Promise<number> =>
  (await done(who, "get_server_channels", { server_id })).seq;

test("what the owner may otherwise is a new copy, and what is said of others comes as it happened", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  const topic = `server:${server_id}`;
  const since = await seqOf(bot, server_id);
  await done(bob, "update_member", { server_id, user_id: bob.id, changes: { nickname: "Bobby" } });
  const topics = await sync(bot, { [topic]: since });
  expect(topics[topic].events).toMatchObject([{ type: "member_changed", data: { member: { user_id: bob.id } } }]);
  const secret_role = await addRole(orchard);
  await addChannel(orchard, { roles: [secret_role] });
  const later = await seqOf(bot, server_id);
  const { members } = await done(alice, "get_server_members", { server_id, amount: 100, anchor: 0 });
  const { roles } = members.find(({ user_id }: { user_id: number }) => user_id === owner.id);
  await giveRoles(orchard, owner, ...roles, secret_role);
  expect((await sync(bot, { [topic]: later }))[topic]).toEqual({ reset: true });
  const newest = await seqOf(bot, server_id);
  expect((await sync(bot, { [topic]: newest }))[topic]).toEqual({ seq: newest, events: [] });
});

test("of a server that it left with its owner, it is told that it is gone", async () => {
  const orchard = await anOrchard(server);
  const { server_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  const since = await seqOf(bot, server_id);
  await bot.client.close();
  await done(owner, "leave_server", { server_id });
  const back = { ...bot, client: await server.connect(bot) };
  expect(await sync(back, { [`server:${server_id}`]: since })).toEqual({ [`server:${server_id}`]: { gone: true } });
});
