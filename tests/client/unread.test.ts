// The counts of what is unread, against what the server says of it.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import { UnreadCounts } from "../../src/client/unread.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { foundServer, inviteInto, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** An owner who talks, and a member who counts. */
async function pair() {
  const [owner, guest] = [await present(server), await present(server)];
  const place = await foundServer(owner.client);
  await inviteInto(place.server_id, owner.client, guest.client);
  await guest.client.ask("get_servers");
  const unread = new UnreadCounts(guest.client);
  await unread.refresh();
  return { ...place, owner, guest, unread };
}

/** Settles when the channel's counts are these. */
function reaches(
  unread: UnreadCounts,
  channel_id: number,
  wanted: { unread: number; mentions: number },
): Promise<void> {
  const is = () => {
    const count = unread.counts.get(channel_id);
    return count?.unread === wanted.unread && count.mentions === wanted.mentions;
  };
  if (is()) return Promise.resolve();
  return new Promise((resolve) => {
    const off = unread.on(() => {
      if (!is()) return;
      off();
      resolve();
    });
  });
}

/** What the server counts, once the client has heard all. */
async function serverCounts(client: Client, channel_id: number) {
  const { channels } = await client.ask("get_read_state");
  const { unread, mentions } = channels.find((one) => one.channel_id === channel_id) ?? {};
  return { unread, mentions };
}

test("what others say counts, with what mentions one, though the channel was never opened", async () => {
  const { owner, guest, unread, channel_id } = await pair();
  expect(guest.client.cache.windows.has(channel_id)).toBe(false);
  await owner.client.send(channel_id, "hello");
  await owner.client.send(channel_id, `and you, <@${guest.user.id}>`);
  await reaches(unread, channel_id, { unread: 2, mentions: 1 });
  expect(await serverCounts(guest.client, channel_id)).toEqual({ unread: 2, mentions: 1 });
  for (const { client } of [owner, guest]) client.close();
});

test("what one says oneself doesn't, and what one reads does no more", async () => {
  const { owner, guest, unread, channel_id } = await pair();
  await guest.client.send(channel_id, "mine");
  const { id } = await owner.client.send(channel_id, "yours");
  await reaches(unread, channel_id, { unread: 1, mentions: 0 });
  await guest.client.ask("mark_read", { channel_id, message_id: id });
  await reaches(unread, channel_id, { unread: 0, mentions: 0 });
  expect(await serverCounts(guest.client, channel_id)).toEqual({ unread: 0, mentions: 0 });
  for (const { client } of [owner, guest]) client.close();
});

test("what was read in part is counted by the server", async () => {
  const { owner, guest, unread, channel_id } = await pair();
  const first = await owner.client.send(channel_id, "one");
  await owner.client.send(channel_id, "two");
  await owner.client.send(channel_id, "three");
  await reaches(unread, channel_id, { unread: 3, mentions: 0 });
  await guest.client.ask("mark_read", { channel_id, message_id: first.id });
  await reaches(unread, channel_id, { unread: 2, mentions: 0 });
  for (const { client } of [owner, guest]) client.close();
});

test("a mention of everyone counts where its author may make one, and nowhere else", async () => {
  const { owner, guest, unread, channel_id, server_id } = await pair();
  const other = await present(server);
  await inviteInto(server_id, owner.client, other.client);
  await other.client.send(channel_id, "@everyone, says somebody who may not");
  await reaches(unread, channel_id, { unread: 1, mentions: 0 });
  await owner.client.send(channel_id, "@everyone, says the owner");
  await reaches(unread, channel_id, { unread: 2, mentions: 1 });
  for (const { client } of [owner, guest, other]) client.close();
});

test("a channel that comes is counted, and one that goes is not", async () => {
  const { owner, guest, unread, server_id } = await pair();
  await guest.client.ask("get_server_channels", { server_id });
  const { channel } = await owner.client.ask("add_channel", { server_id, name: "later" });
  await reaches(unread, channel.id, { unread: 0, mentions: 0 });
  await owner.client.send(channel.id, "first");
  await reaches(unread, channel.id, { unread: 1, mentions: 0 });
  const gone = new Promise<void>((resolve) => unread.on(() => !unread.counts.has(channel.id) && resolve()));
  await owner.client.ask("delete_channel", { channel_id: channel.id });
  await gone;
  for (const { client } of [owner, guest]) client.close();
});
