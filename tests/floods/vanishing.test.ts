// Sessions that vanish, however they do it and however full their hands were, leave nothing behind.

import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { done, foundServer } from "../harness/community.ts";
import { type Present, startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { counted } from "./metrics.ts";
import { rawClient, textFrame, upgradeHead } from "./raw.ts";

const SESSIONS_ACTORS = 'orchard_actors{kind="session"}';

/** What is held for people who are here. */
async function held({ url }: TestServer): Promise<Record<string, number>> {
  const samples = ["orchard_sessions", "orchard_users_online", "orchard_subscriptions", "orchard_addresses"];
  const counts = await Promise.all([...samples, SESSIONS_ACTORS].map(async (name) => [name, await counted(url, name)]));
  return Object.fromEntries(counts);
}

/** Timers of the whole process. */
function timers(): number {
  Bun.gc(true);
  return heapStats().objectTypeCounts["Timeout"] ?? 0;
}

/** Waits until nobody of theirs is seen any more by a friend who stays. */
async function allGone(witness: Present, gone: TestUser): Promise<void> {
  await witness.client.take(({ type, data }) => type === "friend-list-update" && data.id === gone.id && !data.status);
}

/** One of them: loads what subscribes to topics of every kind, and goes without a word, requests still unanswered. */
async function comeAndVanish(server: TestServer, user: TestUser, channel_id: number, server_id: number): Promise<void> {
  const client = await rawClient(server.url);
  client.write(`${upgradeHead(user.token)}\r\n`);
  await client.until('"ready"');
  const ask = (type: string, data: object) => client.write(textFrame(JSON.stringify({ type, data, id: type })));
  ask("get_servers", {});
  ask("get_user", { user_id: user.id });
  ask("get_server_members", { server_id, amount: 9, anchor: 0 });
  ask("get_message_chunk", { channel_id, amount: 9, anchor: 0, direction: true });
  await client.until('"get_message_chunk"');
  ask("add_message", { channel_id, content: "goodbye" });
  client.socket.resetAndDestroy();
  await client.closed;
}

test("a hundred sessions that load, write and vanish leave nothing", async () => {
  const server = await startServer();
  const [alice, bob] = await server.friends();
  const server_id = await foundServer(alice);
  const { invite } = await done(alice, "add_invite", { server_id });
  await done(bob, "join_server", { invite_code: invite.code });
  const { categories } = await done(bob, "get_server_channels", { server_id });
  const channel_id: number = categories[0].channels[0].id;
  await bob.client.close();
  await allGone(alice, bob);
  const [before, timers_before] = [await held(server), timers()];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 10 }, () => comeAndVanish(server, bob, channel_id, server_id)));
  }
  await allGone(alice, bob);
  expect(await held(server)).toEqual(before);
  expect(timers()).toBeLessThan(timers_before + 10);
  await server.stop();
});

test("who floods before being let in, and is closed for it, isn't taken for present ever after", async () => {
  const server = await startServer();
  const [alice, bob] = await server.friends();
  await bob.client.close();
  await allGone(alice, bob);
  const before = await held(server);
  const flooding = await rawClient(server.url);
  const flood = Array.from({ length: 3_000 }, () => textFrame("{}"));
  flooding.write(Buffer.concat([Buffer.from(`${upgradeHead(bob.token)}\r\n`), ...flood]));
  await flooding.until("rate_abuse");
  flooding.socket.destroy();
  // What began after it ends after it.
  await (await server.connect(bob)).close();
  await allGone(alice, bob);
  expect(await held(server)).toEqual(before);
  await server.stop();
});
