// Who is away is told in their browser: by a push service on this machine, over real requests, as RFC 8291 has it read.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { decodeJwt } from "jose";
import { joinBot } from "../bots/programs.ts";
import { say, talking } from "../community/conversations/talkers.ts";
import { done } from "../harness/community.ts";
import { openPushService, type PushService } from "../harness/push-service.ts";
import type { TestServer } from "../harness/server.ts";
import { aTown, leaves, newChannel, noticesOf, PROMPTLY, startPushing, subscribe, type Town } from "./away.ts";

let server: TestServer;
let service: PushService;
beforeAll(async () => {
  service = openPushService();
  server = await startPushing(PROMPTLY);
});
afterAll(async () => {
  await server.stop();
  service.stop();
});

test("who is away and mentioned is told what was said, by whom and where", async () => {
  const town = await aTown(server, service);
  const { alice, bob, browser, channel_id, server_id } = town;
  const { body } = await server.call("GET", "/push/key");
  const message_id = await town.say(`are you there, <@${bob.id}>?`);
  const { headers, notice } = await service.take(browser);
  expect(notice).toEqual({
    ...{ type: "message", channel_id, message_id, server_id, conversation_id: null, count: 1, badge: 1 },
    preview: { author: alice.name, place: "Orchard", channel: "talk", content: `are you there, <@${bob.id}>?` },
  });
  expect(headers.get("ttl")).toBe("86400");
  expect(headers.get("content-encoding")).toBe("aes128gcm");
  expect(headers.get("topic")).toMatch(/^[\w-]{32}$/);
  const [, token = "", key] = /^vapid t=(\S+), k=(\S+)$/.exec(headers.get("authorization") ?? "") ?? [];
  expect(key).toBe(body.key);
  expect(decodeJwt(token)).toMatchObject({ aud: service.url, sub: expect.stringMatching(/^mailto:|^https:/) });
});

test("what is said in a conversation is told, with a badge of all that waits", async () => {
  const { alice, bob, conversation } = await talking(server);
  const browser = service.subscribe();
  await subscribe(server, bob.token, browser);
  await leaves(bob);
  await say(alice, conversation, "hello");
  const first = await service.take(browser);
  const about = { conversation_id: conversation.id, server_id: null, channel_id: conversation.channel_id };
  const preview = { author: alice.name, place: null, channel: null, content: "hello" };
  expect(first.notice).toMatchObject({ ...about, preview });
  const badge = first.notice.badge;
  const server_id = (await done(alice, "add_server", { name: "Another" })).server.id;
  const { invite } = await done(alice, "add_invite", { server_id });
  await done(bob, "join_server", { invite_code: invite.code });
  const channel_id = await newChannel(alice, server_id);
  await done(alice, "add_message", { channel_id, content: `<@${bob.id}>` });
  expect((await service.take(browser)).notice).toMatchObject({ server_id, badge: badge + 1 });
});

test("what was said together is told once, and then nothing of the channel for a minute", async () => {
  const patient = await startPushing();
  const town = await aTown(patient, service);
  const { bob, channel_id } = town;
  const ids = await Promise.all([1, 2, 3].map((at) => town.say(`<@${bob.id}> ${at}`)));
  await town.settled();
  expect(town.sent()).toHaveLength(1);
  expect(town.sent()[0]).toMatchObject({ message_id: Math.max(...ids), count: 3, badge: 3 });
  const later = await town.say(`<@${bob.id}> once more`);
  await town.settled();
  expect(town.sent()).toHaveLength(1);
  expect(noticesOf(patient, bob.id)).toEqual([{ channel_id, message_id: later, told_id: Math.max(...ids), waits: 1 }]);
  await patient.stop();
});

