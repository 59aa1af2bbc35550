import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import {
  anotherChannel,
  aPlace,
  chunk,
  deny,
  eventsOn,
  listen,
  malformed,
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

const idsOf = ({ messages }: Json): number[] => messages.map(({ id }: Json) => id);
const first_page = { amount: 100, anchor: 0, direction: true };

interface Asked {
  amount: number;
  anchor: number;
  direction: boolean;
}

/** The page by its definition, of all ids. */
function pageOf(all: number[], { amount, anchor, direction }: Asked): { ids: number[]; has_more: boolean } {
  const upwards = direction === (anchor !== 0);
  const side = all.filter((id) => anchor === 0 || (direction ? id > anchor : id < anchor));
  return { ids: upwards ? side.slice(0, amount) : side.slice(-amount), has_more: side.length > amount };
}

async function expectPages(reader: Present, channel_id: number, all: number[], amounts: number[]): Promise<void> {
  const places = [0, 1, 5, Math.floor(all.length / 2), all.length - 6, all.length - 1].flatMap((at) => all[at] ?? []);
  for (const amount of amounts) {
    for (const anchor of [0, 1, Number.MAX_SAFE_INTEGER, ...places, ...places.map((id) => id + 1)]) {
      for (const direction of [true, false]) {
        const asked = { amount, anchor, direction };
        const page = await chunk(reader, channel_id, asked);
        const found = { asked, ids: idsOf(page), has_more: page.has_more };
        expect(found).toEqual({ asked, ...pageOf(all, asked) });
      }
    }
  }
}

conversation("get_message_chunk", {
  async success() {
    const { alice, bob, channel_id } = await aPlace(server);
    const messages = await postMany(alice, channel_id, 5);
    const reply = await bob.client.ask({ type: "get_message_chunk", data: { channel_id, ...first_page } });
    const seq = messages.at(-1)?.id;
    expect(reply).toEqual({ id: reply["id"], type: "get_message_chunk", data: { messages, has_more: false, seq } });
    const two = await chunk(bob, channel_id, { amount: 2 });
    expect(two).toEqual({ messages: messages.slice(-2), has_more: true, seq });
  },
  errors: {
    async not_found() {
      const place = await aPlace(server);
      const { bob, mallory, channel_id } = place;
      const hidden = await anotherChannel(place, true);
      const unknown = await refusal(bob, "get_message_chunk", { channel_id: 12345, ...first_page });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(bob, "get_message_chunk", { channel_id: hidden, ...first_page })).toEqual(unknown);
      expect(await refusal(mallory, "get_message_chunk", { channel_id, ...first_page })).toEqual(unknown);
    },
    async forbidden() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      await deny(place, "read_history");
      expect(await refusal(bob, "get_message_chunk", { channel_id, ...first_page })).toMatchObject({
        code: "forbidden",
      });
      await post(alice, channel_id, "unheard");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toEqual([]);
    },
  },
  async malformed() {
    const { bob, channel_id } = await aPlace(server);
    const ask = (data: Json, path: string) => malformed(bob, "get_message_chunk", data, path);
    await ask({ ...first_page }, "channel_id");
    await ask({ channel_id, ...first_page, amount: 0 }, "amount");
    await ask({ channel_id, ...first_page, amount: limits.page_length + 1 }, "amount");
    await ask({ channel_id, ...first_page, amount: 1.5 }, "amount");
    await ask({ channel_id, ...first_page, anchor: -1 }, "anchor");
    await ask({ channel_id, ...first_page, anchor: "0" }, "anchor");
    await ask({ channel_id, amount: 1, anchor: 0 }, "direction");
    await ask({ channel_id, ...first_page, direction: "up" }, "direction");
  },
  also: {
    async "every page of a short channel, and of an empty one"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const ids = (await postMany(alice, channel_id, 12)).map(({ id }) => id);
      await expectPages(bob, channel_id, ids, [1, 5, 11, 12, 13, 100]);
      const empty = await anotherChannel(place);
      for (const direction of [true, false]) {
        expect(await chunk(bob, empty, { direction })).toEqual({ messages: [], has_more: false, seq: 0 });
      }
    },
    async "every page of a long channel, the older ones from the database"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const ids = (await postMany(alice, channel_id, 130)).map(({ id }) => id);
      await expectPages(bob, channel_id, ids, [1, 30, 100]);
      // The log is loaded now: from here on it grows past its bound.
      const more = (await postMany(alice, channel_id, 130)).map(({ id }) => id);
      await expectPages(bob, channel_id, [...ids, ...more], [7, 100]);
    },
    async "pages after many messages were deleted"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const ids = (await postMany(alice, channel_id, 240)).map(({ id }) => id);
      await chunk(bob, channel_id);
      const left = ids.filter((_, index) => index % 5 === 0 || index < 30);
      const gone = ids.filter((id) => !left.includes(id));
      await deleteEach(alice, gone);
      await expectPages(bob, channel_id, left, [1, 40, 100]);
      await deleteEach(alice, left.slice(0, -1));
      await expectPages(bob, channel_id, left.slice(-1), [1, 100]);
      await done(alice, "delete_message", { message_id: left.at(-1) });
      expect(await chunk(bob, channel_id)).toMatchObject({ messages: [], has_more: false });
    },
    async "the reader hears of what comes after, and not of what was there"() {
      const { alice, bob, channel_id } = await aPlace(server);
      await post(alice, channel_id, "before");
      await chunk(bob, channel_id, { amount: 1, anchor: 1, direction: false });
      const { id } = await post(alice, channel_id, "after");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toMatchObject([{ type: "message_added", seq: id }]);
    },
    async "who loses sight of the channel hears no more of it, nor reads it"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      await chunk(bob, channel_id);
      await post(alice, channel_id, "heard");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toHaveLength(1);
      await deny(place, "view_channel");
      await post(alice, channel_id, "unheard");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toEqual([]);
      expect(await refusal(bob, "get_message_chunk", { channel_id, ...first_page })).toMatchObject({
        code: "not_found",
      });
    },
    async "seq is that of the channel's last event, whatever it was"() {
      const { alice, bob, channel_id } = await aPlace(server);
      await listen(channel_id, alice);
      const { id: message_id } = await post(bob, channel_id, "one");
      for (const [type, data] of [
        ["add_reaction", { message_id, emoji: "👍" }],
        ["update_message", { message_id, content: "two" }],
        ["delete_message", { message_id }],
      ] as const) {
        await done(bob, type, data);
        const [event] = (await eventsOn(alice, `channel:${channel_id}`)).slice(-1);
        expect((await chunk(bob, channel_id)).seq).toBe(event?.["seq"]);
      }
    },
    async "me is the reader's own"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const { id: message_id } = await post(bob, channel_id, "one");
      await done(bob, "add_reaction", { message_id, emoji: "👍" });
      const reactionsFor = async (reader: Present) => (await chunk(reader, channel_id)).messages[0].reactions;
      expect(await reactionsFor(bob)).toEqual([{ emoji: "👍", count: 1, me: true }]);
      expect(await reactionsFor(alice)).toEqual([{ emoji: "👍", count: 1, me: false }]);
    },
    async "pages that are loaded while messages come have each once, with the events after them"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      await postMany(alice, channel_id, 30);
      const readers = await Promise.all(Array.from({ length: 12 }, () => server.connect(bob)));
      const sending = postMany(alice, channel_id, 200);
      const asking = readers.map(async (client, index) => {
        // Each starts at another moment of the sending.
        for (let pings = 0; pings < index; pings += 1) await client.ask({ type: "ping" });
        return client.ask({ type: "get_message_chunk", data: { channel_id, ...first_page } });
      });
      const [sent, replies] = await Promise.all([sending, Promise.all(asking)]);
      const all = idsOf(await chunk(alice, channel_id, { amount: 100 }));
      expect(all).toEqual(sent.map(({ id }) => id).slice(-100));
      for (const [index, client] of readers.entries()) expectWhole(replies[index] as Frame, await client.rest(), sent);
    },
    async "upward pages to the end, too"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const [anchor] = await postMany(alice, channel_id, 3);
      const readers = await Promise.all(Array.from({ length: 8 }, () => server.connect(bob)));
      const sending = postMany(alice, channel_id, 60);
      const asking = readers.map(async (client, index) => {
        for (let pings = 0; pings < index; pings += 1) await client.ask({ type: "ping" });
        const data = { channel_id, amount: 100, anchor: anchor.id, direction: true };
        return client.ask({ type: "get_message_chunk", data });
      });
      const [sent, replies] = await Promise.all([sending, Promise.all(asking)]);
      for (const [index, client] of readers.entries()) expectWhole(replies[index] as Frame, await client.rest(), sent);
    },
    async "and while messages change: the page and the events after it make the present"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      await promote(place, bob, "manage_messages");
      const messages = await postMany(alice, channel_id, 20);
      const readers = await Promise.all(Array.from({ length: 8 }, () => server.connect(bob)));
      const changing = messages.flatMap(({ id: message_id }, index) => [
        done(alice, "update_message", { message_id, content: `edited ${index}` }),
        done(bob, "add_reaction", { message_id, emoji: "👍" }),
        ...(index % 3 === 0 ? [alice.client.ask({ type: "delete_message", data: { message_id } })] : []),
      ]);
      const asking = readers.map(async (client, index) => {
        for (let pings = 0; pings < index; pings += 1) await client.ask({ type: "ping" });
        return client.ask({ type: "get_message_chunk", data: { channel_id, ...first_page } });
      });
      const [replies] = await Promise.all([Promise.all(asking), Promise.allSettled(changing)]);
      const present = (await chunk(alice, channel_id)).messages.map(withoutMe);
      for (const [index, client] of readers.entries()) {
        const { messages: page, seq } = (replies[index] as Frame)["data"];
        const copy = new Map<number, Json>(page.map((message: Json) => [message.id, withoutMe(message)]));
        for (const { type, seq: next, data } of await client.rest()) {
          expect(next).toBeGreaterThan(seq);
          if (type === "message_deleted") copy.delete(data.id);
          const { reaction: _, ...changes } = data;
          if (type === "message_changed") copy.set(data.id, { ...copy.get(data.id), ...changes });
        }
        expect([...copy.values()]).toEqual(present);
      }
    },
  },
});

