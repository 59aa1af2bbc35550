// Bots in conversations: they answer who writes to them, and write first to nobody.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { news, open, say, settled, viewOf } from "../community/conversations/talkers.ts";
import { done, foundServer, refusal } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { joinBot } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Alice and a bot of hers, which share a server. */
async function aliceAndBot(): Promise<{ alice: Present; bot: Present }> {
  const alice = await server.join();
  const bot = await joinBot(server, alice);
  await done(alice, "add_bot", { server_id: await foundServer(alice), bot_id: bot.id });
  await settled(alice, bot);
  return { alice, bot };
}

test("somebody writes to a bot, which hears of it and answers", async () => {
  const { alice, bot } = await aliceAndBot();
  const talk = await open(alice, bot);
  expect(talk.members).toContainEqual({ user_id: bot.id, name: bot.name, profile_pic: null, bot: true });
  expect(talk.members.find(({ user_id }: { user_id: number }) => user_id === alice.id)).not.toHaveProperty("bot");
  const { id } = await say(alice, talk, "help");
  await done(alice, "subscribe", { topics: [`channel:${talk.channel_id}`] });
  expect((await news(bot)).map(({ type }) => type)).toContain("conversation_added");
  const answer = await say(bot, talk, "beep", { reply_to: id });
  expect((await alice.client.take("message_added"))["data"]).toMatchObject({ id: answer.id, author_id: bot.id });
  expect(await viewOf(bot, talk.id)).toMatchObject({ state: "open" });
});

test("a bot says nothing where nobody has said anything to it", async () => {
  const { alice, bot } = await aliceAndBot();
  const { channel_id } = await open(alice, bot);
  await settled(alice, bot);
  expect(await refusal(bot, "add_message", { channel_id, content: "buy!" })).toMatchObject({ code: "forbidden" });
  expect(await news(alice)).toEqual([]);
  expect(
    (await done(alice, "get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true })).messages,
  ).toEqual([]);
});

test("a bot is in no group", async () => {
  const { alice, bot } = await aliceAndBot();
  const [bob] = [await server.join()];
  const asked = { user_ids: [bob.id, bot.id] };
  expect(await refusal(alice, "open_conversation", asked)).toMatchObject({ code: "forbidden" });
});
