import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer, type TestUser } from "../../harness/server.ts";
import { anyPng } from "../../uploads/samples.ts";
import { expectBlocked, fillRequests, neighbours, open } from "../conversations/talkers.ts";
import { anotherChannel, aPlace, chunk, deny, eventsOn, listen, malformed, post, promote, refusal } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function upload(by: TestUser): Promise<Json> {
  const headers = { authorization: `Bearer ${by.token}` };
  return (await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: anyPng() })).json();
}

const contentsOf = async (reader: Present, channel_id: number) =>
  (await chunk(reader, channel_id)).messages.map(({ content }: Json) => content);

conversation("add_message", {
  async success() {
    const { alice, bob, server_id, channel_id } = await aPlace(server);
    await listen(channel_id, alice, bob);
    const reply = await bob.client.ask({
      type: "add_message",
      data: { channel_id, content: " hello\n ", nonce: "n1" },
    });
    const message = {
      ...{ id: expect.any(Number), channel_id, server_id, author_id: bob.id, content: "hello" },
      ...{ created_date: expect.stringMatching(TIME), edited_date: null, reply_to: null },
      ...{
        attachments: [],
        mentions: [],
        mention_roles: [],
        mentions_all: null,
        reactions: [],
        pinned: false,
        nonce: "n1",
      },
    };
    expect(reply).toEqual({ id: reply["id"], type: "add_message", data: { message } });
    const { message: added } = reply["data"];
    const event = { type: "message_added", topic: `channel:${channel_id}`, seq: added.id, data: added };
    expect(await alice.client.rest()).toEqual([event]);
    const [first, second] = bob.client.seen.slice(-2);
    expect([first, second]).toEqual([reply, event]);
    expect((await chunk(alice, channel_id)).messages).toEqual([added]);
  },
  errors: {
    blocked: () => expectBlocked(server, "add_message"),
    async limit_reached() {
      // Of whom it is about, and when, the tests of conversations say more.
      const [alice, bob] = await neighbours(server);
      const { channel_id } = await open(alice, bob);
      fillRequests(server, bob);
      const refused = await refusal(alice, "add_message", { channel_id, content: "hello" });
      const details = { limit: "conversation_requests_per_user" };
      expect(refused).toMatchObject({ code: "limit_reached", details });
    },
    async not_found() {
      const place = await aPlace(server);
      const { bob, mallory } = place;
      const hidden = await anotherChannel(place, true);
      const unknown = await refusal(bob, "add_message", { channel_id: 12345, content: "x" });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(bob, "add_message", { channel_id: hidden, content: "x" })).toEqual(unknown);
      expect(await refusal(mallory, "add_message", { channel_id: place.channel_id, content: "x" })).toEqual(unknown);
      expect(await refusal(mallory, "add_message", { channel_id: place.channel_id, content: "" })).toEqual(unknown);
      expect(await contentsOf(place.alice, place.channel_id)).toEqual([]);
    },
    async forbidden() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      await deny(place, "send_messages");
      await listen(channel_id, alice);
      expect(await refusal(bob, "add_message", { channel_id, content: "x" })).toMatchObject({
        code: "forbidden",
        message: expect.stringContaining("send_messages"),
      });
      await deny(place, "attach_files");
      const { id } = await upload(bob);
      expect(await refusal(bob, "add_message", { channel_id, content: "x", attachments: [id] })).toMatchObject({
        code: "forbidden",
        message: expect.stringContaining("attach_files"),
      });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
      await post(bob, channel_id, "without them");
      expect(await contentsOf(alice, channel_id)).toEqual(["without them"]);
    },
    async conflict() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const { id } = await post(bob, channel_id, "regrettable", { nonce: "once" });
      await done(alice, "delete_message", { message_id: id });
      await listen(channel_id, alice);
      const again = { channel_id, content: "regrettable", nonce: "once" };
      expect(await refusal(bob, "add_message", again)).toMatchObject({ code: "conflict" });
      expect(await contentsOf(alice, channel_id)).toEqual([]);
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
    },
  },
  async malformed() {
    const { alice, bob, channel_id } = await aPlace(server);
    await listen(channel_id, alice);
    const add = (data: Json, path: string) => malformed(bob, "add_message", data, path);
    await add({ content: "x" }, "channel_id");
    await add({ channel_id: "5", content: "x" }, "channel_id");
    await add({ channel_id: -1, content: "x" }, "channel_id");
    await add({ channel_id }, "content");
    await add({ channel_id, content: 5 }, "content");
    await add({ channel_id, content: "" }, "content");
    await add({ channel_id, content: " \n\t\u2003\ufeff" }, "content");
    await add({ channel_id, content: "x".repeat(limits.message_length + 1) }, "content");
    await add({ channel_id, content: "👍".repeat(limits.message_length + 1) }, "content");
    await add({ channel_id, content: "a\0b" }, "content");
    await add({ channel_id, content: "a\ud800b" }, "content");
    await add({ channel_id, content: "x", nonce: "" }, "nonce");
    await add({ channel_id, content: "x", nonce: "n".repeat(limits.nonce_length + 1) }, "nonce");
    await add({ channel_id, content: "x", nonce: "\udc00" }, "nonce");
    await add({ channel_id, content: "x", reply_to: "5" }, "reply_to");
    await add({ channel_id, content: "x", attachments: 5 }, "attachments");
    await add(
      { channel_id, content: "x", attachments: Array.from({ length: limits.attachments + 1 }, (_, i) => i + 1) },
      "attachments",
    );
    expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
    expect(await contentsOf(alice, channel_id)).toEqual([]);
  },
  also: {
    async "the longest text is counted in code points, after trimming"() {
      const { bob, channel_id } = await aPlace(server);
      const longest = "👍".repeat(limits.message_length);
      expect((await post(bob, channel_id, `${" ".repeat(9_000)}${longest}\n`)).content).toBe(longest);
    },
    async "text of any kind comes back as it was sent"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const texts = [
        '<b>&amp;</b> "quoted"',
        "\u202egnp.exe",
        "e\u0301 é ﬀ",
        "a\u0007b\u001bc",
        "مرحبا 👨‍👩‍👧",
        "'; drop table messages; --",
        "\\u0000",
      ];
      for (const text of texts) await post(bob, channel_id, text);
      expect(await contentsOf(alice, channel_id)).toEqual(texts);
    },
    async "only who listens to the channel is told"() {
      const place = await aPlace(server);
      const { alice, bob, mallory, channel_id } = place;
      const phone = await server.connect(alice);
      await listen(await anotherChannel(place), alice);
      await listen(channel_id, bob);
      await post(bob, channel_id, "hello");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toHaveLength(1);
      for (const client of [alice.client, phone, mallory.client]) {
        expect(await eventsOn({ client }, `channel:${channel_id}`)).toEqual([]);
      }
    },
    async "the same nonce again brings the first message back, as it is now"() {
      const { alice, bob, channel_id } = await aPlace(server);
      await listen(channel_id, alice);
      const first = await post(bob, channel_id, "first", { nonce: "n" });
      expect(await post(bob, channel_id, "second", { nonce: "n" })).toEqual(first);
      await done(bob, "update_message", { message_id: first.id, content: "edited" });
      await done(alice, "add_reaction", { message_id: first.id, emoji: "👍" });
      const again = await post(bob, channel_id, "third", { nonce: "n" });
      expect(again).toMatchObject({
        id: first.id,
        content: "edited",
        reactions: [{ emoji: "👍", count: 1, me: false }],
      });
      const told = await eventsOn(alice, `channel:${channel_id}`);
      expect(told.map(({ type }) => type)).toEqual(["message_added", "message_changed", "message_changed"]);
    },
    async "copies that race add one message, and each is answered with it"() {
      const { alice, bob, channel_id } = await aPlace(server);
      await listen(channel_id, alice);
      const phone = { client: await server.connect(bob) };
      const senders = [bob, phone, bob, phone, bob, phone, bob, phone];
      const messages = await Promise.all(senders.map((sender) => post(sender, channel_id, "once", { nonce: "race" })));
      expect(new Set(messages.map(({ id }) => id)).size).toBe(1);
      expect(await eventsOn(alice, `channel:${channel_id}`)).toHaveLength(1);
      expect(await contentsOf(alice, channel_id)).toEqual(["once"]);
    },
    async "a nonce is its author's own, in its channel"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const other = await anotherChannel(place);
      const ids = [
        (await post(bob, channel_id, "one", { nonce: "n" })).id,
        (await post(alice, channel_id, "two", { nonce: "n" })).id,
        (await post(bob, other, "three", { nonce: "n" })).id,
        (await post(bob, channel_id, "four", { nonce: "N" })).id,
        (await post(bob, channel_id, "five", { nonce: "n " })).id,
      ];
      expect(new Set(ids).size).toBe(5);
    },
    async "a nonce is remembered when the server starts again, but for a deleted message"() {
      const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
      const own = await startServer({}, folder);
      const { alice, bob, channel_id } = await aPlace(own);
      const first = await post(bob, channel_id, "first", { nonce: "n" });
      const base = await post(alice, channel_id, "base");
      const answer = await post(bob, channel_id, "answer", { nonce: "answer", reply_to: base.id });
      const deleted = await post(bob, channel_id, "deleted", { nonce: "deleted" });
      await done(bob, "delete_message", { message_id: deleted.id });
      await done(alice, "delete_message", { message_id: base.id });
      await own.stop();
      const again = await startServer({}, folder);
      const later = { client: await again.connect(await again.login(bob.name)) };
      expect(await post(later, channel_id, "second", { nonce: "n" })).toEqual(first);
      // What was refused without the nonce, since the message replied to is gone, is known for the first one.
      expect(await post(later, channel_id, "answer", { nonce: "answer", reply_to: base.id })).toEqual(answer);
      const once_more = { channel_id, content: "x", nonce: "deleted" };
      expect(await refusal(later, "add_message", once_more)).toMatchObject({ code: "conflict" });
      expect((await chunk(later, channel_id)).messages.map(({ content }: Json) => content)).toEqual([
        "first",
        "answer",
      ]);
      await again.stop();
      await rm(folder, { recursive: true });
    },
    async "a reply is to a live message of the same channel"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const base = await post(alice, channel_id, "base");
      const elsewhere = await post(alice, await anotherChannel(place), "elsewhere");
      for (const reply_to of [elsewhere.id, 12345, channel_id]) {
        await malformed(bob, "add_message", { channel_id, content: "x", reply_to }, "reply_to");
      }
      await listen(channel_id, alice);
      expect(await post(bob, channel_id, "answer", { reply_to: base.id })).toMatchObject({ reply_to: base.id });
      await chunk(bob, channel_id);
      expect(await post(bob, channel_id, "from memory", { reply_to: base.id })).toMatchObject({ reply_to: base.id });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toMatchObject([
        { data: { reply_to: base.id } },
        { data: { reply_to: base.id } },
      ]);
    },
    async "a reply to a message that has gone since it was read is a message of its own"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const gone = await post(alice, channel_id, "gone");
      const elsewhere = await post(alice, await anotherChannel(place), "gone as well");
      for (const { id } of [gone, elsewhere]) await done(alice, "delete_message", { message_id: id });
      await listen(channel_id, alice);
      expect(await post(bob, channel_id, "answer", { reply_to: gone.id })).toMatchObject({ reply_to: null });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toMatchObject([{ data: { reply_to: null } }]);
      await malformed(bob, "add_message", { channel_id, content: "x", reply_to: elsewhere.id }, "reply_to");
    },
    async "text that shows nothing is none"() {
      const { bob, channel_id } = await aPlace(server);
      for (const content of ["\u200b", "\u2060\ufeff", "\u3164", "\u2800", "\u202e \u2066", "\ufe0f", "\u{e0041}"]) {
        await malformed(bob, "add_message", { channel_id, content }, "content");
      }
    },
    async "attachments are uploads of one's own, in their order"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const [one, two, alices] = [await upload(bob), await upload(bob), await upload(alice)];
      await listen(channel_id, alice);
      const message = await post(bob, channel_id, "", { attachments: [two.id, one.id] });
      const view = ({ id, type, width, height, bytes }: Json) => ({
        id,
        url: expect.stringMatching(new RegExp(`^/api/v1/uploads/${id}/[\\w-]{22}$`)),
        name: `${id}.png`,
        type,
        width,
        height,
        bytes,
      });
      expect(message).toMatchObject({ content: "", attachments: [view(two), view(one)] });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toMatchObject([
        { data: { attachments: [view(two), view(one)] } },
      ]);
      const refused = (attachments: number[], path: string) =>
        malformed(bob, "add_message", { channel_id, content: "x", attachments }, path);
      await refused([alices.id], "attachments.0");
      await refused([one.id, 12345], "attachments.1");
      await refused([one.id, two.id, one.id], "attachments.2");
    },
    async "mentions are of members who can view the channel, each once"() {
      const place = await aPlace(server);
      const { alice, bob, mallory, channel_id } = place;
      const text = `<@${mallory.id}> <@${bob.id}>, <@${alice.id}>! <@${bob.id}> <@12345> <@x>`;
      expect((await post(bob, channel_id, text)).mentions).toEqual([bob.id, alice.id]);
      const hidden = await anotherChannel(place, true);
      expect((await post(alice, hidden, text)).mentions).toEqual([alice.id]);
    },
    async "a mention of everyone counts for who may"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const carol = await server.join();
      const { invite } = await done(alice, "add_invite", { server_id });
      await done(carol, "join_server", { invite_code: invite.code });
      const mentioned = async () => (await done(carol, "get_read_state", { server_id })).channels[0].mentions;
      await post(bob, channel_id, "@everyone");
      expect(await mentioned()).toBe(0);
      await promote(place, bob, "mention_everyone");
      expect((await post(bob, channel_id, "hey @everyone")).mentions).toEqual([]);
      expect(await mentioned()).toBe(1);
    },
    async "many at once from one session keep the order in which they were sent"() {
      const { alice, bob, channel_id } = await aPlace(server);
      await listen(channel_id, alice);
      const { id: target } = await post(alice, channel_id, "target");
      const contents = Array.from({ length: 40 }, (_, index) => `number ${index}`);
      const kinds = [{}, { reply_to: target }, { nonce: "" }];
      const replies = await Promise.all(
        contents.map((content, index) => {
          const { nonce, ...more } = { nonce: undefined, ...kinds[index % 3] } as Json;
          return post(bob, channel_id, content, nonce === undefined ? more : { nonce: content });
        }),
      );
      const ids = replies.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((one, other) => one - other));
      const told = await eventsOn(alice, `channel:${channel_id}`);
      expect(told.map(({ data }) => data.content)).toEqual(["target", ...contents]);
      expect(told.map(({ seq }) => seq)).toEqual([target, ...ids]);
    },
  },
});