/** Some at a time: each waits for those before it, and nobody waits for an answer for ever. */
async function deleteEach(author: Present, ids: readonly number[]): Promise<void> {
  for (let at = 0; at < ids.length; at += 20) {
    await Promise.all(ids.slice(at, at + 20).map((message_id) => done(author, "delete_message", { message_id })));
  }
}

function withoutMe({ reactions, ...message }: Json): Json {
  return { ...message, reactions: reactions.map(({ emoji, count }: Json) => ({ emoji, count })) };
}

/** The page, a newest one, and the events after it have every message of `sent` once, in order; `seq` parts them. */
function expectWhole({ data }: Frame, after: Frame[], sent: Json[]): void {
  const events = after.filter(({ type }) => type === "message_added");
  const paged = idsOf(data).filter((id) => id >= sent[0].id);
  const ids = [...paged, ...events.map((event) => event["data"].id)];
  const all = sent.map(({ id }) => id);
  expect(ids).toEqual(all.slice(all.indexOf(ids[0] ?? -1)));
  // A page of newest ones may begin after the first that was sent, when it is full.
  if (data.messages.length < 100) expect(ids).toHaveLength(all.length);
  for (const event of events) expect(event["seq"]).toBeGreaterThan(data.seq);
  for (const id of paged) expect(id).toBeLessThanOrEqual(data.seq);
}
