import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { type Json, TestClient } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
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
  postMany,
  promote,
  refusal,
} from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Asker = Pick<Present, "client">;
type Pinning = "pin_message" | "unpin_message";

interface Pinned extends Place {
  message_id: number;
}

/** A message of bob's, to which alice listens. */
async function aMessage(): Promise<Pinned> {
  const place = await aPlace(server);
  const { id: message_id } = await post(place.bob, place.channel_id, "the rules");
  await listen(place.channel_id, place.alice);
  return { ...place, message_id };
}

async function pin(who: Asker, ...message_ids: number[]): Promise<void> {
  for (const message_id of message_ids) await done(who, "pin_message", { message_id });
}

const pinsOf = async (who: Asker, channel_id: number): Promise<Json[]> =>
  (await done(who, "get_pins", { channel_id })).messages;
const idsOf = (messages: Json[]): number[] => messages.map(({ id }) => id);

async function expectHidden(type: Pinning): Promise<void> {
  const { message_id, ...place } = await aMessage();
  const { alice, bob, mallory } = place;
  await promote(place, bob, "manage_messages");
  const hidden = await post(alice, await anotherChannel(place, true), "hidden");
  const unknown = await refusal(bob, type, { message_id: 12345 });
  expect(unknown).toMatchObject({ code: "not_found" });
  expect(await refusal(bob, type, { message_id: hidden.id })).toEqual(unknown);
  expect(await refusal(mallory, type, { message_id })).toEqual(unknown);
  await done(alice, "delete_message", { message_id });
  expect(await refusal(bob, type, { message_id })).toEqual(unknown);
}

/** Its own author may not, nor who manages messages without reading them. */
async function expectForbidden(type: Pinning): Promise<void> {
  const { message_id, ...place } = await aMessage();
  const { alice, bob, channel_id } = place;
  expect(await refusal(bob, type, { message_id })).toMatchObject({ code: "forbidden" });
  await promote(place, bob, "manage_messages");
  await deny(place, "read_history");
  expect(await refusal(bob, type, { message_id })).toMatchObject({
    code: "forbidden",
    message: expect.stringContaining("read_history"),
  });
  expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
}

async function expectMalformed(type: Pinning): Promise<void> {
  const { alice } = await aMessage();
  await malformed(alice, type, {}, "message_id");
  await malformed(alice, type, { message_id: "5" }, "message_id");
}

conversation("pin_message", {
  async success() {
    const { alice, bob, channel_id, message_id } = await aMessage();
    const { message } = await done(alice, "pin_message", { message_id });
    expect(message).toMatchObject({ id: message_id, author_id: bob.id, pinned: true });
    expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([
      {
        ...{ type: "message_changed", topic: `channel:${channel_id}`, seq: expect.any(Number) },
        data: { id: message_id, channel_id, pinned: true },
      },
    ]);
    expect((await chunk(bob, channel_id)).messages).toEqual([message]);
    expect(await pinsOf(bob, channel_id)).toEqual([message]);
  },
  errors: {
    not_found: () => expectHidden("pin_message"),
    forbidden: () => expectForbidden("pin_message"),
    blocked: () => expectBlocked(server, "pin_message"),
    async limit_reached() {
      const { alice, channel_id, message_id } = await aMessage();
      const posted = await postMany(alice, channel_id, limits.pins_per_channel);
      await pin(alice, ...idsOf(posted));
      const refused = await refusal(alice, "pin_message", { message_id });
      expect(refused).toMatchObject({ code: "limit_reached", details: { limit: "pins_per_channel" } });
      await done(alice, "unpin_message", { message_id: posted[7]?.id });
      await pin(alice, message_id);
      const pins = await pinsOf(alice, channel_id);
      expect(pins).toHaveLength(limits.pins_per_channel);
      expect(pins[0]?.id).toBe(message_id);
    },
  },
  malformed: () => expectMalformed("pin_message"),
  also: {
    async "again changes nothing, and nobody is told"() {
      const { alice, channel_id, message_id } = await aMessage();
      const { id: later } = await post(alice, channel_id, "later");
      await pin(alice, message_id, later);
      await alice.client.rest();
      const { message } = await done(alice, "pin_message", { message_id });
      expect(message.pinned).toBe(true);
      expect(await alice.client.rest()).toEqual([]);
      expect(idsOf(await pinsOf(alice, channel_id))).toEqual([later, message_id]);
    },
    async "by two at once: one of them, and one more than there is room for"() {
      const { message_id, ...place } = await aMessage();
      const { alice, bob, channel_id } = place;
      await promote(place, bob, "manage_messages");
      const posted = await postMany(alice, channel_id, limits.pins_per_channel);
      await pin(alice, ...idsOf(posted.slice(1)));
      await alice.client.rest();
      const first = { type: "pin_message", data: { message_id } };
      const other = { type: "pin_message", data: { message_id: posted[0]?.id } };
      const replies = await Promise.all([
        alice.client.ask(first),
        bob.client.ask(first),
        alice.client.ask(other),
        bob.client.ask(other),
      ]);
      expect(replies.filter(({ type }) => type === "pin_message")).toHaveLength(2);
      expect(replies.filter(({ code }) => code === "limit_reached")).toHaveLength(2);
      expect(await eventsOn(alice, `channel:${channel_id}`)).toHaveLength(1);
      expect(await pinsOf(alice, channel_id)).toHaveLength(limits.pins_per_channel);
    },
    async "is in the log of the server, with no word of the message"() {
      const { alice, bob, server_id, message_id } = await aMessage();
      await pin(alice, message_id);
      await done(alice, "unpin_message", { message_id });
      await done(alice, "unpin_message", { message_id });
      const { entries } = await done(alice, "get_audit_log", { server_id, amount: 10, anchor: 0 });
      const entry = { actor_id: alice.id, target_id: bob.id, reason: null };
      expect(entries.slice(0, 2)).toMatchObject([
        { ...entry, type: "message_unpinned", changes: { message_id: { before: message_id, after: null } } },
        { ...entry, type: "message_pinned", changes: { message_id: { before: null, after: message_id } } },
      ]);
      expect(entries).toHaveLength(2);
      expect(JSON.stringify(entries)).not.toContain("rules");
    },
    async "is kept over a restart, and told to who was away"() {
      const { alice, bob, channel_id, message_id } = await aMessage();
      const { seq } = await chunk(bob, channel_id);
      await pin(alice, message_id);
      server = await server.restart();
      const again = { client: await TestClient.open(server.url, bob.token) };
      const { epoch } = (await again.client.take("ready"))["data"];
      const topics = { [`channel:${channel_id}`]: seq };
      const synced = (await done(again, "sync", { epoch, topics })).topics[`channel:${channel_id}`];
      expect(synced.events).toMatchObject([{ type: "message_changed", data: { id: message_id, pinned: true } }]);
      const pins = await pinsOf(again, channel_id);
      expect(pins).toMatchObject([{ id: message_id, pinned: true, content: "the rules" }]);
    },
  },
});

