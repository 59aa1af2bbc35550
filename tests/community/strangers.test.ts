// What one may not know of doesn't exist: whoever isn't a member, or can't view a channel, gets word for word what they
// would get for an id that nothing has, from every message type that a room answers.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type MessageType, messages } from "../../src/protocol/catalogue.ts";
import type { MessageLiteral, RoomKey } from "../../src/protocol/message.ts";
import { botOf } from "../bots/programs.ts";
import type { Frame, Json } from "../harness/client.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { type SampleIds, sampleRequest } from "./request-samples.ts";

const hidden_from_bob: RoomKey[] = ["channel_id", "message_id", "webhook_id"];
const absent: SampleIds = {
  server_id: 1,
  channel_id: 2,
  category_id: 3,
  role_id: 4,
  message_id: 5,
  webhook_id: 6,
  invite_code: "none",
  conversation_id: 6,
};

let server: TestServer;
let alice: Present;
/** A member who may manage everything, but can't view the hidden channel. */
let bob: Present;
let mallory: Present;
/** Left of their own accord, sent away, and sent away for good. */
let former: Present;
let removed: Present;
let banned: Present;
/** Of alice's server: what is there, and of it what is hidden from bob. */
let real: SampleIds;
let hidden: SampleIds;

const community: readonly MessageLiteral[] = messages.filter(({ dialect }) => dialect === "community");
const by_room = community.flatMap(({ type, room = [] }) =>
  room.filter((key) => key !== "invite_code").map((key): [MessageType, RoomKey] => [type as MessageType, key]),
);

async function done({ client }: Present, type: string, data: Json): Promise<Json> {
  const reply = await client.ask({ type, data });
  expect(reply).toMatchObject({ type });
  return reply["data"];
}

async function build(): Promise<void> {
  const { server: made } = await done(alice, "add_server", { name: "Orchard" });
  const server_id: number = made.id;
  const { invite } = await done(alice, "add_invite", { server_id });
  for (const one of [bob, former, removed, banned]) await done(one, "join_server", { invite_code: invite.code });
  const rules = [
    "manage_server",
    "manage_channels",
    "manage_members",
    "manage_messages",
    "kick_members",
    "ban_members",
    "manage_webhooks",
  ];
  const { role } = await done(alice, "add_role", { server_id, name: "keepers", rules });
  await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
  const { roles } = await done(alice, "get_server_roles", { server_id });
  const { category } = await done(alice, "add_category", { server_id, name: "rows" });
  const places = { server_id, category_id: category.id };
  const { channel } = await done(alice, "add_channel", { ...places, name: "open" });
  const overwrites = [{ role_id: roles.at(-1).id, allow: [], deny: ["view_channel"] }];
  const { channel: secret } = await done(alice, "add_channel", { ...places, name: "secret", overwrites });
  const content = "of the harvest";
  const [said, whispered] = [
    await done(alice, "add_message", { channel_id: channel.id, content }),
    await done(alice, "add_message", { channel_id: secret.id, content }),
  ];
  const [spoken, hushed] = [
    await done(alice, "add_webhook", { channel_id: channel.id, name: "Gardener" }),
    await done(alice, "add_webhook", { channel_id: secret.id, name: "Gardener" }),
  ];
  await done(former, "leave_server", { server_id });
  await done(alice, "remove_member", { server_id, user_id: removed.id });
  await done(alice, "ban_member", { server_id, user_id: banned.id });
  real = { ...places, role_id: role.id, channel_id: channel.id, message_id: said.message.id, user_id: bob.id };
  const { conversation } = await done(alice, "open_conversation", { user_ids: [bob.id] });
  await done(alice, "add_message", { channel_id: conversation.channel_id, content });
  const bot = await botOf(server, bob);
  real = {
    ...real,
    bot_id: bot.id,
    invite_code: invite.code,
    conversation_id: conversation.id,
    webhook_id: spoken.webhook.id,
  };
  hidden = { ...real, channel_id: secret.id, message_id: whispered.message.id, webhook_id: hushed.webhook.id };
}

