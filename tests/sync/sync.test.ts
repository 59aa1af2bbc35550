// What `sync` answers, topic by topic: what changed, what is gone, what has to be loaded again, and what nobody may see.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { conversation } from "../harness/conversation.ts";
import { type Present, startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { aPlace, epochOf, returned, seqsOf, sync } from "./asking.ts";

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

const seqOf = async (who: Present, topic: string): Promise<number> => (await seqsOf(who, [topic]))[topic] ?? 0;

const typesOf = (answer: Json): string[] => answer.events.map(({ type }: Json) => type);

conversation("sync", {
  async success() {
    const seq = await seqOf(bob, `channel:${general}`);
    const { message } = await done(alice, "add_message", { channel_id: general, content: "one" });
    bob = await returned(server, bob);
    const topic = `channel:${general}`;
    const answers = await sync(bob, { [topic]: seq });
    expect(answers).toEqual({
      [topic]: { seq: message.id, events: [{ type: "message_added", topic, seq: message.id, data: message }] },
    });
    const { message: next } = await done(alice, "add_message", { channel_id: general, content: "two" });
    expect(await bob.client.take("message_added")).toMatchObject({ seq: next.id, data: { content: "two" } });
  },

  errors: {
    async limit_reached() {
      const small = await startServer({ bounds: { ...limits, topics_per_session: 1 } });
      const someone = await small.join();
      const topics = { "server:1": 1, "channel:1": 1 };
      const refused = await refusal(someone, "sync", { epoch: epochOf(someone), topics });
      expect(refused).toMatchObject({ code: "limit_reached", details: { limit: "topics_per_session" } });
      await small.stop();
    },
  },

  async malformed() {
    const epoch = epochOf(bob);
    const pathOf = async (data: Json) => (await refusal(bob, "sync", data))["details"]?.path;
    expect(await pathOf({ topics: {} })).toBe("data.epoch");
    expect(await pathOf({ epoch })).toBe("data.topics");
    expect(await pathOf({ epoch, topics: { "shop:1": 1 } })).toBe("data.topics.shop:1");
    expect(await pathOf({ epoch, topics: { "server:x": 1 } })).toBe("data.topics.server:x");
    expect(await pathOf({ epoch, topics: { self: -1 } })).toBe("data.topics.self");
    expect(await pathOf({ epoch, topics: { self: "1" } })).toBe("data.topics.self");
    expect(await pathOf({ epoch, topics: { "channel:1": 1.5 } })).toBe("data.topics.channel:1");
    const too_many = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`user:${i + 1}`, 0]));
    expect(await pathOf({ epoch, topics: too_many })).toBe("data.topics");
  },

  also: {
    async "nothing changed: no events, and the seq that one has"() {
      const topics = [`server:${server_id}`, `channel:${general}`, "self"];
      const { topics: held } = await done(bob, "subscribe", { topics });
      const seqs = Object.fromEntries(topics.map((topic) => [topic, held[topic].seq]));
      const expected = topics.map((topic) => [topic, { seq: held[topic].seq, events: [] }]);
      expect(await sync(bob, seqs)).toEqual(Object.fromEntries(expected));
    },

    async "changes of one message come as one; one that came and went doesn't come"() {
      const { message } = await done(alice, "add_message", { channel_id: general, content: "old" });
      const doomed = await done(alice, "add_message", { channel_id: general, content: "doomed" });
      const seq = await seqOf(bob, `channel:${general}`);
      await done(alice, "update_message", { message_id: message.id, content: "newer" });
      await done(bob, "add_reaction", { message_id: message.id, emoji: "🌳" });
      await done(alice, "update_message", { message_id: message.id, content: "newest" });
      await done(alice, "delete_message", { message_id: doomed.message.id });
      const passing = await done(alice, "add_message", { channel_id: general, content: "passing" });
      await done(alice, "delete_message", { message_id: passing.message.id });
      const { [`channel:${general}`]: answer } = await sync(bob, { [`channel:${general}`]: seq });
      expect(typesOf(answer)).toEqual(["message_changed", "message_deleted"]);
      expect(answer.events[0].data).toMatchObject({
        ...{ id: message.id, channel_id: general, content: "newest", mentions: [] },
        reactions: [{ emoji: "🌳", count: 1, me: true }],
      });
      expect(answer.events[1].data).toEqual({ id: doomed.message.id, channel_id: general });
      const seqs = answer.events.map((event: Json) => event.seq);
      expect(seqs).toEqual(seqs.toSorted((one: number, other: number) => one - other));
    },

    async "a wrong epoch, and a seq from the future: load it again"() {
      const topics = { [`server:${server_id}`]: 1, self: 1, "channel:1": 1 };
      expect(await sync(bob, topics, "another")).toEqual({
        [`server:${server_id}`]: { reset: true },
        self: { reset: true },
        "channel:1": { reset: true },
      });
      const future = Number.MAX_SAFE_INTEGER;
      expect(await sync(bob, { [`channel:${general}`]: future, self: future })).toEqual({
        [`channel:${general}`]: { reset: true },
        self: { reset: true },
      });
    },

    async "what must be loaded again is not heard of any more, but for oneself"() {
      const [carol, dave] = await server.friends();
      const { place, own } = { place: await aPlace(server), own: `user:${dave.id}` };
      await inviteInto(place.server_id, place.alice, carol);
      const [of_server, of_channel] = [`server:${place.server_id}`, `channel:${place.general}`];
      const all = [of_server, of_channel, own];
      const change = async () => {
        await done(place.alice, "update_server", { server_id: place.server_id, changes: { name: uniqueName() } });
        await done(place.alice, "add_message", { channel_id: place.general, content: "hello" });
        await done(dave, "update_user", { changes: { bio: uniqueName() } });
        return (await carol.client.rest()).map(({ topic }) => topic);
      };
      const again = (topics: string[]) => Object.fromEntries(topics.map((topic) => [topic, { reset: true }]));
      const asked = (seq: number) => Object.fromEntries([...all, "self"].map((topic) => [topic, seq]));
      await carol.client.rest();
      for (const [seq, epoch] of [[1, "another"] as const, [Number.MAX_SAFE_INTEGER] as const]) {
        await done(carol, "subscribe", { topics: all });
        expect(await change()).toEqual(all);
        expect(await sync(carol, asked(seq), epoch)).toEqual(again([...all, "self"]));
        expect(await change()).toEqual([]);
      }
      await done(place.alice, "add_friend", { user_id: carol.id });
      expect((await carol.client.take("friend_added"))["topic"]).toBe("self");
    },

    async "more than a thousand changes: load it again; a thousand: all of them"() {
      const { channel } = await done(alice, "add_channel", { server_id, name: "busy" });
      const topic = `channel:${channel.id}`;
      const seq = await seqOf(bob, topic);
      const say = (content: string) => done(alice, "add_message", { channel_id: channel.id, content });
      await Promise.all(Array.from({ length: limits.sync_changes }, (_, number) => say(`${number}`)));
      const all = (await sync(bob, { [topic]: seq }))[topic];
      expect(all.events).toHaveLength(limits.sync_changes);
      await say("one more");
      expect(await sync(bob, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
    },

    async "what would make the answer too long is loaded again"() {
      const { channel } = await done(alice, "add_channel", { server_id, name: "wordy" });
      const [wordy, quiet] = [`channel:${channel.id}`, `channel:${general}`];
      const { topics } = await done(bob, "subscribe", { topics: [wordy, quiet] });
      const content = "ж".repeat(limits.message_length);
      await Promise.all(
        Array.from({ length: 120 }, () => done(alice, "add_message", { channel_id: channel.id, content })),
      );
      const answers = await sync(bob, { [wordy]: topics[wordy].seq, [quiet]: topics[quiet].seq });
      expect(answers[wordy]).toEqual({ reset: true });
      expect(answers[quiet].events).toEqual([]);
    },

    async "the structure: each kind of thing added, changed and gone"() {
      const { role: dropped_role } = await done(alice, "add_role", { server_id, name: "dropped" });
      const { role: kept_role } = await done(alice, "add_role", { server_id, name: "kept" });
      const { category: dropped } = await done(alice, "add_category", { server_id, name: "dropped" });
      const { channel: moved } = await done(alice, "add_channel", {
        server_id,
        name: "moved",
        category_id: dropped.id,
      });
      const { channel: lost } = await done(alice, "add_channel", { server_id, name: "lost" });
      const topic = `server:${server_id}`;
      const seq = await seqOf(bob, topic);
      await done(alice, "update_server", { server_id, changes: { description: "trees" } });
      await done(alice, "delete_role", { role_id: dropped_role.id });
      await done(alice, "update_role", { role_id: kept_role.id, changes: { name: "held" } });
      const { role } = await done(alice, "add_role", { server_id, name: "new" });
      const { category } = await done(alice, "add_category", { server_id, name: "new" });
      await done(alice, "update_channel", { channel_id: moved.id, changes: { category_id: category.id } });
      await done(alice, "update_category", { category_id: category.id, changes: { name: "newer" } });
      await done(alice, "delete_category", { category_id: dropped.id });
      await done(alice, "delete_channel", { channel_id: lost.id });
      await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
      const { [topic]: answer } = await sync(bob, { [topic]: seq });
      const events: [string, Json][] = answer.events.map(({ type, data }: Json) => [type, data]);
      expect(events.filter(([type]) => type !== "channel_updated" && type !== "role_changed")).toEqual([
        ["server_updated", expect.objectContaining({ server_id, description: "trees" })],
        ["role_deleted", { server_id, role_id: dropped_role.id }],
        ["role_added", { server_id, role: expect.objectContaining({ id: role.id, name: "new" }) }],
        ["category_added", { server_id, category: expect.objectContaining({ id: category.id, name: "newer" }) }],
        ["category_deleted", { server_id, category_id: dropped.id }],
        ["channel_deleted", { server_id, channel_id: lost.id }],
        [
          "member_changed",
          { server_id, member: { user_id: bob.id, timed_out_until: null, nickname: null, roles: [role.id] } },
        ],
      ]);
      const changed = events.filter(([type]) => type === "channel_updated").map(([, data]) => data.channel);
      expect(changed.find(({ id }) => id === moved.id)).toMatchObject({ name: "moved", category_id: category.id });
      const order = answer.events.map((event: Json) => `${event.type} ${event.data.channel?.id ?? ""}`);
      expect(order.indexOf("category_added ")).toBeLessThan(order.indexOf(`channel_updated ${moved.id}`));
      expect(order.indexOf(`channel_updated ${moved.id}`)).toBeLessThan(order.indexOf("category_deleted "));
    },
  },
});

