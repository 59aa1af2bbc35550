// Opening conversations and listing them: the one of two people, groups, who may have one, and in which order they are.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done, refusal } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { befriend, refuse } from "../people/acquaintances.ts";
import {
  added,
  aGroup,
  changed,
  friends,
  listOf,
  memberIds,
  NOTHING,
  neighbours,
  news,
  open,
  say,
  settled,
  talking,
  viewOf,
} from "./talkers.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const personOf = ({ id, name }: Present) => ({ user_id: id, name, profile_pic: null });
const byId = (one: Present, other: Present) => one.id - other.id;

/** Gives the user as many conversations as one may have, all in their list. */
function fillList({ id }: Present, first_id: number): void {
  const ids = Array.from({ length: limits.conversations_per_user }, (_, at) => first_id + at);
  writeRows(
    server.folder,
    "insert into conversations (id, kind, channel_id, created_at, seq) values (?, 'group', ?, 0, 1)",
    ids.map((one) => [one, one + 1_000_000]),
  );
  writeRows(
    server.folder,
    `insert into conversation_members
      (conversation_id, user_id, state, is_hidden, joined_at, added_by, refused, added_seq, seq)
      values (?, ?, 'open', 0, 0, ?, '[]', 1, 1)`,
    ids.map((one) => [one, id, id]),
  );
}

