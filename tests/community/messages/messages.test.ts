import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { expectBlocked } from "../conversations/talkers.ts";
import {
  anotherChannel,
  aPlace,
  chunk,
  deny,
  eventsOn,
  listen,
  malformed,
  type Place,
  post,
  postMany,
  promote,
  refusal,
} from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/**
 * Whoever may not know of the message gets what they would get for one that was never there: bob for one in a hidden
 * channel and for one that is deleted, mallory for any.
 */
async function expectHidden(type: string, more: Json = {}): Promise<void> {
  const place = await aPlace(server);
  const { alice, bob, mallory, channel_id } = place;
  const [open, gone, hidden] = [
    await post(alice, channel_id, "open"),
    await post(alice, channel_id, "gone"),
    await post(alice, await anotherChannel(place, true), "hidden"),
  ];
  await done(alice, "delete_message", { message_id: gone.id });
  const unknown = await refusal(bob, type, { message_id: 12345, ...more });
  expect(unknown).toMatchObject({ code: "not_found" });
  expect(await refusal(bob, type, { message_id: hidden.id, ...more })).toEqual(unknown);
  expect(await refusal(bob, type, { message_id: gone.id, ...more })).toEqual(unknown);
  expect(await refusal(bob, type, { message_id: channel_id, ...more })).toEqual(unknown);
  expect(await refusal(mallory, type, { message_id: open.id, ...more })).toEqual(unknown);
  await deny(place, "view_channel");
  expect(await refusal(bob, type, { message_id: open.id, ...more })).toEqual(unknown);
}

/** The author, once they lost sight of the channel, gets what anybody would. */
async function expectLostAuthorHidden(type: string, more: Json = {}): Promise<void> {
  const place = await aPlace(server);
  const { alice, bob, channel_id } = place;
  const { id: message_id } = await post(bob, channel_id, "mine");
  await deny(place, "view_channel");
  const unknown = await refusal(bob, type, { message_id: 12345, ...more });
  expect(await refusal(bob, type, { message_id, ...more })).toEqual(unknown);
  await deny(place);
  await done(bob, "leave_server", { server_id: place.server_id });
  expect(await refusal(bob, type, { message_id, ...more })).toEqual(unknown);
  expect((await chunk(alice, channel_id)).messages).toMatchObject([{ content: "mine", edited_date: null }]);
}

conversation("get_message", {
  async success() {
    const { alice, bob, channel_id } = await aPlace(server);
    const message = await post(alice, channel_id, "hello", { nonce: "n" });
    expect(await done(bob, "get_message", { message_id: message.id })).toEqual({ message });
    await done(bob, "add_reaction", { message_id: message.id, emoji: "👍" });
    const reactions = [{ emoji: "👍", count: 1, me: true }];
    expect(await done(bob, "get_message", { message_id: message.id })).toEqual({ message: { ...message, reactions } });
    await chunk(bob, channel_id);
    expect(await done(bob, "get_message", { message_id: message.id })).toEqual({ message: { ...message, reactions } });
  },
  errors: {
    not_found: () => expectHidden("get_message"),
    async forbidden() {
      const place = await aPlace(server);
      const { id: message_id } = await post(place.bob, place.channel_id, "hello");
      await deny(place, "read_history");
      const refused = await refusal(place.bob, "get_message", { message_id });
      expect(refused).toMatchObject({ code: "forbidden", message: expect.stringContaining("read_history") });
    },
  },
  async malformed() {
    const { bob } = await aPlace(server);
    await malformed(bob, "get_message", {}, "message_id");
    await malformed(bob, "get_message", { message_id: "5" }, "message_id");
    await malformed(bob, "get_message", { message_id: 0 }, "message_id");
  },
  also: {
    async "doesn't subscribe"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const { id: message_id } = await post(alice, channel_id, "hello");
      await done(bob, "get_message", { message_id });
      await post(alice, channel_id, "again");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toEqual([]);
    },
  },
});

const edited = (message: Json, changes: Json) => ({ ...message, edited_date: expect.any(String), ...changes });

