import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
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
  refusal,
} from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Reacting = "add_reaction" | "remove_reaction";
const react = async (who: Present, type: Reacting, message_id: number, emoji: string): Promise<Json[]> =>
  (await done(who, type, { message_id, emoji })).message.reactions;

async function aMessage(): Promise<Place & { message_id: number }> {
  const place = await aPlace(server);
  const { id: message_id } = await post(place.alice, place.channel_id, "hello");
  await listen(place.channel_id, place.alice);
  return { ...place, message_id };
}

async function expectHidden(type: Reacting): Promise<void> {
  const { alice, bob, mallory, channel_id, message_id, ...place } = await aMessage();
  const hidden = await post(alice, await anotherChannel({ alice, bob, mallory, channel_id, ...place }, true), "hidden");
  const unknown = await refusal(bob, type, { message_id: 12345, emoji: "👍" });
  expect(unknown).toMatchObject({ code: "not_found" });
  expect(await refusal(bob, type, { message_id: hidden.id, emoji: "👍" })).toEqual(unknown);
  expect(await refusal(mallory, type, { message_id, emoji: "👍" })).toEqual(unknown);
  await done(alice, "delete_message", { message_id });
  expect(await refusal(bob, type, { message_id, emoji: "👍" })).toEqual(unknown);
}

async function expectForbidden(type: Reacting): Promise<void> {
  const place = await aMessage();
  const { alice, bob, channel_id, message_id } = place;
  for (const rule of ["add_reactions", "read_history"] as const) {
    await deny(place, rule);
    expect(await refusal(bob, type, { message_id, emoji: "👍" })).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining(rule),
    });
  }
  expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
}

conversation("add_reaction", {
  async success() {
    const { alice, bob, channel_id, message_id } = await aMessage();
    await listen(channel_id, bob);
    const reply = await bob.client.ask({ type: "add_reaction", data: { message_id, emoji: "👍" } });
    expect(reply).toMatchObject({
      type: "add_reaction",
      data: { message: { id: message_id, content: "hello", edited_date: null } },
    });
    expect(reply["data"].message.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
    const event = {
      ...{ type: "message_changed", topic: `channel:${channel_id}`, seq: expect.any(Number) },
      data: {
        ...{ id: message_id, channel_id, reactions: [{ emoji: "👍", count: 1 }] },
        reaction: { emoji: "👍", user_id: bob.id, added: true },
      },
    };
    expect(await alice.client.rest()).toEqual([event]);
    expect(bob.client.seen.slice(-2)).toEqual([reply, event]);
  },
  errors: {
    not_found: () => expectHidden("add_reaction"),
    forbidden: () => expectForbidden("add_reaction"),
    blocked: () => expectBlocked(server, "add_reaction", { emoji: "👍" }),
    async limit_reached() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      const kinds = Array.from({ length: limits.reaction_kinds }, (_, index) => `kind${index}`);
      for (const emoji of kinds) await react(alice, "add_reaction", message_id, emoji);
      await alice.client.rest();
      expect(await refusal(bob, "add_reaction", { message_id, emoji: "👍" })).toMatchObject({
        code: "limit_reached",
        details: { limit: "reaction_kinds" },
      });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
      expect((await react(bob, "add_reaction", message_id, "kind3"))[3]).toEqual({
        emoji: "kind3",
        count: 2,
        me: true,
      });
      await react(alice, "remove_reaction", message_id, "kind5");
      expect((await react(bob, "add_reaction", message_id, "👍")).at(-1)).toEqual({ emoji: "👍", count: 1, me: true });
    },
  },
  async malformed() {
    const { bob, message_id } = await aMessage();
    await malformed(bob, "add_reaction", { emoji: "👍" }, "message_id");
    await malformed(bob, "add_reaction", { message_id }, "emoji");
    for (const emoji of [
      "",
      5,
      "x".repeat(limits.emoji_length + 1),
      "two words",
      " 👍",
      "a\nb",
      "\0",
      "\ud83d",
      "\u0007",
    ]) {
      await malformed(bob, "add_reaction", { message_id, emoji }, "emoji");
    }
  },
  also: {
    async "the same again changes nothing and tells nobody"() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      const first = await done(bob, "add_reaction", { message_id, emoji: "👍" });
      expect(await done(bob, "add_reaction", { message_id, emoji: "👍" })).toEqual(first);
      expect(await eventsOn(alice, `channel:${channel_id}`)).toHaveLength(1);
    },
    async "an emoji is one however it was typed, and skin tones are others"() {
      const { alice, bob, message_id } = await aMessage();
      const add = (who: Present, emoji: string) => react(who, "add_reaction", message_id, emoji);
      await add(alice, "\u2764");
      const both = [{ emoji: "\u2764\ufe0f", count: 2, me: true }];
      expect(await add(bob, "\u2764\ufe0f")).toEqual(both);
      expect(await add(bob, "\u2764\ufe0e")).toEqual(both);
      for (const emoji of ["\u{1f44d}", "\u{1f44d}\u{1f3fd}", "1\u20e3", "party"]) await add(bob, emoji);
      expect((await add(bob, "1\ufe0f\u20e3")).map(({ emoji }) => emoji)).toEqual([
        ...["\u2764\ufe0f", "\u{1f44d}", "\u{1f44d}\u{1f3fd}", "1\ufe0f\u20e3", "party"],
      ]);
      const [heart] = await react(alice, "remove_reaction", message_id, "\u2764");
      expect(heart).toEqual({ emoji: "\u2764\ufe0f", count: 1, me: false });
    },
    async "one that was stored in another form stays, and is taken back as it is"() {
      const own = await startServer();
      const place = await aPlace(own);
      const { id: message_id } = await post(place.alice, place.channel_id, "hello");
      const into = "INSERT INTO reactions (message_id, emoji, user_id, created_at) VALUES (?, ?, ?, ?)";
      writeRows(own.folder, into, [[message_id, "\u2764", place.bob.id, 1]]);
      const again = await own.restart();
      const [alice, bob] = [
        { ...place.alice, client: await again.connect(place.alice) },
        { ...place.bob, client: await again.connect(place.bob) },
      ];
      const heart = { emoji: "\u2764", count: 2, me: true };
      expect(await react(alice, "add_reaction", message_id, "\u2764\ufe0f")).toEqual([heart]);
      const left = await react(bob, "remove_reaction", message_id, "\u2764\ufe0f");
      expect(left).toEqual([{ emoji: "\u2764", count: 1, me: false }]);
      await again.stop();
    },
    async "they are counted by emoji, in the order in which each came first, me for each reader"() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      await react(bob, "add_reaction", message_id, "🎉");
      await react(alice, "add_reaction", message_id, "👨‍👩‍👧‍👦");
      expect(await react(alice, "add_reaction", message_id, "🎉")).toEqual([
        { emoji: "🎉", count: 2, me: true },
        { emoji: "👨‍👩‍👧‍👦", count: 1, me: true },
      ]);
      const reactions = [
        { emoji: "🎉", count: 2, me: true },
        { emoji: "👨‍👩‍👧‍👦", count: 1, me: false },
      ];
      expect((await chunk(bob, channel_id)).messages[0].reactions).toEqual(reactions);
      expect((await done(bob, "get_message", { message_id })).message.reactions).toEqual(reactions);
      const found = await done(bob, "search_messages", {
        ...(await aSearch(bob)),
        query: "hello",
        amount: 1,
        anchor: 0,
      });
      expect(found.messages[0].reactions).toEqual(reactions);
    },
    async "two at once by one user count once"() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      const phone = { ...bob, client: await server.connect(bob) };
      await Promise.all([bob, phone].map((who) => react(who, "add_reaction", message_id, "👍")));
      expect(await eventsOn(alice, `channel:${channel_id}`)).toHaveLength(1);
      expect((await chunk(bob, channel_id)).messages[0].reactions).toEqual([{ emoji: "👍", count: 1, me: true }]);
    },
    async "survives what comes to the message besides"() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      await react(bob, "add_reaction", message_id, "👍");
      await done(alice, "update_message", { message_id, content: "bye" });
      expect((await chunk(bob, channel_id)).messages).toMatchObject([
        { content: "bye", reactions: [{ emoji: "👍", count: 1, me: true }] },
      ]);
    },
  },
});