conversation("open_conversation", {
  async success() {
    const [alice, bob] = await server.friends();
    const reply = await done(alice, "open_conversation", { user_ids: [bob.id] });
    const shown = {
      ...{ id: expect.any(Number), kind: "direct", channel_id: expect.any(Number), name: null, image: null },
      ...{ owner_id: null, members: [alice, bob].toSorted(byId).map(personOf), created_date: TIME },
      ...{ last_message_id: null, state: "open" },
    };
    expect(reply).toEqual({ conversation: shown, seq: expect.any(Number) });
    expect(await news(alice)).toEqual([added(shown)]);
    expect(await news(bob)).toEqual([]);
    expect(await listOf(bob)).toEqual([]);
    const message = await say(alice, reply.conversation, "hello");
    expect(message).toMatchObject({ server_id: null, conversation_id: reply.conversation.id, content: "hello" });
    const now = { ...reply.conversation, last_message_id: message.id };
    expect(await news(bob)).toEqual([added(now)]);
    expect(await news(alice)).toEqual([changed(now.id, { last_message_id: message.id })]);
    expect([await listOf(alice), await listOf(bob)]).toEqual([[now], [now]]);
  },
  errors: {
    async not_found() {
      const alice = await server.join();
      expect(await refusal(alice, "open_conversation", { user_ids: [NOTHING] })).toMatchObject({ code: "not_found" });
    },
    async forbidden() {
      const [alice, bob, carol] = await friends(server, 3);
      const dave = await server.join();
      for (const user_ids of [[dave.id], [bob?.id, dave.id], [bob?.id, NOTHING]]) {
        const refused = await refusal(alice as Present, "open_conversation", { user_ids });
        expect(refused).toMatchObject({ code: "forbidden" });
      }
      for (const one of [bob, carol, dave]) expect(await news(one as Present)).toEqual([]);
    },
    async blocked() {
      const [alice, bob] = await neighbours(server);
      await done(bob, "update_friend", { user_id: alice.id, action: "block" });
      for (const [one, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const refused = await refusal(one, "open_conversation", { user_ids: [other.id] });
        expect(refused).toMatchObject({ code: "blocked" });
      }
    },
    async conflict() {
      const [alice, bob, carol] = await friends(server, 3);
      const asked = { user_ids: [bob?.id, carol?.id], nonce: "left since" };
      const made = await done(alice as Present, "open_conversation", asked);
      const { id: conversation_id } = made.conversation;
      await done(alice as Present, "remove_conversation_member", { conversation_id, user_id: alice?.id });
      expect(await refusal(alice as Present, "open_conversation", asked)).toMatchObject({ code: "conflict" });
    },
    async limit_reached() {
      const [alice, bob] = await friends(server, 2);
      const carol = await server.join();
      await befriend(alice as Present, carol);
      fillList(alice as Present, 10_000);
      const limit = { code: "limit_reached", details: { limit: "conversations_per_user" } };
      for (const user_ids of [[bob?.id], [bob?.id, carol.id]]) {
        expect(await refusal(alice as Present, "open_conversation", { user_ids })).toMatchObject(limit);
      }
      // Who has too many isn't brought into a group, and can be written to.
      await befriend(bob as Present, carol);
      const into = { user_ids: [alice?.id, carol.id] };
      expect(await refusal(bob as Present, "open_conversation", into)).toMatchObject(limit);
      const talk = await open(bob as Present, alice as Present);
      await say(bob as Present, talk, "hello");
      expect(await viewOf(alice as Present, talk.id)).toMatchObject({ id: talk.id, state: "open" });
      await done(alice as Present, "close_conversation", { conversation_id: talk.id });
      expect(await refusal(alice as Present, "open_conversation", { user_ids: [bob?.id] })).toMatchObject(limit);
      // Closing another makes room.
      await done(alice as Present, "close_conversation", { conversation_id: 10_000 });
      expect(await open(alice as Present, bob as Present)).toMatchObject({ id: talk.id });
    },
  },
  async malformed() {
    const [alice, bob] = await server.friends();
    await refuse(alice, "open_conversation", {}, "data.user_ids");
    await refuse(alice, "open_conversation", { user_ids: [] }, "data.user_ids");
    await refuse(alice, "open_conversation", { user_ids: [bob.id, alice.id] }, "data.user_ids");
    await refuse(alice, "open_conversation", { user_ids: ["bob"] }, "data.user_ids.0");
    await refuse(alice, "open_conversation", { user_ids: Array(10).fill(bob.id) }, "data.user_ids");
    await refuse(alice, "open_conversation", { user_ids: [bob.id], name: " " }, "data.name");
  },
  also: {
    async "two who open at once have one, and each has it in their list"() {
      const [alice, bob] = await server.friends();
      const opened = await Promise.all([open(alice, bob), open(bob, alice), open(alice, bob), open(bob, alice)]);
      expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
      const { id } = opened[0] as Json;
      expect(
        readRows(server.folder, "select count(*) as n from conversation_members where conversation_id = ?", [id]),
      ).toEqual([{ n: 2 }]);
      for (const one of [alice, bob]) {
        expect(await news(one)).toEqual([added(expect.objectContaining({ id }))]);
        expect(await listOf(one)).toHaveLength(1);
      }
    },

    async "the same one comes back, whatever has come between"() {
      const { alice, bob, conversation: talk } = await talking(server);
      await done(alice, "delete_friend", { user_id: bob.id });
      await done(bob, "update_user", { changes: { dms: "friends" } });
      expect(await open(alice, bob)).toEqual(talk);
      await done(bob, "update_friend", { user_id: alice.id, action: "block" });
      await done(alice, "close_conversation", { conversation_id: talk.id });
      expect(await open(alice, bob)).toEqual(talk);
    },

    async "one that somebody opened and said nothing in is nothing to the other"() {
      const { alice, bob, conversation: talk } = await talking(server);
      const carol = await server.join();
      await befriend(alice, carol);
      const silent = await open(carol, alice);
      await done(alice, "delete_friend", { user_id: carol.id });
      await settled(alice);
      expect(await listOf(alice)).toEqual([talk]);
      expect(await refusal(alice, "open_conversation", { user_ids: [carol.id] })).toMatchObject({ code: "forbidden" });
      expect(await refusal(bob, "get_message_chunk", chunkOf(silent))).toMatchObject({ code: "not_found" });
    },

    async "a group is told to all, and made once under its nonce, over a restart too"() {
      const people = await friends(server, 3);
      const [alice, bob, carol] = people as [Present, Present, Present];
      const asked = { user_ids: [bob.id, carol.id, bob.id], name: "Pickers", nonce: "pickers" };
      const [first, again] = await Promise.all([
        done(alice, "open_conversation", asked),
        done(alice, "open_conversation", asked),
      ]);
      expect(again).toEqual(first);
      expect(first.conversation).toMatchObject({ kind: "group", name: "Pickers", owner_id: alice.id, state: "open" });
      expect(memberIds(first.conversation)).toEqual(people.toSorted(byId).map(({ id }) => id));
      for (const one of people) expect(await news(one)).toEqual([added(first.conversation)]);
      const other = await done(bob, "open_conversation", { user_ids: [alice.id, carol.id], nonce: "pickers" });
      expect(other.conversation.id).not.toBe(first.conversation.id);
    },
  },
});

const chunkOf = ({ channel_id }: Json) => ({ channel_id, amount: 10, anchor: 0, direction: true });

conversation("get_conversations", {
  async success() {
    const people = await friends(server, 4);
    const [alice, bob, carol, dave] = people as [Present, Present, Present, Present];
    const [first, second, third] = [await open(alice, bob), await open(alice, carol), await open(alice, dave)];
    const order = async () => (await listOf(alice)).map(({ id }) => id);
    expect(await order()).toEqual([third.id, second.id, first.id]);
    const { id: last } = await say(bob, first, "hello");
    expect(await order()).toEqual([first.id, third.id, second.id]);
    const page = await done(alice, "get_conversations", { amount: 2, anchor: 0 });
    expect(page).toMatchObject({ conversations: [{ id: first.id, last_message_id: last }, { id: third.id }] });
    const next = await done(alice, "get_conversations", { amount: 2, anchor: page.next_anchor });
    expect(next).toMatchObject({ conversations: [{ id: second.id }], next_anchor: null });
    expect(await done(alice, "get_conversations", { amount: 1, anchor: 0 })).toMatchObject({ next_anchor: last });
    await done(bob, "delete_message", { message_id: last });
    expect(await order()).toEqual([third.id, second.id, first.id]);
  },
  errors: {},
  async malformed() {
    const alice = await server.join();
    await refuse(alice, "get_conversations", { anchor: 0 }, "data.amount");
    await refuse(alice, "get_conversations", { amount: 101, anchor: 0 }, "data.amount");
    await refuse(alice, "get_conversations", { amount: 10, anchor: -1 }, "data.anchor");
  },
});

describe("the setting `dms`", () => {
  test("says whose first message is taken", async () => {
    const [alice, bob] = await neighbours(server);
    const carol = await server.join();
    const opens = async (one: Present) =>
      (await one.client.ask({ type: "open_conversation", data: { user_ids: [bob.id] } }))["type"];
    for (const [dms, answers] of [
      ["friends", ["error", "error"]],
      ["servers", ["open_conversation", "error"]],
      ["everyone", ["open_conversation", "open_conversation"]],
    ] as const) {
      const { user } = await done(bob, "update_user", { changes: { dms } });
      expect(user).toMatchObject({ dms });
      expect([await opens(alice), await opens(carol)]).toEqual([...answers]);
    }
  });

  test("holds for the first message, whenever that comes, and for no later one", async () => {
    for (const [dms, content] of [
      ["friends", "a friend no more"],
      ["servers", "nor in a server with them"],
    ] as const) {
      const [alice, bob] = await neighbours(server);
      await done(bob, "update_user", { changes: { dms: "everyone" } });
      const talk = await open(alice, bob);
      await done(bob, "update_user", { changes: { dms } });
      const [{ id: server_id }] = (await done(alice, "get_servers")).servers;
      if (dms === "servers") await done(bob, "leave_server", { server_id });
      const message = { channel_id: talk.channel_id, content };
      expect(await refusal(alice, "add_message", message)).toMatchObject({ code: "forbidden" });
      expect(await news(bob)).not.toContainEqual(added(expect.anything()));
      expect(await open(alice, bob)).toMatchObject({ id: talk.id });
      expect(await refusal(alice, "add_message", message)).toMatchObject({ code: "forbidden" });
      await done(bob, "update_user", { changes: { dms: "everyone" } });
      await say(alice, talk, "taken now");
      await done(bob, "update_user", { changes: { dms: "friends" } });
      await say(alice, talk, "and whatever is said then");
    }
  });

  test("isn't asked by who answers", async () => {
    const [alice, bob] = await neighbours(server);
    const talk = await open(bob, alice);
    await say(bob, talk, "hello");
    await done(bob, "update_user", { changes: { dms: "friends" } });
    await say(alice, talk, "you called?");
  });

  test("is told to oneself alone", async () => {
    const [alice, bob] = await neighbours(server);
    await done(alice, "get_user", { user_id: bob.id });
    await done(bob, "update_user", { changes: { dms: "everyone" } });
    await bob.client.rest();
    expect(await alice.client.rest()).toEqual([]);
    expect((await done(alice, "get_user", { user_id: bob.id })).user).not.toHaveProperty("dms");
    const again = await server.connect(bob);
    expect(again.seen[0]).toMatchObject({ type: "ready", data: { user: { dms: "everyone" } } });
  });
});

test("who was in a group and who wasn't sees just what they should", async () => {
  const { people, group } = await aGroup(server);
  const dave = await server.join();
  const ids = { conversation_id: group.id, channel_id: group.channel_id };
  expect(await refusal(dave, "close_conversation", ids)).toMatchObject({ code: "not_found" });
  expect(await refusal(dave, "get_message_chunk", chunkOf(group))).toMatchObject({ code: "not_found" });
  expect(await refusal(dave, "subscribe", { topics: [`channel:${group.channel_id}`] })).toMatchObject({
    code: "not_found",
  });
  // What is a server's is not there for members either.
  const [alice] = people as [Present];
  for (const [type, data] of [
    ["get_server_channel", { channel_id: group.channel_id }],
    ["delete_channel", { channel_id: group.channel_id }],
    ["get_server", { server_id: group.id }],
    ["search_messages", { server_id: group.id, query: "x", amount: 1, anchor: 0 }],
  ] as const) {
    expect(await refusal(alice, type, data)).toMatchObject({ code: "not_found" });
  }
  expect(await refusal(alice, "subscribe", { topics: [`server:${group.id}`] })).toMatchObject({ code: "not_found" });
  // Nor is a server a conversation to who is in it.
  const { server: made } = await done(alice, "add_server", { name: "Orchard" });
  for (const [type, data] of [
    ["close_conversation", {}],
    ["update_conversation", { changes: { name: "x" } }],
    ["remove_conversation_member", { user_id: alice.id }],
    ["search_messages", { query: "x", amount: 1, anchor: 0 }],
    ["get_read_state", {}],
    ["get_mentions", { amount: 1, anchor: 0 }],
    ["update_notification_settings", { level: "all" }],
  ] as const) {
    const refused = await refusal(alice, type, { ...data, conversation_id: made.id });
    expect({ ...refused, asked: type }).toMatchObject({ asked: type, code: "not_found" });
  }
});