/** What holds a push back before anything waits. */
const held_back: Record<string, (town: Town) => Promise<unknown>> = {
  "by default, what mentions nobody": (town) => town.say("to nobody in particular"),
  "who sits before a session": async (town) => {
    await done(town.bob, "set_active", { active: true });
    await town.say(`<@${town.bob.id}>`);
  },
  "who sits before another session": async (town) => {
    const phone = await server.connect(town.bob);
    await town.say(`<@${town.bob.id}>`);
    await town.settled();
    await phone.close();
  },
  "who is dnd": async (town) => {
    await done(town.bob, "update_user", { changes: { status: "dnd" } });
    await town.say(`<@${town.bob.id}>`);
  },
  "who wants nothing of the channel": async (town) => {
    await done(town.bob, "update_notification_settings", { channel_id: town.channel_id, level: "none" });
    await town.say(`<@${town.bob.id}>`);
  },
  "who wants nothing of the server for now": async (town) => {
    const muted_until = new Date(Date.now() + 60_000).toISOString();
    await done(town.bob, "update_notification_settings", { server_id: town.server_id, muted_until });
    await town.say(`<@${town.bob.id}>`);
  },
  "who has blocked the author": async (town) => {
    await done(town.bob, "update_friend", { user_id: town.alice.id, action: "block" });
    await done(town.bob, "update_notification_settings", { server_id: town.server_id, level: "all" });
    await town.say(`<@${town.bob.id}>`);
  },
  "who has blocked whose bot, or webhook, it is": async (town) => {
    const { alice, bob, server_id, channel_id } = town;
    const bot = await joinBot(server, alice);
    await done(alice, "add_bot", { server_id, bot_id: bot.id });
    const { webhook } = await done(alice, "add_webhook", { channel_id, name: "Loud", mentions: true });
    await done(bob, "update_friend", { user_id: alice.id, action: "block" });
    await done(bob, "update_notification_settings", { server_id, level: "all" });
    const content = `<@${bob.id}> @everyone`;
    await done(bot, "add_message", { channel_id, content });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ content }) };
    expect((await fetch(server.url + webhook.url, init)).status).toBe(200);
  },
  "who can't view the channel": async (town) => {
    const hidden = await done(town.alice, "add_channel", { server_id: town.server_id, name: "hidden", roles: [] });
    await done(town.bob, "update_notification_settings", { server_id: town.server_id, level: "all" });
    await town.say(`<@${town.bob.id}>`, hidden.channel.id);
  },
  "who has left": async (town) => {
    await done(town.bob, "leave_server", { server_id: town.server_id });
    await town.say(`<@${town.bob.id}>`);
  },
  "who wrote it": async (town) => {
    await done(town.bob, "update_notification_settings", { server_id: town.server_id, level: "all" });
    await done(town.bob, "add_message", { channel_id: town.channel_id, content: `<@${town.bob.id}>` });
  },
};

test.each(Object.entries(held_back))("nothing is pushed: %s", async (_, hold) => {
  const town = await aTown(server, service);
  await hold(town);
  await town.settled();
  expect({ sent: town.sent(), notices: noticesOf(server, town.bob.id) }).toEqual({ sent: [], notices: [] });
});

/** What lets one through that is told of nothing else. */
const let_through: Record<string, (town: Town) => Promise<unknown>> = {
  "of a server of which one wants all": async (town) => {
    await done(town.bob, "update_notification_settings", { server_id: town.server_id, level: "all" });
    await town.say("to nobody in particular");
  },
  "of a channel of which one wants all, though nothing of the server": async (town) => {
    await done(town.bob, "update_notification_settings", { server_id: town.server_id, level: "none" });
    await done(town.bob, "update_notification_settings", { channel_id: town.channel_id, level: "all" });
    await town.say("to nobody in particular");
  },
  "what mentions everyone": (town) => town.say("@everyone"),
  "what mentions a role of theirs": async (town) => {
    const { role } = await done(town.alice, "add_role", { server_id: town.server_id, name: "gardeners", rules: [] });
    await done(town.alice, "update_member", {
      ...{ server_id: town.server_id, user_id: town.bob.id, changes: { roles: [role.id] } },
    });
    await town.say(`<@&${role.id}>`);
  },
  "what answers them": async (town) => {
    const { message } = await done(town.bob, "add_message", { channel_id: town.channel_id, content: "anybody?" });
    await town.say("I am", town.channel_id, { reply_to: message.id });
  },
  "who has no session at all": async (town) => {
    town.bob.client.close();
    await town.bob.client.closed;
    await town.say(`<@${town.bob.id}>`);
  },
};

test.each(Object.entries(let_through))("something is pushed: %s", async (_, act) => {
  const town = await aTown(server, service);
  await act(town);
  expect((await service.take(town.browser)).notice).toMatchObject({ badge: 1, count: 1 });
  expect(town.sent()).toHaveLength(1);
});

test("without previews nothing is said of what was said", async () => {
  const town = await aTown(server, service);
  await subscribe(server, town.bob.token, town.browser, { previews: false });
  await town.say(`a secret for <@${town.bob.id}>`);
  expect((await service.take(town.browser)).notice).toMatchObject({ preview: null, channel_id: town.channel_id });
});

test("a long text is cut, within whole characters", async () => {
  const town = await aTown(server, service);
  await town.say(`<@${town.bob.id}> ${"🌳".repeat(1_500)}`);
  const { preview } = (await service.take(town.browser)).notice;
  expect([...(preview?.content ?? "")]).toHaveLength(200);
  expect(preview?.content).toMatch(/🌳…$/u);
});

test("a stranger's request is no push", async () => {
  const { bob } = await aTown(server, service);
  const stranger = await server.join();
  await done(bob, "update_user", { changes: { dms: "everyone" } });
  const { conversation } = await done(stranger, "open_conversation", { user_ids: [bob.id] });
  await say(stranger, conversation, "hello");
  const town = await aTown(server, service);
  await town.settled();
  expect(noticesOf(server, bob.id)).toEqual([]);
});
