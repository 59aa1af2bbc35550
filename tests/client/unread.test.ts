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

test("so does one of who is here, and of a role; and what is edited or deleted counts as it is now", async () => {
  const { owner, guest, unread, channel_id, server_id } = await pair();
  const { role } = await owner.client.ask("add_role", { server_id, name: "pickers" });
  const { id: user_id } = guest.user;
  await owner.client.ask("update_member", { server_id, user_id, changes: { roles: [role.id] } });
  const here = await owner.client.send(channel_id, "@here");
  await reaches(unread, channel_id, { unread: 1, mentions: 1 });
  const to_role = await owner.client.send(channel_id, `<@&${role.id}>`);
  await reaches(unread, channel_id, { unread: 2, mentions: 2 });
  const plain = await owner.client.send(channel_id, "hello");
  await owner.client.ask("update_message", { message_id: plain.id, content: `hello <@${user_id}>` });
  await reaches(unread, channel_id, { unread: 3, mentions: 3 });
  await owner.client.ask("delete_message", { message_id: to_role.id });
  await reaches(unread, channel_id, { unread: 2, mentions: 2 });
  await owner.client.ask("update_message", { message_id: here.id, content: "nobody" });
  await reaches(unread, channel_id, { unread: 2, mentions: 1 });
  for (const { client } of [owner, guest]) client.close();
});

test("a reply to one counts, and whom one blocks mentions one no more with all others", async () => {
  const { owner, guest, unread, channel_id } = await pair();
  const mine = await guest.client.send(channel_id, "mine");
  await owner.client.send(channel_id, { content: "yes", reply_to: mine.id });
  await reaches(unread, channel_id, { unread: 1, mentions: 1 });
  await owner.client.send(channel_id, { content: "no", reply_to: mine.id, mention: false });
  await reaches(unread, channel_id, { unread: 2, mentions: 1 });
  await owner.client.send(channel_id, "@everyone");
  await reaches(unread, channel_id, { unread: 3, mentions: 2 });
  await guest.client.ask("get_friends");
  await guest.client.ask("update_friend", { user_id: owner.user.id, action: "block" });
  await reaches(unread, channel_id, { unread: 3, mentions: 1 });
  expect(await serverCounts(guest.client, channel_id)).toEqual({ unread: 3, mentions: 1 });
  for (const { client } of [owner, guest]) client.close();
});

test("a conversation that comes is counted, and all channels are in all", async () => {
  const { owner, guest, unread, channel_id } = await pair();
  await owner.client.send(channel_id, `<@${guest.user.id}>`);
  await reaches(unread, channel_id, { unread: 1, mentions: 1 });
  const friend = await present(server);
  await friend.client.ask("add_friend", { user_id: guest.user.id });
  await guest.client.ask("add_friend", { user_id: friend.user.id });
  const { conversation } = await friend.client.ask("open_conversation", { user_ids: [guest.user.id] });
  await friend.client.send(conversation.channel_id, "hello");
  await reaches(unread, conversation.channel_id, { unread: 1, mentions: 0 });
  await friend.client.send(conversation.channel_id, `<@${guest.user.id}>?`);
  await reaches(unread, conversation.channel_id, { unread: 2, mentions: 1 });
  expect(unread.total).toEqual({ unread: 3, mentions: 2 });
  await guest.client.ask("close_conversation", { conversation_id: conversation.id });
  const gone = new Promise<void>((resolve) => {
    if (!unread.counts.has(conversation.channel_id)) resolve();
    unread.on(() => !unread.counts.has(conversation.channel_id) && resolve());
  });
  await gone;
  expect(unread.total).toEqual({ unread: 1, mentions: 1 });
  for (const { client } of [owner, guest, friend]) client.close();
});

/** Topics that the client subscribes to from now on. */
function subscribedBy(client: Client): string[] {
  const topics: string[] = [];
  const ask = client.ask.bind(client) as (...asked: unknown[]) => Promise<unknown>;
  const noting = (...asked: unknown[]) => {
    if (asked[0] === "subscribe") topics.push(...(asked[1] as { topics: string[] }).topics);
    return ask(...asked);
  };
  Object.assign(client, { ask: noting });
  return topics;
}

test.each([true, false])(
  "what is said and read in a conversation counts, its channel being listened to or not: in the cache %p",
  async (is_kept) => {
    const { owner, guest, unread } = await pair();
    const topics = subscribedBy(guest.client);
    if (is_kept) await guest.client.ask("get_conversations", { amount: 10, anchor: 0 });
    const { conversation } = await owner.client.ask("open_conversation", { user_ids: [guest.user.id] });
    const { channel_id } = conversation;
    await owner.client.send(channel_id, "hello");
    await reaches(unread, channel_id, { unread: 1, mentions: 0 });
    const { id } = await owner.client.send(channel_id, "are you there?");
    await reaches(unread, channel_id, { unread: 2, mentions: 0 });
    const later = new UnreadCounts(guest.client);
    await later.refresh();
    expect(later.counts.get(channel_id)).toEqual({ unread: 2, mentions: 0, last_message_id: id });
    await owner.client.send(channel_id, "still there?");
    for (const one of [unread, later]) await reaches(one, channel_id, { unread: 3, mentions: 0 });
    await guest.client.ask("mark_read", { channel_id, message_id: id });
    for (const one of [unread, later]) await reaches(one, channel_id, { unread: 1, mentions: 0 });
    expect(await serverCounts(guest.client, channel_id)).toEqual({ unread: 1, mentions: 0 });
    expect(topics).not.toContain(`channel:${channel_id}`);
    for (const { client } of [owner, guest]) client.close();
  },
);

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