conversation("update_message", {
  async success() {
    const { alice, bob, mallory, channel_id } = await aPlace(server);
    const message = await post(bob, channel_id, "hello");
    await listen(channel_id, alice, bob);
    const reply = await bob.client.ask({ type: "update_message", data: { message_id: message.id, content: " bye " } });
    const after = edited(message, { content: "bye" });
    expect(reply).toEqual({ id: reply["id"], type: "update_message", data: { message: after } });
    const { edited_date } = reply["data"].message;
    expect(edited_date >= message.created_date).toBe(true);
    const event = {
      ...{ type: "message_changed", topic: `channel:${channel_id}`, seq: expect.any(Number) },
      data: { id: message.id, channel_id, content: "bye", edited_date },
    };
    const [told] = await alice.client.rest();
    expect(told).toEqual(event);
    expect(told?.["seq"]).toBeGreaterThan(message.id);
    expect(bob.client.seen.slice(-2)).toEqual([reply, event]);
    expect((await chunk(alice, channel_id)).messages).toEqual([after]);
    expect(await mallory.client.rest()).toEqual([]);
  },
  errors: {
    not_found: () => expectHidden("update_message", { content: "x" }),
    blocked: () => expectBlocked(server, "update_message", { content: "x" }),
    async forbidden() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const { id: message_id } = await post(alice, channel_id, "alice's");
      await listen(channel_id, alice);
      expect(await refusal(bob, "update_message", { message_id, content: "bob's" })).toMatchObject({
        code: "forbidden",
      });
      const { id } = await post(bob, channel_id, "bob's");
      expect(await refusal(alice, "update_message", { message_id: id, content: "the owner's" })).toMatchObject({
        code: "forbidden",
      });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toMatchObject([{ type: "message_added" }]);
    },
  },
  async malformed() {
    const { alice, bob, channel_id } = await aPlace(server);
    const { id: message_id } = await post(bob, channel_id, "hello");
    await listen(channel_id, alice);
    await malformed(bob, "update_message", { message_id }, "content");
    await malformed(bob, "update_message", { content: "x" }, "message_id");
    for (const content of ["", " \n", "x".repeat(limits.message_length + 1), "\0", "\udfff", 5]) {
      await malformed(bob, "update_message", { message_id, content }, "content");
    }
    expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
  },
  also: {
    "its author, when they don't view it any more": () => expectLostAuthorHidden("update_message", { content: "x" }),
    async "to the same text changes nothing and tells nobody"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const message = await post(bob, channel_id, "hello");
      await listen(channel_id, alice);
      expect(await done(bob, "update_message", { message_id: message.id, content: " hello" })).toEqual({ message });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
    },
    async "changes whom it mentions, and says so only then"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const mentioned = async () => (await done(alice, "get_read_state", { server_id })).channels[0].mentions;
      const { id: message_id } = await post(bob, channel_id, `hey <@${alice.id}>`);
      await listen(channel_id, alice);
      expect(await mentioned()).toBe(1);
      const edit = async (content: string) =>
        (await done(bob, "update_message", { message_id, content })).message.mentions;
      expect(await edit(`hello <@${alice.id}>`)).toEqual([alice.id]);
      expect(await edit("hello nobody")).toEqual([]);
      expect(await mentioned()).toBe(0);
      expect(await edit(`<@${bob.id}> <@${alice.id}> <@12345>`)).toEqual([bob.id, alice.id]);
      expect(await mentioned()).toBe(1);
      const told = await eventsOn(alice, `channel:${channel_id}`);
      expect(told.map(({ data }) => data.mentions)).toEqual([undefined, [], [bob.id, alice.id]]);
    },
    async "is what a search finds"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const { id: message_id } = await post(bob, channel_id, "apple");
      await done(bob, "update_message", { message_id, content: "pear" });
      const found = async (query: string) =>
        (await done(alice, "search_messages", { server_id, query, amount: 10, anchor: 0 })).messages.length;
      expect([await found("apple"), await found("pear")]).toEqual([0, 1]);
    },
    async "a message below the log is changed as well"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const first = await post(bob, channel_id, "first");
      await postMany(alice, channel_id, 210);
      await chunk(alice, channel_id);
      await done(bob, "update_message", { message_id: first.id, content: "changed" });
      const { messages } = await chunk(alice, channel_id, { amount: 1, direction: false });
      expect(messages).toMatchObject([{ id: first.id, content: "changed" }]);
      expect(await eventsOn(alice, `channel:${channel_id}`)).toMatchObject([{ type: "message_changed" }]);
    },
    async "is for who may send, and needs no right to read what was"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const { id: message_id } = await post(bob, channel_id, "hello");
      await deny(place, "read_history");
      const edit = { message_id, content: "bye" };
      expect(await done(bob, "update_message", edit)).toMatchObject({ message: { content: "bye" } });
      await deny(place, "send_messages");
      const mention = { message_id, content: `<@${alice.id}>, hear me all the same` };
      expect(await refusal(bob, "update_message", mention)).toMatchObject({ code: "forbidden" });
      // To take back what one said is no way of saying anything.
      expect(await done(bob, "delete_message", { message_id })).toEqual({});
    },
  },
});

