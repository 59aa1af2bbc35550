// Sessions that vanish, however they do it and however full their hands were, leave nothing behind.

import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { rawClient, textFrame, upgradeHead } from "../../scripts/reliability/raw-client.ts";
import { comeAndVanish, held } from "../../scripts/reliability/vanishing.ts";
import { done, foundServer } from "../harness/community.ts";
import { type Present, startServer, type TestUser } from "../harness/server.ts";

/** Timers of the whole process. */
function timers(): number {
  Bun.gc(true);
  return heapStats().objectTypeCounts["Timeout"] ?? 0;
}

/** Waits until nobody of theirs is seen any more by a friend who stays. */
async function allGone(witness: Present, gone: TestUser): Promise<void> {
  await witness.client.take(({ type, data }) => type === "friend-list-update" && data.id === gone.id && !data.status);
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
  const [before, timers_before] = [await held(server.url), timers()];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 10 }, () => comeAndVanish(server.url, bob, { server_id, channel_id })));
  }
  await allGone(alice, bob);
  expect(await held(server.url)).toEqual(before);
  expect(timers()).toBeLessThan(timers_before + 10);
  await server.stop();
});

test("who floods before being let in, and is closed for it, isn't taken for present ever after", async () => {
  const server = await startServer();
  const [alice, bob] = await server.friends();
  await bob.client.close();
  await allGone(alice, bob);
  const before = await held(server.url);
  const flooding = await rawClient(server.url);
  const flood = Array.from({ length: 3_000 }, () => textFrame("{}"));
  flooding.write(Buffer.concat([Buffer.from(`${upgradeHead(bob.token)}\r\n`), ...flood]));
  await flooding.until("rate_abuse");
  flooding.socket.destroy();
  // What began after it ends after it.
  await (await server.connect(bob)).close();
  await allGone(alice, bob);
  expect(await held(server.url)).toEqual(before);
  await server.stop();
});
