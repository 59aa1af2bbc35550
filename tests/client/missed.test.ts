// What a bot missed: it comes once it is here again, each message once unless it was under way when the bot ended.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Client, type MissedOptions, missedMessages } from "../../src/client/index.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { clientOf, foundServer, inviteInto, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function here(user: TestUser): Promise<Client> {
  const client = clientOf(server, user);
  await client.connect();
  return client;
}

async function missed(client: Client, options: MissedOptions = {}): Promise<string[]> {
  const contents: string[] = [];
  for await (const { content } of missedMessages(client, options)) contents.push(content);
  return contents;
}

/** An owner who talks, and a bot that was here once. */
async function aBot() {
  const owner = await present(server);
  const place = await foundServer(owner.client);
  const { client, user } = await present(server);
  await inviteInto(place.server_id, owner.client, client);
  await owner.client.send(place.channel_id, "before its time");
  expect(await missed(client)).toEqual([]);
  client.close();
  return { ...place, owner, user };
}

test("what was said while it was away comes once, in order, over pages, and without its own words", async () => {
  const { owner, user, server_id, channel_id } = await aBot();
  const said = Array.from({ length: 230 }, (_, at) => `number ${at}`);
  await Promise.all(said.map((content) => owner.client.send(channel_id, content)));
  const bot = await here(user);
  await bot.send(channel_id, "I am here");
  await owner.client.send(channel_id, "welcome");
  expect(await missed(bot)).toEqual([...said, "welcome"]);
  expect(await missed(bot)).toEqual([]);
  const { channel } = await owner.client.ask("add_channel", { server_id, name: "later" });
  await owner.client.send(channel.id, "first");
  expect(await missed(bot)).toEqual([]);
  await owner.client.send(channel.id, "second");
  await owner.client.send(channel_id, "third");
  expect(await missed(bot, { channel_ids: [channel.id] })).toEqual(["second"]);
  expect(await missed(bot)).toEqual(["third"]);
  bot.close();
  owner.client.close();
});

test("what it had under way when it ended comes again, and what comes meanwhile by event", async () => {
  const { owner, user, channel_id } = await aBot();
  for (const content of ["one", "two", "three"]) await owner.client.send(channel_id, content);
  const bot = await here(user);
  for await (const { content } of missedMessages(bot)) if (content === "two") break;
  bot.close();
  const again = await here(user);
  const [by_event, by_page]: [string[], string[]] = [[], []];
  again.on("event", (event) => event.type === "message_added" && by_event.push(event.data.content));
  for await (const { content } of missedMessages(again)) {
    by_page.push(content);
    if (content === "two") await owner.client.send(channel_id, "four");
  }
  await again.settled();
  expect({ by_page, by_event }).toEqual({ by_page: ["two", "three"], by_event: ["four"] });
  again.close();
  owner.client.close();
});

test("what it never read is read from the start where it wants that, and what it may not read is passed over", async () => {
  const { owner, user, server_id, channel_id } = await aBot();
  const { channel } = await owner.client.ask("add_channel", { server_id, name: "later" });
  for (const content of ["one", "two"]) await owner.client.send(channel.id, content);
  const { roles } = await owner.client.ask("get_server_roles", { server_id });
  const overwrites = [{ role_id: roles.at(-1)?.id ?? 0, allow: [], deny: ["read_history" as const] }];
  await owner.client.ask("update_channel", { channel_id, changes: { overwrites } });
  await owner.client.send(channel_id, "not to be read");
  const bot = await here(user);
  expect(await missed(bot, { new_channels: "read" })).toEqual(["one", "two"]);
  expect(await missed(bot, { new_channels: "read" })).toEqual([]);
  bot.close();
  owner.client.close();
});