/** The one server of the member. */
async function aSearch(member: Present): Promise<Json> {
  const { servers } = await done(member, "get_servers");
  return { server_id: servers[0].id };
}

conversation("remove_reaction", {
  async success() {
    const { alice, bob, channel_id, message_id } = await aMessage();
    await react(bob, "add_reaction", message_id, "👍");
    await react(alice, "add_reaction", message_id, "👍");
    await alice.client.rest();
    expect(await react(bob, "remove_reaction", message_id, "👍")).toEqual([{ emoji: "👍", count: 1, me: false }]);
    expect(await react(alice, "remove_reaction", message_id, "👍")).toEqual([]);
    const data = (count: number, user_id: number) => ({
      ...{ id: message_id, channel_id, reactions: count ? [{ emoji: "👍", count }] : [] },
      reaction: { emoji: "👍", user_id, added: false },
    });
    const told = await eventsOn(alice, `channel:${channel_id}`);
    expect(told.map((event) => event["data"])).toEqual([data(1, bob.id), data(0, alice.id)]);
    expect((await chunk(bob, channel_id)).messages[0].reactions).toEqual([]);
  },
  errors: {
    not_found: () => expectHidden("remove_reaction"),
    forbidden: () => expectForbidden("remove_reaction"),
  },
  async malformed() {
    const { bob, message_id } = await aMessage();
    await malformed(bob, "remove_reaction", { emoji: "👍" }, "message_id");
    await malformed(bob, "remove_reaction", { message_id }, "emoji");
    await malformed(bob, "remove_reaction", { message_id, emoji: "" }, "emoji");
    await malformed(bob, "remove_reaction", { message_id, emoji: "x".repeat(limits.emoji_length + 1) }, "emoji");
  },
  also: {
    async "one that isn't there, or another's, changes nothing and tells nobody"() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      await react(alice, "add_reaction", message_id, "👍");
      await alice.client.rest();
      for (const emoji of ["👍", "🎉", "no such"]) {
        expect(await react(bob, "remove_reaction", message_id, emoji)).toEqual([{ emoji: "👍", count: 1, me: false }]);
      }
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
    },
  },
});