conversation("unpin_message", {
  async success() {
    const { alice, channel_id, message_id } = await aMessage();
    await pin(alice, message_id);
    await alice.client.rest();
    const { message } = await done(alice, "unpin_message", { message_id });
    expect(message).toMatchObject({ id: message_id, pinned: false });
    expect(await eventsOn(alice, `channel:${channel_id}`)).toMatchObject([
      { type: "message_changed", data: { id: message_id, channel_id, pinned: false } },
    ]);
    expect(await pinsOf(alice, channel_id)).toEqual([]);
    await done(alice, "unpin_message", { message_id });
    expect(await alice.client.rest()).toEqual([]);
  },
  errors: {
    not_found: () => expectHidden("unpin_message"),
    forbidden: () => expectForbidden("unpin_message"),
  },
  malformed: () => expectMalformed("unpin_message"),
});

conversation("get_pins", {
  async success() {
    const { alice, bob, channel_id, message_id } = await aMessage();
    const [first, second] = await postMany(alice, channel_id, 2);
    await pin(alice, ...[second?.id, message_id, first?.id]);
    const pins = await done(bob, "get_pins", { channel_id });
    expect(pins).toEqual({ messages: expect.any(Array), next_anchor: null, seq: expect.any(Number) });
    expect(idsOf(pins.messages)).toEqual([first?.id, message_id, second?.id]);
    expect(pins.messages.every(({ pinned }: Json) => pinned)).toBe(true);
    // Who has listed them hears of their changes.
    await done(alice, "update_message", { message_id: first?.id, content: "changed" });
    await done(alice, "delete_message", { message_id: second?.id });
    const told = await eventsOn(bob, `channel:${channel_id}`);
    expect(told.map(({ type }) => type)).toEqual(["message_changed", "message_deleted"]);
    expect((await pinsOf(bob, channel_id)).map(({ content }) => content)).toEqual(["changed", "the rules"]);
  },
  errors: {
    async not_found() {
      const place = await aMessage();
      const { bob, mallory, channel_id } = place;
      const unknown = await refusal(bob, "get_pins", { channel_id: 12345 });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(bob, "get_pins", { channel_id: await anotherChannel(place, true) })).toEqual(unknown);
      expect(await refusal(mallory, "get_pins", { channel_id })).toEqual(unknown);
    },
    async forbidden() {
      const place = await aMessage();
      await deny(place, "read_history");
      expect(await refusal(place.bob, "get_pins", { channel_id: place.channel_id })).toMatchObject({
        code: "forbidden",
      });
    },
  },
  async malformed() {
    const { alice, channel_id } = await aMessage();
    await malformed(alice, "get_pins", {}, "channel_id");
    await malformed(alice, "get_pins", { channel_id, anchor: -1 }, "anchor");
  },
  also: {
    async "of long texts come some at a time"() {
      const { alice, channel_id } = await aPlace(server);
      const long = "x".repeat(limits.message_length);
      const ids: number[] = [];
      for (let count = 0; count < 40; count += 1)
        ids.push((await post(alice, channel_id, `${long.slice(4)} ${count}`)).id);
      await pin(alice, ...ids);
      const found: number[] = [];
      for (let anchor: number | null = 0; anchor !== null; ) {
        const page: Json = await done(alice, "get_pins", { channel_id, anchor });
        expect(JSON.stringify(page).length).toBeLessThan(limits.page_content_length * 2);
        found.push(...idsOf(page.messages));
        anchor = page.next_anchor;
      }
      expect(found).toEqual(ids.toReversed());
    },
    async "knows nothing of what is deleted"() {
      const { alice, channel_id, message_id } = await aMessage();
      await pin(alice, message_id);
      await done(alice, "delete_message", { message_id });
      expect(await pinsOf(alice, channel_id)).toEqual([]);
    },
  },
});
