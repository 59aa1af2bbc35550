// Whoever blocks somebody has blocked what speaks and looks for them: their bots, and the webhooks that these or they made.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { open, say, settled } from "../community/conversations/talkers.ts";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { joinBot } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Village {
  alice: Present;
  bot: Present;
  bob: Present;
  server_id: number;
  channel_id: number;
}

/** Alice's server, with a bot of hers, and Bob in it; nobody has anything unread. */
async function aVillage(): Promise<Village> {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const bot = await joinBot(server, alice);
  await done(alice, "add_bot", { server_id, bot_id: bot.id });
  const { categories } = await done(bob, "get_server_channels", { server_id });
  const channel_id = categories[0].channels[0].id;
  await settled(alice, bob, bot);
  return { alice, bot, bob, server_id, channel_id };
}

const block = (who: Present, whom: Present, action = "block") =>
  done(who, "update_friend", { user_id: whom.id, action });

/** How the one looks to the other, in each of the ways in which that is asked for. */
async function looks(who: Present, { id }: Present, server_id: number): Promise<string[]> {
  const { user } = await done(who, "get_user", { user_id: id });
  const { members } = await done(who, "get_server_members", { server_id, amount: 100, anchor: 0 });
  const member = members.find(({ user_id }: { user_id: number }) => user_id === id);
  return [user.status, member.status];
}

describe("a mention doesn't count", () => {
  const mentionsOf = async (bob: Present, channel_id: number) => {
    const { channels } = await done(bob, "get_read_state");
    return channels.find((one: { channel_id: number }) => one.channel_id === channel_id).mentions;
  };

  test("by name, as a reply, of everybody or of those who are there, by a bot of who is blocked", async () => {
    const { alice, bot, bob, server_id, channel_id } = await aVillage();
    await done(alice, "add_bot", {
      server_id,
      bot_id: bot.id,
      rules: ["view_channel", "send_messages", "mention_everyone"],
    });
    const { message } = await done(bob, "add_message", { channel_id, content: "hello" });
    await block(bob, alice);
    for (const content of [`<@${bob.id}>`, "@everyone", "@here"]) {
      const said = (await done(bot, "add_message", { channel_id, content })).message;
      expect([content, said.mentions]).toEqual([content, []]);
    }
    await done(bot, "add_message", { channel_id, content: "well", reply_to: message.id });
    expect(await mentionsOf(bob, channel_id)).toBe(0);
    expect((await done(bob, "get_mentions", { amount: 10, anchor: 0 })).messages).toEqual([]);
    await block(bob, alice, "unblock");
    expect(await mentionsOf(bob, channel_id)).toBe(1);
    await done(bot, "add_message", { channel_id, content: `<@${bob.id}>` });
    expect(await mentionsOf(bob, channel_id)).toBe(2);
  });

  test("of a webhook that they made, or their bot did, also when it has ended", async () => {
    const { alice, bot, bob, server_id, channel_id } = await aVillage();
    const rules = ["view_channel", "send_messages", "mention_everyone", "manage_webhooks"];
    await done(alice, "add_bot", { server_id, bot_id: bot.id, rules });
    await block(bob, alice);
    for (const maker of [alice, bot]) {
      const { webhook } = await done(maker, "add_webhook", { channel_id, name: "Loud", mentions: true });
      for (const content of [`<@${bob.id}> hey`, "@everyone"]) {
        const init = {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ content }),
        };
        const { message } = (await (await fetch(server.url + webhook.url, init)).json()) as { message: object };
        expect(message).toMatchObject({ mentions: [], author: { name: "Loud", profile_pic: null, webhook: true } });
      }
      await done(maker, "delete_webhook", { webhook_id: webhook.id });
    }
    expect(await mentionsOf(bob, channel_id)).toBe(0);
    await block(bob, alice, "unblock");
    expect(await mentionsOf(bob, channel_id)).toBe(2);
  });
});

test("in a conversation with a bot nothing can be said while its owner is blocked, or has blocked", async () => {
  const { alice, bot, bob } = await aVillage();
  const talk = await open(bob, bot);
  await say(bob, talk, "hello");
  await say(bot, talk, "beep");
  for (const [who, whom] of [
    [bob, alice],
    [alice, bob],
  ] as const) {
    await block(who, whom);
    for (const speaker of [bot, bob]) {
      expect(await refusal(speaker, "add_message", { channel_id: talk.channel_id, content: "x" })).toMatchObject({
        code: "blocked",
      });
    }
    const another = await joinBot(server, alice);
    await done(bob, "update_user", { changes: { dms: "everyone" } });
    expect(await refusal(bob, "open_conversation", { user_ids: [another.id] })).toMatchObject({ code: "blocked" });
    // Typing reaches nobody there.
    await settled(bot, bob);
    await done(bob, "subscribe", { topics: [`channel:${talk.channel_id}`] });
    await done(bot, "typing", { channel_id: talk.channel_id });
    expect(await bob.client.rest()).toEqual([]);
    await block(who, whom, "unblock");
    await say(bot, talk, "beep again");
    await settled(bot, bob);
  }
});

describe("who blocks somebody", () => {
  test("looks offline to their bots, from that moment and until they are blocked no more", async () => {
    const { alice, bot, bob, server_id } = await aVillage();
    expect(await looks(bot, bob, server_id)).toEqual(["online", "online"]);
    await settled(bot);
    await block(bob, alice);
    const gone = { type: "user_changed", data: { id: bob.id, status: "offline", playing: null } };
    expect(await bot.client.rest()).toMatchObject([gone]);
    expect(await looks(bot, bob, server_id)).toEqual(["offline", "offline"]);
    await done(bob, "update_user", { changes: { status: "idle" } });
    expect(await bot.client.rest()).toEqual([]);
    await block(bob, alice, "unblock");
    expect(await bot.client.rest()).toMatchObject([{ type: "user_changed", data: { id: bob.id, status: "idle" } }]);
    expect(await looks(bot, bob, server_id)).toEqual(["idle", "idle"]);
  });

  test("looks offline to a bot that comes later, and while either of the two is blocked", async () => {
    const { alice, bot, bob, server_id } = await aVillage();
    await block(bob, alice);
    await block(bob, bot);
    const returned = { ...bot, client: await server.connect(bot) };
    expect(await looks(returned, bob, server_id)).toEqual(["offline", "offline"]);
    await block(bob, alice, "unblock");
    expect(await looks(returned, bob, server_id)).toEqual(["offline", "offline"]);
    expect(await looks(alice, bob, server_id)).toEqual(["online", "online"]);
    await block(bob, alice);
    await block(bob, bot, "unblock");
    expect(await looks(returned, bob, server_id)).toEqual(["offline", "offline"]);
    await block(bob, alice, "unblock");
    expect(await looks(returned, bob, server_id)).toEqual(["online", "online"]);
  });

  test("is heard typing by none of their bots, and comes into a server offline to them", async () => {
    const { alice, bot, bob, server_id, channel_id } = await aVillage();
    await block(bob, alice);
    await done(bot, "subscribe", { topics: [`server:${server_id}`, `channel:${channel_id}`] });
    await settled(bot);
    await done(bob, "typing", { channel_id });
    expect(await bot.client.rest()).toEqual([]);
    await done(bob, "leave_server", { server_id });
    await settled(bot);
    await inviteInto(server_id, alice, bob);
    const added = await bot.client.take("member_added");
    expect(added["data"].member).toMatchObject({ user_id: bob.id, status: "offline" });
  });
});