beforeAll(async () => {
  server = await startServer();
  [alice, bob, mallory, former, removed, banned] = (await Promise.all(
    ["alice", "bob", "mallory", "former", "removed", "banned"].map((name) => server.join(name)),
  )) as [Present, Present, Present, Present, Present, Present];
  await build();
  for (const { client } of [bob, mallory, former, removed, banned]) await client.rest();
});
afterAll(() => server.stop());

/** Requests that reach the room by `key`, and by nothing else before it. */
function requestsBy(type: MessageType, key: RoomKey, ids: SampleIds): Json[] {
  const literal = community.find((one) => one.type === type) as MessageLiteral;
  const others = (literal.room ?? []).filter((name) => name !== key);
  return [true, false].map((whole) => {
    const data = sampleRequest(literal, ids, whole);
    for (const name of others) delete data[name];
    return { ...data, [key]: ids[key] };
  });
}

async function answer({ client }: Present, type: string, data: Json): Promise<Frame> {
  const { id: _, ...reply } = await client.ask({ type, data });
  return reply;
}

/** The words for what isn't there, whatever is asked. */
async function absentAnswer(who: Present): Promise<Frame> {
  const reply = await answer(who, "get_message", { message_id: absent["message_id"] });
  expect(reply).toEqual({ type: "error", code: "not_found", message: expect.any(String) });
  return reply;
}

async function expectAbsent(who: Present, type: MessageType, key: RoomKey, ids: SampleIds): Promise<void> {
  const wanted = await absentAnswer(who);
  for (const data of requestsBy(type, key, ids)) {
    expect({ data, reply: await answer(who, type, data) }).toEqual({ data, reply: wanted });
    const nothing_there = { ...data, [key]: absent[key] };
    expect({ data, reply: await answer(who, type, nothing_there) }).toEqual({ data, reply: wanted });
  }
}

describe("who is no member", () => {
  test.each(by_room)("%s by %s: a stranger", (type, key) => expectAbsent(mallory, type, key, real));
  test.each(by_room)("%s by %s: of what is hidden", (type, key) => expectAbsent(mallory, type, key, hidden));
  test.each(by_room)("%s by %s: a former member", (type, key) => expectAbsent(former, type, key, real));
  test.each(by_room)("%s by %s: a removed member", (type, key) => expectAbsent(removed, type, key, real));
  test.each(by_room)("%s by %s: who is banned", (type, key) => expectAbsent(banned, type, key, real));

  test("can't tell a conversation of others from none, by its channel, its message or its topic", async () => {
    const [talk] = (await done(alice, "get_conversations", { amount: 1, anchor: 0 })).conversations;
    const ids = { ...real, channel_id: talk.channel_id, message_id: talk.last_message_id, server_id: talk.id };
    for (const [type, key] of by_room) await expectAbsent(mallory, type, key, ids);
    const wanted = await absentAnswer(mallory);
    const topics = [`channel:${talk.channel_id}`];
    expect(await answer(mallory, "subscribe", { topics })).toEqual(wanted);
  });

  test("can't tell by topics either", async () => {
    const wanted = await absentAnswer(mallory);
    const topics = [real, hidden].flatMap(({ server_id, channel_id }) => [
      `server:${server_id}`,
      `channel:${channel_id}`,
    ]);
    for (const topic of [...topics, "server:1", "channel:2"]) {
      for (const who of [mallory, former, removed, banned]) {
        expect({ topic, reply: await answer(who, "subscribe", { topics: [topic] }) }).toEqual({ topic, reply: wanted });
        expect(await answer(who, "unsubscribe", { topics: [topic] })).toEqual({ type: "unsubscribe", data: {} });
      }
    }
    for (const server_id of [real["server_id"], 1]) {
      expect(await answer(mallory, "get_read_state", { server_id })).toEqual(wanted);
      expect(await answer(mallory, "get_mentions", { server_id, amount: 1, anchor: 0 })).toEqual(wanted);
    }
    expect(await answer(mallory, "get_servers", { user_id: alice.id })).toEqual({
      type: "get_servers",
      data: { servers: [] },
    });
  });

  test("can't tell an ended invite from one that never was", async () => {
    const { invite } = await done(alice, "add_invite", { server_id: real["server_id"] });
    const { code } = invite;
    await done(alice, "delete_invite", { server_id: real["server_id"], code });
    for (const type of ["get_server", "join_server"]) {
      const wanted = await answer(mallory, type, { invite_code: "never-was" });
      expect(wanted).toMatchObject({ type: "error", code: "not_found" });
      expect(await answer(mallory, type, { invite_code: code })).toEqual(wanted);
    }
  });

  test("was told nothing, and changed nothing", async () => {
    for (const { client } of [mallory, former, removed, banned]) expect(await client.rest()).toEqual([]);
    const before = await done(alice, "get_server", { server_id: real["server_id"] });
    expect(before.server).toMatchObject({ name: "Orchard", owner_id: alice.id, num_members: 2 });
    expect((await done(alice, "get_message", { message_id: hidden["message_id"] })).message.content).toBe(
      "of the harvest",
    );
  });
});

