// A day of two people and a bot, from the first message to the one who goes: what they do with each other, in one place
// and over real sockets, each hearing of it as it happens or, after an absence, by `sync`.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { returned, sync } from "../sync/asking.ts";
import { pngOf } from "../uploads/samples.ts";
import { joinBot } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

let [alice, bob, bot]: Present[] = [];
let server_id: number;
let channel_id: number;

/** They are there from the first step on. */
const people = () => ({ alice: alice as Present, bob: bob as Present, bot: bot as Present });

const say = async (who: Present, content: string, more: Json = {}): Promise<Json> =>
  (await done(who, "add_message", { channel_id, content, ...more })).message;

const heard = ({ client }: Present, content: string) =>
  client.take((frame) => frame["type"] === "message_added" && frame["data"].content === content);

const pageOf = (who: Present, of = channel_id): Promise<Json> =>
  done(who, "get_message_chunk", { channel_id: of, amount: 50, anchor: 0, direction: true });

test("in the morning alice has a place, a friend and a bot in it", async () => {
  [alice, bob] = await server.friends();
  const { alice: owner, bob: guest } = people();
  server_id = await foundServer(owner, "Orchard");
  await inviteInto(server_id, owner, guest);
  bot = await joinBot(server, owner);
  const rules = ["view_channel", "read_history", "send_messages", "add_reactions"];
  await done(owner, "add_bot", { server_id, bot_id: bot.id, rules });
  const { categories } = await done(guest, "get_server_channels", { server_id });
  channel_id = categories[0].channels[0].id;
  for (const one of [owner, guest, bot]) await pageOf(one);
  const { members } = await done(guest, "get_server_members", { server_id, amount: 10, anchor: 0 });
  expect(members).toHaveLength(3);
  expect(members.filter((member: Json) => member.bot)).toMatchObject([{ user_id: bot.id, rules }]);
});

test("the bot answers who asks it, where they ask, and pings nobody", async () => {
  const { bob, bot } = people();
  const { id } = await say(bob, "!time");
  expect((await heard(bot, "!time"))["data"]).toMatchObject({ id, author_id: bob.id });
  await say(bot, "it is early", { reply_to: id, nonce: `time ${id}` });
  await say(bot, "it is early", { reply_to: id, nonce: `time ${id}` });
  expect((await heard(bob, "it is early"))["data"]).toMatchObject({ reply_to: id, author_id: bot.id });
  const { messages } = await pageOf(bob);
  expect(messages.map(({ content }: Json) => content)).toEqual(["!time", "it is early"]);
  const { conversation } = await done(bob, "open_conversation", { user_ids: [bot.id] });
  const of_two = conversation.channel_id;
  expect(await refusal(bot, "add_message", { channel_id: of_two, content: "psst" })).toMatchObject({
    code: "forbidden",
  });
  await done(bob, "add_message", { channel_id: of_two, content: "!time" });
  await bot.client.take("conversation_added");
  await done(bot, "add_message", { channel_id: of_two, content: "still early" });
  expect((await pageOf(bob, of_two)).messages.at(-1)).toMatchObject({ content: "still early", server_id: null });
  expect(await refusal(bot, "open_conversation", { user_ids: [bob.id] })).toMatchObject({ code: "forbidden" });
});

test("at noon they share a picture, pin it, and a program tells what it has done", async () => {
  const { alice, bob, bot } = people();
  const headers = { authorization: `Bearer ${alice.token}` };
  const sent = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: await pngOf(4, 3) });
  const { id: upload_id, url } = (await sent.json()) as Json;
  const { id: message_id } = await say(alice, "look", { attachments: [upload_id] });
  expect((await heard(bot, "look"))["data"].attachments).toMatchObject([{ id: upload_id, width: 4, height: 3 }]);
  expect((await fetch(server.url + url)).status).toBe(200);
  await done(bot, "add_reaction", { message_id, emoji: "🍎" });
  await done(alice, "pin_message", { message_id });
  expect((await done(bob, "get_pins", { channel_id })).messages).toMatchObject([{ id: message_id, pinned: true }]);
  const { webhook } = await done(alice, "add_webhook", { channel_id, name: "Builder" });
  const body = JSON.stringify({ content: "built" });
  const post = { method: "POST", headers: { "idempotency-key": "build 1" }, body };
  expect((await fetch(server.url + webhook.url, post)).status).toBe(200);
  expect((await fetch(server.url + webhook.url, post)).status).toBe(200);
  expect((await heard(bot, "built"))["data"].author).toMatchObject({ name: "Builder", webhook: true });
  expect(await refusal(bot, "add_webhook", { channel_id, name: "Mine" })).toMatchObject({ code: "forbidden" });
});

test("in the afternoon there is order: who is timed out is silent, and so is the bot of who is", async () => {
  const { alice, bob, bot } = people();
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const timeOut = (timed_out_until: string | null) =>
    done(alice, "update_member", { server_id, user_id: bob.id, changes: { timed_out_until }, reason: "shouting" });
  await timeOut(until);
  expect(await refusal(bob, "add_message", { channel_id, content: "!!!" })).toMatchObject({ code: "forbidden" });
  await say(bot, "bob is having a rest");
  await timeOut(null);
  await say(bob, `sorry <@${alice.id}>`);
  const { messages } = await done(alice, "get_mentions", { amount: 10, anchor: 0 });
  expect(messages).toMatchObject([{ author_id: bob.id, mentions: [alice.id] }]);
  const { entries } = await done(alice, "get_audit_log", { server_id, amount: 50, anchor: 0 });
  const types = entries.map(({ type }: Json) => type);
  expect(types).toContain("bot_added");
  expect(entries.find(({ type }: Json) => type === "member_timed_out")).toMatchObject({ target_id: bob.id });
});

test("in the evening the bot is away, the server starts anew, and it is told what it missed", async () => {
  const before = people();
  const { seq } = await pageOf(before.bot);
  await before.bot.client.close();
  const missed = await say(before.bob, "!time, once more");
  server = await server.restart();
  for (const one of [before.alice, before.bob]) one.client = await server.connect(one);
  const back = await returned(server, before.bot);
  bot = back;
  const topic = `channel:${channel_id}`;
  const { [topic]: answer } = await sync(back, { [topic]: seq });
  expect(answer.events).toMatchObject([
    { type: "message_added", data: { id: missed.id, content: "!time, once more" } },
  ]);
  await say(back, "it is late", { reply_to: missed.id });
  expect((await pageOf(before.bob)).messages.at(-1)).toMatchObject({ content: "it is late", reply_to: missed.id });
});

test("at night alice hands the place over and goes, and the bot with her", async () => {
  const { alice, bob, bot } = people();
  await done(bob, "get_server_channels", { server_id });
  await done(alice, "transfer_server", { server_id, user_id: bob.id });
  expect(await refusal(bot, "get_invites", { server_id })).toMatchObject({ code: "forbidden" });
  await done(alice, "leave_server", { server_id });
  for (const user_id of [alice.id, bot.id]) {
    await bob.client.take((frame) => frame["type"] === "member_deleted" && frame["data"].user_id === user_id);
  }
  expect(await refusal(bot, "add_message", { channel_id, content: "hello?" })).toMatchObject({ code: "not_found" });
  expect((await done(bot, "get_servers")).servers).toEqual([]);
  expect((await done(bob, "get_server", { server_id })).server).toMatchObject({ num_members: 1, owner_id: bob.id });
  const { messages } = await pageOf(bob);
  expect(messages.filter(({ author_id }: Json) => author_id === bot.id)).toHaveLength(3);
});
