// What nobody learns from `sync`, whatever they ask; and what they are answered while others never rest.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { aPlace, returned, seqsOf, sync } from "./asking.ts";

let server: TestServer;
let alice: Present;
let bob: Present;
let server_id: number;
let general: number;

beforeAll(async () => {
  server = await startServer();
  ({ alice, bob, server_id, general } = await aPlace(server));
});
afterAll(() => server.stop());

const say = async (channel_id: number, content: string): Promise<number> =>
  (await done(alice, "add_message", { channel_id, content })).message.id;

const addHidden = async (): Promise<number> =>
  (await done(alice, "add_channel", { server_id, name: "hidden", roles: [] })).channel.id;

test("how much is said in a hidden channel doesn't show in what is answered of another", async () => {
  const hidden = await addHidden();
  await say(general, "hello");
  const ask = (): Promise<Json> => sync(bob, { [`channel:${hidden}`]: 0, [`channel:${general}`]: 0 });
  const before = await ask();
  const enough = Math.ceil(limits.sync_bytes / limits.message_length) + 1;
  await Promise.all(Array.from({ length: enough }, () => say(hidden, "x".repeat(limits.message_length))));
  expect(await ask()).toEqual(before);
});

test("changes of what one may not see don't make one load anew", async () => {
  const standing = limits.sync_changes;
  const limit = limits as { sync_changes: number };
  const topic = `server:${server_id}`;
  const { [topic]: seq = 0 } = await seqsOf(bob, [topic]);
  const hidden = await addHidden();
  for (const name of ["one", "two", "three", "four"]) {
    const overwrites = [{ user_id: bob.id, allow: [], deny: ["view_channel"] }];
    await done(alice, "update_channel", { channel_id: hidden, changes: { name, overwrites } });
    await done(alice, "update_channel", { channel_id: hidden, changes: { roles: [] } });
  }
  limit.sync_changes = 3;
  const answers = await sync(bob, { [topic]: seq });
  limit.sync_changes = standing;
  expect(answers[topic].events).toEqual([]);
});

test("what ended behind more than is read of what ended is not forgotten", async () => {
  const standing = limits.sync_changes;
  const limit = limits as { sync_changes: number };
  const topic = `server:${server_id}`;
  const { channel: last } = await done(alice, "add_channel", { server_id, name: "last" });
  const { [topic]: seq = 0 } = await seqsOf(bob, [topic]);
  for (let passing = 0; passing < 4; passing += 1) {
    const { channel } = await done(alice, "add_channel", { server_id, name: "passing" });
    await done(alice, "delete_channel", { channel_id: channel.id });
  }
  await done(alice, "delete_channel", { channel_id: last.id });
  limit.sync_changes = 3;
  const answers = await sync(bob, { [topic]: seq });
  limit.sync_changes = standing;
  const data = { server_id, channel_id: last.id };
  expect(answers[topic].events).toMatchObject([{ type: "channel_deleted", data }]);
});

