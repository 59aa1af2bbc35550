// What is said in conversations: as in a channel of a server, for who is in it; and what a block, or being strangers,
// keeps from whom.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Frame, Json } from "../../harness/client.ts";
import { done, refusal } from "../../harness/community.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { befriend } from "../people/acquaintances.ts";
import {
  added,
  aGroup,
  changed,
  fillRequests,
  listOf,
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

const newest = ({ channel_id }: Json) => ({ channel_id, amount: 50, anchor: 0, direction: true });
const epochOf = ({ client }: Present): string => (client.seen[0] as Frame)["data"].epoch;
const page = async (who: Present, talk: Json): Promise<Json[]> =>
  (await done(who, "get_message_chunk", newest(talk))).messages;

describe("in a conversation", () => {
  test("messages are said, answered, changed, reacted to, found and deleted", async () => {
    const { alice, bob, conversation: talk } = await talking(server);
    await done(bob, "get_message_chunk", newest(talk));
    const topic = `channel:${talk.channel_id}`;
    const place = { server_id: null, conversation_id: talk.id };
    const first = await say(alice, talk, "the apples are ripe", { nonce: "ripe" });
    expect(first).toMatchObject(place);
    expect(await bob.client.take("message_added")).toEqual({
      type: "message_added",
      topic,
      seq: first.id,
      data: first,
    });
    expect(await say(alice, talk, "the apples are ripe", { nonce: "ripe" })).toEqual(first);
    const answer = await say(bob, talk, "are they?", { reply_to: first.id });
    expect(answer).toMatchObject({ ...place, reply_to: first.id });
    const edited = await done(alice, "update_message", { message_id: first.id, content: "the pears are ripe" });
    expect(edited.message).toMatchObject({ ...place, content: "the pears are ripe" });
    const { message } = await done(bob, "add_reaction", { message_id: first.id, emoji: "👍" });
    expect(message).toMatchObject({ ...place, reactions: [{ emoji: "👍", count: 1, me: true }] });
    const asked = { conversation_id: talk.id, query: "pears", amount: 5, anchor: 0 };
    expect(await done(bob, "search_messages", asked)).toEqual({ messages: [message], next_anchor: null });
    expect((await done(alice, "get_message", { message_id: first.id })).message).toMatchObject(place);
    await settled(alice, bob);
    await done(bob, "delete_message", { message_id: answer.id });
    for (const one of [alice, bob]) expect(await news(one)).toEqual([changed(talk.id, { last_message_id: first.id })]);
    expect((await page(alice, talk)).at(-1)).toMatchObject({ id: first.id, ...place });
    expect(await refusal(bob, "delete_message", { message_id: first.id })).toMatchObject({ code: "forbidden" });
  });

  test("one hears who is writing, and knows how far one has read", async () => {
    const { alice, bob, conversation: talk } = await talking(server);
    const { channel_id } = talk;
    await done(bob, "get_message_chunk", newest(talk));
    await done(alice, "typing", { channel_id });
    expect((await bob.client.take("typing_started"))["data"]).toEqual({ channel_id, user_id: alice.id });
    const { id } = await say(alice, talk, `hello <@${bob.id}>`);
    const stateOf = async (who: Present, asked: Json) => (await done(who, "get_read_state", asked)).channels;
    const unread = {
      channel_id,
      last_read_id: null,
      last_message_id: id,
      unread: 2,
      mentions: 1,
      conversation_id: talk.id,
    };
    expect(await stateOf(bob, { conversation_id: talk.id })).toEqual([unread]);
    expect(await stateOf(bob, {})).toEqual([unread]);
    const again = await server.connect(bob);
    await again.rest();
    await done(bob, "mark_read", { channel_id, message_id: id });
    expect((await again.take("read_state_changed"))["data"]).toEqual({ channel_id, last_read_id: id });
    expect(await stateOf(bob, {})).toMatchObject([{ last_read_id: id, unread: 0, mentions: 0 }]);
    const carol = await server.join();
    expect(await refusal(carol, "get_read_state", { conversation_id: talk.id })).toMatchObject({ code: "not_found" });
  });

  test("@everyone is for groups", async () => {
    const { people, group } = await aGroup(server);
    const [alice, bob] = people as [Present, Present];
    await say(alice, group, "@everyone comes");
    const { conversation: talk, ...two } = await talking(server);
    await say(two.alice, talk, "@everyone comes");
    expect(await done(bob, "get_read_state", {})).toMatchObject({ channels: [{ mentions: 1 }] });
    expect(await done(two.bob, "get_read_state", {})).toMatchObject({ channels: [{ mentions: 0 }] });
  });

  test("`sync` brings what one missed, of the list and of what was said", async () => {
    const { alice, bob, conversation: talk } = await talking(server);
    const epoch = epochOf(bob);
    const { seq: self } = await done(bob, "get_conversations", { amount: 9, anchor: 0 });
    const { seq: channel } = await done(bob, "get_message_chunk", newest(talk));
    await bob.client.close();
    const first = await say(alice, talk, "one");
    const second = await say(alice, talk, "two");
    await done(alice, "delete_message", { message_id: first.id });
    const back = { ...bob, client: await server.connect(bob) };
    const topic = `channel:${talk.channel_id}`;
    const { topics } = await done(back, "sync", { epoch, topics: { self, [topic]: channel } });
    expect(topics.self.events).toEqual([
      { ...changed(talk.id, {}), data: { conversation: { ...talk, last_message_id: second.id } } },
    ]);
    const { seq, events } = topics[topic];
    expect(events).toEqual([{ type: "message_added", topic, seq: second.id, data: second }]);
    expect(seq).toBeGreaterThan(second.id);
    // It hears of both from then on.
    await settled(back);
    const third = await say(alice, talk, "three");
    expect((await back.client.take("message_added"))["data"]).toEqual(third);
    expect(await news(back)).toEqual([changed(talk.id, { last_message_id: third.id })]);
  });

  test("a client that was away hears of what came into its list, and of what left it", async () => {
    const { people, group } = await aGroup(server);
    const [alice, bob, carol] = people as [Present, Present, Present];
    const epoch = epochOf(bob);
    const { seq: self } = await done(bob, "get_conversations", { amount: 9, anchor: 0 });
    await bob.client.close();
    await done(alice, "remove_conversation_member", { conversation_id: group.id, user_id: bob.id });
    const talk = await open(carol, bob);
    await say(carol, talk, "hello");
    const back = { ...bob, client: await server.connect(bob) };
    const { topics } = await done(back, "sync", { epoch, topics: { self, [`channel:${group.channel_id}`]: 1 } });
    expect(topics.self.events).toMatchObject([
      { type: "conversation_deleted", data: { conversation_id: group.id } },
      { type: "conversation_added", data: { conversation: await viewOf(back, talk.id) } },
    ]);
    expect(topics[`channel:${group.channel_id}`]).toEqual({ gone: true });
  });
});

describe("between two of whom one has blocked the other", () => {
  test("nothing is said, changed or reacted to, and what was said stays", async () => {
    const { alice, bob, conversation: talk } = await talking(server);
    const { channel_id } = talk;
    const mine = await say(alice, talk, "mine", { nonce: "mine" });
    const his = await say(bob, talk, "his");
    for (const one of [alice, bob]) await done(one, "get_message_chunk", newest(talk));
    await settled(alice, bob);
    await done(bob, "update_friend", { user_id: alice.id, action: "block" });
    for (const [one, message_id] of [
      [alice, mine.id],
      [bob, his.id],
    ] as const) {
      const refused: [string, Json][] = [
        ["add_message", { channel_id, content: "x" }],
        ["update_message", { message_id, content: "x" }],
        ["add_reaction", { message_id, emoji: "👍" }],
      ];
      for (const [type, data] of refused) expect(await refusal(one, type, data)).toMatchObject({ code: "blocked" });
      await done(one, "typing", { channel_id });
    }
    await settled(alice, bob);
    expect((await page(alice, talk)).slice(-2)).toEqual([mine, his]);
    expect([await viewOf(alice, talk.id), await viewOf(bob, talk.id)]).toMatchObject([
      { id: talk.id },
      { id: talk.id },
    ]);
    // What was said before is answered as before, and what is one's own can go.
    expect(await say(alice, talk, "mine", { nonce: "mine" })).toEqual(mine);
    await done(alice, "delete_message", { message_id: mine.id });
    await done(bob, "update_friend", { user_id: alice.id, action: "unblock" });
    expect(await say(alice, talk, "again")).toMatchObject({ content: "again" });
  });

  test("what is said at the moment of the block is said, or refused", async () => {
    const { alice, bob, conversation: talk } = await talking(server);
    const said = Array.from({ length: 20 }, (_, at) =>
      alice.client.ask({ type: "add_message", data: { channel_id: talk.channel_id, content: `number ${at}` } }),
    );
    const [blocked, ...replies] = await Promise.all([
      done(bob, "update_friend", { user_id: alice.id, action: "block" }),
      ...said,
    ]);
    expect(blocked.friend).toMatchObject({ state: "blocked" });
    const stood = replies.filter(({ type }) => type === "add_message").map(({ data }) => data.message.id);
    expect(replies.filter(({ type }) => type === "error").every(({ code }) => code === "blocked")).toBe(true);
    expect((await page(bob, talk)).slice(1).map(({ id }) => id)).toEqual(stood);
  });
});

describe("what a stranger says first", () => {
  test("is a request, which brings no mention and shows nobody, until it is answered", async () => {
    const [alice, bob] = await neighbours(server);
    const carol = await server.join();
    await done(bob, "update_user", { changes: { dms: "everyone" } });
    const talk = await open(carol, bob);
    await say(carol, talk, `hello <@${bob.id}>`);
    const [request] = await listOf(bob);
    expect(request).toMatchObject({ id: talk.id, state: "request" });
    expect(await news(bob)).toEqual([added(request)]);
    expect((await done(bob, "get_read_state", { conversation_id: talk.id })).channels).toMatchObject([
      { unread: 1, mentions: 0 },
    ]);
    for (const [one, other] of [
      [bob, carol],
      [carol, bob],
    ] as const) {
      expect((await done(one, "get_user", { user_id: other.id })).user).not.toHaveProperty("status");
      await done(one, "get_message_chunk", newest(talk));
    }
    // Who writes to a stranger isn't shown that they write back before they have.
    await settled(bob, carol);
    await done(bob, "typing", { channel_id: talk.channel_id });
    await settled(bob);
    expect(await carol.client.rest()).toEqual([]);
    const { id } = await say(bob, talk, `hello <@${carol.id}>`);
    expect(await news(bob)).toEqual([changed(talk.id, { last_message_id: id, state: "open" })]);
    expect(await viewOf(bob, talk.id)).toMatchObject({ state: "open" });
    expect((await done(carol, "get_user", { user_id: bob.id })).user).toMatchObject({ status: "online" });
    await say(carol, talk, `yes <@${bob.id}>`);
    expect((await done(bob, "get_read_state", { conversation_id: talk.id })).channels).toMatchObject([{ mentions: 1 }]);
    // Nobody else heard of any of it.
    expect(await news(alice)).toEqual([]);
  });

  test("is none where they are friends by then, or the other opened it too", async () => {
    const [alice, bob] = await neighbours(server);
    const talk = await open(alice, bob);
    await befriend(alice, bob);
    await say(alice, talk, "hello");
    expect(await viewOf(bob, talk.id)).toMatchObject({ state: "open" });
    const [carol, dave] = await neighbours(server);
    const other = await open(carol, dave);
    await say(carol, other, "hello");
    expect(await viewOf(dave, other.id)).toMatchObject({ state: "request" });
    expect(await open(dave, carol)).toMatchObject({ id: other.id, state: "open" });
    expect((await news(dave)).at(-1)).toEqual(changed(other.id, { state: "open" }));
  });

  test("is refused where as many wait as may, and friends write on", async () => {
    const [alice, bob] = await neighbours(server);
    const talk = await open(alice, bob);
    fillRequests(server, bob);
    const refused = await refusal(alice, "add_message", { channel_id: talk.channel_id, content: "hello" });
    const limit = "conversation_requests_per_user";
    expect(refused).toMatchObject({ code: "limit_reached", details: { limit } });
    // They count towards nothing else of his.
    const carol = await server.join();
    await befriend(bob, carol);
    const with_friend = await open(bob, carol);
    await say(carol, with_friend, "hello");
    expect(await viewOf(bob, with_friend.id)).toMatchObject({ state: "open" });
  });
});
