// Messages and reactions in every script: found by their own text, by whoever may read them, and read from the disk as
// they were sent.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { aPlace, chunk, type Place, post } from "../community/messages/place.ts";
import { anOrchard } from "../community/structure/orchard.ts";
import type { Json } from "../harness/client.ts";
import { done, refusal } from "../harness/community.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { faulty, invisible, keepable, lines } from "./texts.ts";

let server: TestServer;
let place: Place;
beforeAll(async () => {
  server = await startServer();
  place = await aPlace(server);
});
afterAll(() => server.stop());

const IS_SEARCHED = /[\p{L}\p{N}\p{So}]/u;

const search = async ({ bob, server_id }: Place, query: string): Promise<string[]> => {
  const { messages } = await done(bob, "search_messages", { server_id, query, amount: 100, anchor: 0 });
  return messages.map(({ content }: Json) => content);
};

test("what was written is found by the same text", async () => {
  const { alice, channel_id } = place;
  await Promise.all(keepable.map((text) => post(alice, channel_id, text)));
  for (const text of keepable) {
    const found = await search(place, text);
    if (IS_SEARCHED.test(text)) expect(found).toContain(text);
    expect(found.every((content) => keepable.includes(content))).toBe(true);
  }
});

test("by composed text what was written decomposed is found, and the other way round", async () => {
  expect(await search(place, "\u00e9")).toEqual(expect.arrayContaining(["\u00e9", "e\u0301"]));
  expect(await search(place, "e\u0301")).toEqual(expect.arrayContaining(["\u00e9", "e\u0301"]));
  expect(await search(place, "A1")).toEqual(["Ａ１"]);
});

test("any text may be asked for", async () => {
  for (const query of [...faulty, ...invisible]) expect(await search(place, query)).toBeArray();
});

test("after a restart messages and their names are what they were", async () => {
  const own = await startServer();
  const { alice, bob, channel_id, server_id } = await aPlace(own);
  await Promise.all(keepable.map((text) => post(alice, channel_id, text)));
  const before = await chunk(bob, channel_id);
  expect(before.messages.map(({ content }: Json) => content).sort()).toEqual(keepable.toSorted());
  for (const [index, text] of lines.entries())
    await done(alice, "add_channel", { server_id, name: text, description: `${text}${index}` });
  const channels = await done(bob, "get_server_channels", { server_id });
  const again = await own.restart();
  const reader = { ...bob, client: await again.connect(bob) };
  expect((await chunk(reader, channel_id)).messages).toEqual(before.messages);
  expect((await done(reader, "get_server_channels", { server_id })).categories).toEqual(channels.categories);
  const listed = channels.categories.flatMap((category: Json) => category.channels.map(({ name }: Json) => name));
  expect(listed).toEqual(expect.arrayContaining([...lines]));
  await again.stop();
});

/** What breaks a line or turns it, or is no mark at all. */
const UNFIT = /[\p{Cc}\p{Z}\u202a-\u202e\u2066-\u2069]/u;

test("a reaction is what was sent, if it is an emoji or a name for one", async () => {
  const { alice, bob, general_id } = await anOrchard(server);
  const fit = keepable.filter((text) => [...text].length <= 64 && !UNFIT.test(text));
  const refused = keepable.filter((text) => UNFIT.test(text));
  const react = async (emoji: string) => {
    const { id: message_id } = await post(alice, general_id, "react!");
    const { message } = await done(alice, "add_reaction", { message_id, emoji });
    expect(message.reactions).toEqual([{ emoji, count: 1, me: true }]);
    const read = await done(bob, "get_message", { message_id });
    expect(read.message.reactions).toEqual([{ emoji, count: 1, me: false }]);
    expect((await done(alice, "remove_reaction", { message_id, emoji })).message.reactions).toEqual([]);
  };
  await Promise.all(fit.map(react));
  const { id: message_id } = await post(alice, general_id, "react!");
  for (const emoji of [...refused, ...faulty, ...invisible]) {
    expect([emoji, await refusal(alice, "add_reaction", { message_id, emoji })]).toMatchObject([
      emoji,
      {
        code: "bad_request",
        details: { path: "data.emoji" },
      },
    ]);
  }
});

test("a message of the longest length in four-byte characters is found whole, and one character more is refused", async () => {
  const own = await startServer();
  const { alice, bob, server_id, channel_id } = await aPlace(own);
  const longest = "\u{20000}".repeat(limits.message_length);
  const { id: message_id } = await post(alice, channel_id, longest);
  const more = { channel_id, content: `${longest}x` };
  expect(await refusal(alice, "add_message", more)).toMatchObject({
    code: "bad_request",
    details: { path: "data.content" },
  });
  const again = await own.restart();
  const reader = { ...bob, client: await again.connect(bob) };
  expect((await done(reader, "get_message", { message_id })).message.content).toBe(longest);
  const asked = { server_id, query: "\u{20000}".repeat(limits.search_length), amount: 1, anchor: 0 };
  expect((await done(reader, "search_messages", asked)).messages).toMatchObject([{ id: message_id }]);
  await again.stop();
});