async function expectDeleted({ alice, channel_id }: Place, message_id: number): Promise<void> {
  const told = await eventsOn(alice, `channel:${channel_id}`);
  expect(told).toEqual([
    {
      type: "message_deleted",
      topic: `channel:${channel_id}`,
      seq: expect.any(Number),
      data: { id: message_id, channel_id },
    },
  ]);
  expect((await chunk(alice, channel_id)).messages).toEqual([]);
  expect(await refusal(alice, "get_message", { message_id })).toMatchObject({ code: "not_found" });
}

conversation("delete_message", {
  async success() {
    const place = await aPlace(server);
    const { alice, bob, channel_id } = place;
    const { id: message_id } = await post(bob, channel_id, "hello");
    await listen(channel_id, alice, bob);
    const reply = await bob.client.ask({ type: "delete_message", data: { message_id } });
    expect(reply).toEqual({ id: reply["id"], type: "delete_message", data: {} });
    const [event] = await bob.client.rest();
    expect(event).toBeDefined();
    expect(bob.client.seen.filter(({ type }) => type !== "pong").slice(-2)).toEqual([reply, event as Frame]);
    await expectDeleted(place, message_id);
  },
  errors: {
    not_found: () => expectHidden("delete_message"),
    async forbidden() {
      const { alice, bob, channel_id } = await aPlace(server);
      const { id: message_id } = await post(alice, channel_id, "alice's");
      await listen(channel_id, alice);
      expect(await refusal(bob, "delete_message", { message_id })).toMatchObject({
        code: "forbidden",
        message: expect.stringContaining("manage_messages"),
      });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
    },
  },
  async malformed() {
    const { bob } = await aPlace(server);
    await malformed(bob, "delete_message", {}, "message_id");
    await malformed(bob, "delete_message", { message_id: {} }, "message_id");
  },
  also: {
    "its author, when they don't view it any more": () => expectLostAuthorHidden("delete_message"),
    async "who has manage_messages deletes what others wrote"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const carol = await server.join();
      await inviteInto(server_id, alice, carol);
      const { id: message_id } = await post(carol, channel_id, "carol's");
      await listen(channel_id, alice);
      await promote(place, bob, "manage_messages");
      await done(bob, "delete_message", { message_id });
      await expectDeleted(place, message_id);
    },
    async "twice at once: one of them finds nothing, and the event comes once"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const { id: message_id } = await post(bob, channel_id, "hello");
      await listen(channel_id, alice);
      const phone = await server.connect(bob);
      const replies = await Promise.all(
        [bob.client, phone].map((client) => client.ask({ type: "delete_message", data: { message_id } })),
      );
      expect(replies.map(({ type, code }) => code ?? type).sort()).toEqual(["delete_message", "not_found"]);
      await expectDeleted(place, message_id);
    },
    async "leaves replies to it as they are"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const { id: message_id } = await post(alice, channel_id, "base");
      const answer = await post(bob, channel_id, "answer", { reply_to: message_id });
      await done(alice, "delete_message", { message_id });
      expect((await chunk(bob, channel_id)).messages).toEqual([answer]);
    },
    async "takes it from searches and from what is unread"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const { id: message_id } = await post(alice, channel_id, `apple <@${bob.id}>`);
      await done(alice, "delete_message", { message_id });
      const found = await done(bob, "search_messages", { server_id, query: "apple", amount: 10, anchor: 0 });
      expect(found).toEqual({ messages: [], next_anchor: null });
      const { channels } = await done(bob, "get_read_state", { server_id });
      expect(channels).toEqual([{ channel_id, last_read_id: null, last_message_id: null, unread: 0, mentions: 0 }]);
    },
  },
});