test("members who came, went, and came back, and how many there are", async () => {
  const [carol, dave] = await Promise.all([server.join(), server.join()]);
  await inviteInto(server_id, alice, carol);
  const topic = `server:${server_id}`;
  const seq = await seqOf(bob, topic);
  await done(carol, "leave_server", { server_id });
  await inviteInto(server_id, alice, dave);
  const { [topic]: answer } = await sync(bob, { [topic]: seq });
  expect(typesOf(answer)).toEqual(["member_deleted", "member_added"]);
  expect(answer.events[0].data).toEqual({ server_id, user_id: carol.id });
  expect(answer.events[1].data.member).toMatchObject({ user_id: dave.id, name: dave.name, status: "online" });
  const frank = await server.join();
  await inviteInto(server_id, alice, carol, frank);
  await done(frank, "leave_server", { server_id });
  const { [topic]: later } = await sync(bob, { [topic]: seq });
  expect(later.events.map(({ type, data }: Json) => [type, data.member.user_id])).toEqual([
    ["member_added", dave.id],
    ["member_changed", carol.id],
  ]);
  expect(await sync(carol, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
});

test("a channel hidden meanwhile is gone, one shown is added, and of what never was shown there is no word", async () => {
  const { role } = await done(alice, "add_role", { server_id, name: "inner" });
  const { channel: inner } = await done(alice, "add_channel", { server_id, name: "inner", roles: [role.id] });
  const { channel: secret } = await done(alice, "add_channel", { server_id, name: "secret", roles: [] });
  const { channel: open } = await done(alice, "add_channel", { server_id, name: "open" });
  const [topic, of_inner, of_open] = [`server:${server_id}`, `channel:${inner.id}`, `channel:${open.id}`];
  const before = (await done(bob, "subscribe", { topics: [topic, of_open] })).topics;
  await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
  await done(alice, "update_channel", { channel_id: open.id, changes: { roles: [] } });
  await done(alice, "update_channel", { channel_id: secret.id, changes: { name: "still secret" } });
  await done(alice, "add_message", { channel_id: secret.id, content: "whispered" });
  const seqs = { [topic]: before[topic].seq, [of_open]: before[of_open].seq };
  const shown = await sync(bob, { ...seqs, [of_inner]: 0, [`channel:${secret.id}`]: 0, "channel:12345": 0 });
  expect(shown[of_open]).toEqual({ gone: true });
  expect(shown[`channel:${secret.id}`]).toEqual({ gone: true });
  expect(shown["channel:12345"]).toEqual({ gone: true });
  expect(typesOf(shown[topic])).toEqual(["channel_added", "channel_deleted", "member_changed"].sort());
  expect(shown[topic].events.find(({ type }: Json) => type === "channel_added").data.channel.id).toBe(inner.id);
  expect(JSON.stringify(shown[topic])).not.toContain(String(secret.id));

  const with_role = (await done(bob, "subscribe", { topics: [topic, of_inner] })).topics;
  await done(alice, "delete_role", { role_id: role.id });
  const hidden = await sync(bob, { [topic]: with_role[topic].seq, [of_inner]: with_role[of_inner].seq });
  expect(hidden[of_inner]).toEqual({ gone: true });
  expect(typesOf(hidden[topic])).toContain("channel_deleted");
  expect(typesOf(hidden[topic])).not.toContain("channel_added");
});

test("without `read_history`, what was said meanwhile is not told", async () => {
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const { roles } = await done(alice, "get_server_roles", { server_id });
  const role_id = roles.at(-1).id;
  const overwrites = [{ role_id, allow: [], deny: ["read_history"] }];
  const { channel } = await done(alice, "add_channel", { server_id, name: "live only", overwrites });
  expect(categories).not.toBeNull();
  const topic = `channel:${channel.id}`;
  const seq = await seqOf(bob, topic);
  expect(await sync(bob, { [topic]: seq })).toEqual({ [topic]: { seq, events: [] } });
  await done(alice, "add_message", { channel_id: channel.id, content: "you had to be there" });
  expect(await sync(bob, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
});

test("a server that one left, or that is no more, is gone, and so are its channels", async () => {
  const other = await foundServer(alice, "Brief");
  await inviteInto(other, alice, bob);
  const { categories } = await done(bob, "get_server_channels", { server_id: other });
  const topics = { [`server:${other}`]: 1, [`channel:${categories[0].channels[0].id}`]: 1 };
  const all_gone = Object.fromEntries(Object.keys(topics).map((topic) => [topic, { gone: true }]));
  await done(bob, "leave_server", { server_id: other });
  expect(await sync(bob, topics)).toEqual(all_gone);
  await done(alice, "delete_server", { server_id: other });
  expect(await sync(alice, topics)).toEqual(all_gone);
});

test("people: always how they look now, their profile if it changed; strangers are gone", async () => {
  const stranger = await server.join();
  const { seq } = await done(bob, "get_user", { user_id: alice.id });
  const topic = `user:${alice.id}`;
  const unchanged = (await sync(bob, { [topic]: seq, [`user:${stranger.id}`]: 0, "user:77": 0 })) as Json;
  expect(unchanged[topic].events).toEqual([
    { type: "user_changed", topic, seq: unchanged[topic].seq, data: { id: alice.id, status: "online", playing: null } },
  ]);
  expect(unchanged[`user:${stranger.id}`]).toEqual({ gone: true });
  expect(unchanged["user:77"]).toEqual({ gone: true });
  await done(alice, "update_user", { changes: { bio: "grows trees", status: "dnd" } });
  const { [topic]: changed } = await sync(bob, { [topic]: seq });
  expect(changed.events[0].data).toMatchObject({ id: alice.id, bio: "grows trees", status: "dnd", playing: null });

  bob = await returned(server, bob);
  await sync(bob, { [topic]: changed.seq });
  await done(alice, "update_user", { changes: { status: "online" } });
  expect(await bob.client.take("user_changed")).toMatchObject({ topic, data: { id: alice.id, status: "online" } });
});

test("oneself: friends, servers, and how far one has read", async () => {
  const [erin, frank] = await Promise.all([server.join(), server.join()]);
  const { seq } = await done(erin, "get_friends");
  const { friend } = await done(frank, "add_friend", { user_id: erin.id });
  const asked = (await sync(erin, { self: seq }))["self"];
  expect(asked.events).toEqual([
    {
      type: "friend_added",
      topic: "self",
      seq: asked.seq,
      data: { user_id: frank.id, name: frank.name, state: "incoming" },
    },
  ]);
  expect(friend.state).toBe("outgoing");
  await done(erin, "update_friend", { user_id: frank.id, action: "accept" });
  const accepted = (await sync(erin, { self: asked.seq }))["self"];
  expect(accepted.events[0]).toMatchObject({ type: "friend_changed", data: { user_id: frank.id, state: "friend" } });
  await inviteInto(server_id, alice, erin);
  const { message } = await done(alice, "add_message", { channel_id: general, content: "read me" });
  await done(erin, "mark_read", { channel_id: general, message_id: message.id });
  await done(frank, "delete_friend", { user_id: erin.id });
  const later = (await sync(erin, { self: accepted.seq }))["self"];
  expect(later.events.map(({ type, data }: Json) => [type, data])).toEqual([
    ["server_added", { server: { id: server_id, name: "Orchard", image: null } }],
    ["read_state_changed", { channel_id: general, last_read_id: message.id }],
    ["friend_deleted", { user_id: frank.id, name: frank.name, state: "none" }],
  ]);
  await done(erin, "leave_server", { server_id });
  expect(typesOf((await sync(erin, { self: later.seq }))["self"])).toEqual(["server_deleted"]);
});