describe("a member, whatever they may manage, of a channel they can't view", () => {
  const in_channels = by_room.filter(([, key]) => hidden_from_bob.includes(key));
  test.each(in_channels)("%s by %s", (type, key) => expectAbsent(bob, type, key, hidden));

  test("can't tell by topics, search or the list either", async () => {
    const wanted = await absentAnswer(bob);
    const { server_id, channel_id, category_id } = hidden;
    for (const id of [channel_id, absent["channel_id"]]) {
      expect(await answer(bob, "subscribe", { topics: [`channel:${id}`] })).toEqual(wanted);
      expect(await answer(bob, "subscribe", { topics: [`server:${server_id}`, `channel:${id}`] })).toEqual(wanted);
      const search = { server_id, query: "harvest", amount: 10, anchor: 0 };
      expect(await answer(bob, "search_messages", { ...search, channel_id: id })).toEqual(wanted);
    }
    const replies = [hidden, absent].map(({ message_id }) => ({
      ...{ channel_id: real["channel_id"], content: "so it is", reply_to: message_id },
    }));
    const [to_hidden, to_absent] = [
      await answer(bob, "add_message", replies[0]),
      await answer(bob, "add_message", replies[1]),
    ];
    expect(to_hidden).toMatchObject({ type: "error", details: { path: "data.reply_to" } });
    expect(to_hidden).toEqual(to_absent);
    const all = await done(bob, "search_messages", { server_id, query: "harvest", amount: 10, anchor: 0 });
    expect(all.messages.map(({ id }: Json) => id)).toEqual([real["message_id"]]);
    const { categories } = await done(bob, "get_server_channels", { server_id });
    const rows = categories.find(({ id }: Json) => id === category_id);
    expect(rows.channels.map(({ id }: Json) => id)).toEqual([real["channel_id"]]);
    const { channels } = await done(bob, "get_read_state", { server_id });
    expect(channels.map((entry: Json) => entry.channel_id)).not.toContain(channel_id);
  });

  test("was told nothing of it", async () => {
    const { channel_id, message_id } = hidden;
    await done(alice, "update_message", { message_id, content: "of the late harvest" });
    await done(alice, "update_channel", { channel_id, changes: { name: "deeper" } });
    await done(alice, "add_reaction", { message_id, emoji: "🍎" });
    const told = JSON.stringify(await bob.client.rest());
    expect(told).not.toContain(String(channel_id));
    expect(told).not.toContain("harvest");
  });
});