test("who wasn't there yet, or couldn't view the channel then, learns nothing of what has ended in it", async () => {
  const { channel } = await done(alice, "add_channel", { server_id, name: "inner", roles: [] });
  const topic = `channel:${channel.id}`;
  const message_id = await say(channel.id, "before your time");
  const { [topic]: seq = 0 } = await seqsOf(alice, [topic]);
  await done(alice, "delete_message", { message_id });
  const { roles } = await done(alice, "get_server_roles", { server_id });
  await done(alice, "update_channel", { channel_id: channel.id, changes: { roles: [roles.at(-1).id] } });
  const newcomer = await server.join();
  await inviteInto(server_id, alice, newcomer);
  expect((await sync(alice, { [topic]: seq }))[topic].events).toMatchObject([{ type: "message_deleted" }]);
  expect(await sync(bob, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
  expect(await sync(newcomer, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
});

test("who could view a channel by the category that it was in then is told what has ended in it", async () => {
  const hidden = { server_id, name: "hidden", overwrites: [{ user_id: bob.id, allow: ["view_channel"], deny: [] }] };
  const { roles } = await done(alice, "get_server_roles", { server_id });
  const nobody = { role_id: roles.at(-1).id, allow: [], deny: ["view_channel"] };
  hidden.overwrites.push(nobody as never);
  const { category: was } = await done(alice, "add_category", hidden);
  const { category: is } = await done(alice, "add_category", { server_id, name: "open" });
  const { channel } = await done(alice, "add_channel", { server_id, name: "moved", category_id: was.id });
  const topic = `channel:${channel.id}`;
  const message_id = await say(channel.id, "soon gone");
  const newcomer = await server.join();
  await inviteInto(server_id, alice, newcomer);
  const { [topic]: seq = 0 } = await seqsOf(bob, [topic]);
  await done(alice, "update_category", { category_id: was.id, changes: { overwrites: [] } });
  await done(alice, "update_channel", { channel_id: channel.id, changes: { category_id: is.id } });
  await done(alice, "delete_category", { category_id: was.id });
  await done(alice, "delete_message", { message_id });
  expect((await sync(bob, { [topic]: seq }))[topic].events).toMatchObject([{ type: "message_deleted" }]);
  expect(await sync(newcomer, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
});

test.each([
  ["sync_history", 4],
  ["sync_history_bytes", 10],
] as const)("of more history than %s allows none is read: the topic is loaded again", async (name, most) => {
  const limit = limits as Record<typeof name, number>;
  const standing = limit[name];
  const topic = `server:${server_id}`;
  const { channel } = await done(alice, "add_channel", { server_id, name: "shifting" });
  const { [topic]: seq = 0 } = await seqsOf(bob, [topic]);
  for (const rules of [["add_reactions"], [], ["add_reactions"], [], ["send_messages"]]) {
    const overwrites = [
      { user_id: bob.id, allow: rules, deny: [] },
      { user_id: alice.id, allow: rules, deny: [] },
    ];
    await done(alice, "update_channel", { channel_id: channel.id, changes: { overwrites } });
  }
  const whole = await sync(bob, { [topic]: seq });
  expect(whole[topic].events.length).toBeGreaterThan(0);
  limit[name] = most;
  const answers = await sync(bob, { [topic]: seq });
  limit[name] = standing;
  expect(answers).toEqual({ [topic]: { reset: true } });
});

test("a long answer is read in pieces, each message once and in its order", async () => {
  const topic = `channel:${general}`;
  const { [topic]: seq = 0 } = await seqsOf(bob, [topic]);
  const ids: number[] = [];
  for (let said = 0; said < 2 * limits.sync_slice; said += 1) ids.push(await say(general, `${said}`));
  const answers = await sync(bob, { [topic]: seq });
  expect(answers[topic].events.map(({ data }: Json) => data.id)).toEqual(ids);
});

test("a room that never rests is answered of all the same, and so is a quiet one beside it", async () => {
  // Nothing of it is in memory.
  server = await server.restart();
  [alice, bob] = [
    { ...alice, client: await server.connect(alice) },
    { ...bob, client: await server.connect(bob) },
  ];
  const quiet = await foundServer(alice, "Quiet");
  await inviteInto(quiet, alice, bob);
  const seqs = await seqsOf(bob, [`server:${quiet}`, `server:${server_id}`, `channel:${general}`]);
  const message_id = await say(general, "like this");
  let resting = false;
  const restless = Array.from({ length: 40 }, async (_, number) => {
    const type = number % 2 === 0 ? "add_reaction" : "remove_reaction";
    while (!resting) await alice.client.ask({ type, data: { message_id, emoji: "👍" } });
  });
  bob = await returned(server, bob);
  const answers = await sync(bob, seqs);
  resting = true;
  await Promise.all(restless);
  expect(answers[`server:${quiet}`].events).toEqual([]);
  expect(answers[`channel:${general}`].events).toMatchObject([{ type: "message_added", data: { id: message_id } }]);
});
