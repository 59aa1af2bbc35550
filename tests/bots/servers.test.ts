// Bots in servers: brought by whose they are, and never more than these at that moment.

import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  addChannel,
  addRole,
  anOrchard,
  expectHidden,
  expectMalformed,
  expectRefused,
  fillServers,
  giveRoles,
  NOTHING,
  type Orchard,
  promote,
  quiet,
  told,
  toldSelf,
} from "../community/structure/orchard.ts";
import { done, inviteInto, refusal } from "../harness/community.ts";
import { conversation } from "../harness/conversation.ts";
import { command } from "../harness/operators.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { sync } from "../sync/asking.ts";
import { botOf, bringBot, joinBot } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const memberOf = ({ id, name }: { id: number; name: string }) => ({
  ...{ user_id: id, name, nickname: null, profile_pic: null, roles: [], timed_out_until: null },
  ...{ status: expect.any(String), joined_date: expect.any(String), bot: true },
});

const say = (who: Present, channel_id: number, content = "beep") =>
  refusalOrReply(who, "add_message", { channel_id, content });

/** The code of the refusal, or the type of the reply. */
async function refusalOrReply({ client }: Present, type: string, data: object): Promise<string> {
  const reply = await client.ask({ type, data });
  return reply["code"] ?? reply["type"];
}

/** What of the server's channels somebody sees. */
async function seenBy(who: Present, server_id: number): Promise<number[]> {
  const { categories } = await done(who, "get_server_channels", { server_id });
  return categories.flatMap(({ channels }: { channels: { id: number }[] }) => channels.map(({ id }) => id));
}

conversation("add_bot", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    const bot = await joinBot(server, alice);
    const { member } = await done(alice, "add_bot", { server_id, bot_id: bot.id });
    expect(member).toEqual(memberOf(bot));
    const added = told(orchard, "member_added", { member: memberOf(bot) });
    expect(await bob.client.rest()).toEqual([added]);
    expect(await alice.client.rest()).toEqual([added]);
    const shown = { id: server_id, name: expect.any(String), image: null };
    expect(await bot.client.rest()).toEqual([toldSelf("server_added", { server: shown })]);
    expect(await say(bot, general_id)).toBe("add_message");
    const { members } = await done(bob, "get_server_members", { server_id, amount: 100, anchor: 0 });
    const of_bot = members.filter(({ bot }: { bot?: true }) => bot);
    expect(of_bot).toEqual([memberOf(bot)]);
    expect((await done(bob, "get_user", { user_id: bot.id })).user).toMatchObject({ id: bot.id, bot: true });
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      const bot = await botOf(server, alice);
      const of_mallory = await botOf(server, mallory);
      await expectHidden(mallory, "add_bot", { server_id, bot_id: of_mallory.id }, { server_id: NOTHING });
      await expectHidden(alice, "add_bot", { server_id, bot_id: of_mallory.id }, { bot_id: NOTHING });
      await expectHidden(alice, "add_bot", { server_id, bot_id: bob.id }, { bot_id: NOTHING });
      await server.call("DELETE", `/bots/${bot.id}`, undefined, alice.token);
      await expectHidden(alice, "add_bot", { server_id, bot_id: bot.id }, { bot_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const bot = await joinBot(server, bob);
      const asking = { server_id, bot_id: bot.id };
      await expectRefused(bob, "forbidden", "add_bot", asking);
      await promote(orchard, bob, ["manage_server"]);
      await expectRefused(bob, "forbidden", "add_bot", { ...asking, rules: ["view_channel", "ban_members"] });
      await expectRefused(bob, "forbidden", "add_bot", { ...asking, rules: ["admin"] });
      await done(alice, "ban_member", { server_id, user_id: bot.id });
      await expectRefused(bob, "forbidden", "add_bot", asking);
      await done(alice, "unban_member", { server_id, user_id: bot.id });
      await done(bob, "add_bot", asking);
      await expectRefused(bot, "forbidden", "add_bot", asking);
    },
    async limit_reached() {
      const { alice, server_id } = await anOrchard(server);
      const bot = await joinBot(server, alice);
      fillServers(server, bot);
      const refused = await expectRefused(alice, "limit_reached", "add_bot", { server_id, bot_id: bot.id });
      expect(refused["details"]).toEqual({ limit: "servers_per_user" });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "add_bot", { server_id, bot_id: "bot" }, "bot_id");
    await expectMalformed(alice, "add_bot", { server_id, bot_id: 1, rules: ["fly"] }, "rules.0");
  },
  also: {
    async "one that is there stays as it is"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const bot = await joinBot(server, alice);
      await done(alice, "add_bot", { server_id, bot_id: bot.id, rules: ["view_channel"] });
      await quiet(alice, bob, bot);
      const { member } = await done(alice, "add_bot", { server_id, bot_id: bot.id });
      expect(member).toEqual({ ...memberOf(bot), rules: ["view_channel"] });
      expect(await bob.client.rest()).toEqual([]);
    },
    async "one that is there gets other rules, as told, caught up with and in the log"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, general_id } = orchard;
      const bot = await joinBot(server, alice);
      await done(alice, "add_bot", { server_id, bot_id: bot.id });
      const { seq } = await done(bob, "get_server_channels", { server_id });
      const of_bot = (await done(bot, "get_server_channels", { server_id })).seq;
      await quiet(alice, bob, bot);
      const rules = ["read_history", "send_messages"];
      const asked = { server_id, bot_id: bot.id, rules };
      expect((await done(alice, "add_bot", asked)).member).toEqual({ ...memberOf(bot), rules });
      const changed = told(orchard, "member_changed", { member: { user_id: bot.id, rules } });
      expect(await bob.client.rest()).toEqual([changed]);
      // What it can't view any more is gone for it, and it may no more from then on.
      expect((await bot.client.rest()).map(({ type }) => type)).toEqual([
        ...["channel_deleted", "category_deleted", "member_changed"],
      ]);
      expect(await say(bot, general_id)).toBe("not_found");
      const topic = `server:${server_id}`;
      const { events } = (await sync(bob, { [topic]: seq }))[topic];
      expect(events).toMatchObject([{ type: "member_changed", data: { member: { user_id: bot.id, rules } } }]);
      expect((await sync(bot, { [topic]: of_bot }))[topic]).toEqual({ reset: true });
      const { entries } = await done(alice, "get_audit_log", { server_id, amount: 1, anchor: 0 });
      expect(entries).toMatchObject([
        { type: "member_changed", target_id: bot.id, changes: { rules: { before: null, after: rules } } },
      ]);
      await quiet(alice, bob, bot);
      await done(alice, "add_bot", asked);
      expect(await bob.client.rest()).toEqual([]);
    },
    async "one that came again without rules of its own has none for who was away, and is counted once"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const bot = await joinBot(server, alice);
      const asked = { server_id, bot_id: bot.id };
      await done(alice, "add_bot", { ...asked, rules: ["view_channel"] });
      const { seq } = await done(bob, "get_server_channels", { server_id });
      await done(alice, "remove_member", { server_id, user_id: bot.id });
      await done(alice, "add_bot", asked);
      const topic = `server:${server_id}`;
      const { events } = (await sync(bob, { [topic]: seq }))[topic];
      expect(events.map(({ type }: { type: string }) => type)).toEqual(["member_deleted", "member_added"]);
      expect(events[1].data.member).toEqual(memberOf(bot));
    },
    async "nobody gives one that is there a rule that they lack"() {
      const orchard = await anOrchard(server);
      const { owner, bot } = await bringBot(server, orchard, { rules: ["view_channel"] });
      const asked = { server_id: orchard.server_id, bot_id: bot.id };
      await expectRefused(owner, "forbidden", "add_bot", { ...asked, rules: ["view_channel", "ban_members"] });
      const { member } = await done(owner, "add_bot", asked);
      expect(member.rules).toEqual(["view_channel"]);
    },
    async "it comes in while joins are paused"() {
      const { alice, server_id } = await anOrchard(server);
      await done(alice, "update_server", { server_id, changes: { joins: "paused" } });
      const bot = await botOf(server, alice);
      expect((await done(alice, "add_bot", { server_id, bot_id: bot.id })).member.bot).toBe(true);
    },
    async "it is in the audit log"() {
      const { alice, server_id } = await anOrchard(server);
      const bot = await botOf(server, alice);
      await done(alice, "add_bot", { server_id, bot_id: bot.id, rules: ["view_channel"] });
      const { entries } = await done(alice, "get_audit_log", { server_id, amount: 1, anchor: 0 });
      expect(entries).toMatchObject([{ type: "bot_added", actor_id: alice.id, target_id: bot.id }]);
    },
  },
});

test("with rules of its own a bot may these in place of the default role's, and no more where everybody may", async () => {
  const orchard = await anOrchard(server);
  const { alice, server_id, general_id, default_role_id } = orchard;
  const bot = await joinBot(server, alice);
  await done(alice, "add_bot", { server_id, bot_id: bot.id, rules: ["view_channel", "read_history"] });
  expect(await say(bot, general_id)).toBe("forbidden");
  const everybody = { role_id: default_role_id, allow: ["send_messages"], deny: [] };
  await done(alice, "update_channel", { channel_id: general_id, changes: { overwrites: [everybody] } });
  expect(await say(bot, general_id)).toBe("forbidden");
  const role_id = await addRole(orchard, ["send_messages"]);
  await giveRoles(orchard, bot, role_id);
  expect(await say(bot, general_id)).toBe("add_message");
  await giveRoles(orchard, bot);
  const own = { user_id: bot.id, allow: ["send_messages"], deny: [] };
  await done(alice, "update_channel", { channel_id: general_id, changes: { overwrites: [own] } });
  expect(await say(bot, general_id)).toBe("add_message");
});

test("a bot without sight in general sees what lets it in, and not what lets in everybody", async () => {
  const orchard = await anOrchard(server);
  const { alice, server_id, general_id, default_role_id } = orchard;
  const rows = await addChannel(orchard);
  const bot = await joinBot(server, alice);
  await done(alice, "add_bot", { server_id, bot_id: bot.id, rules: ["send_messages"] });
  expect(await seenBy(bot, server_id)).toEqual([]);
  const everybody = { role_id: default_role_id, allow: ["view_channel"], deny: [] };
  const own = { user_id: bot.id, allow: ["view_channel"], deny: [] };
  await done(alice, "update_channel", { channel_id: general_id, changes: { overwrites: [everybody] } });
  await done(alice, "update_channel", { channel_id: rows, changes: { overwrites: [own] } });
  expect(await seenBy(bot, server_id)).toEqual([rows]);
});

test("a bot may no more than its owner does at that moment", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard, { owner_rules: ["kick_members"], rules: ["kick_members"] });
  const admin = await addRole(orchard, ["admin"]);
  await giveRoles(orchard, bot, admin);
  // All that its roles have, as far as its owner has it.
  expect(await refusalOrReply(bot, "add_channel", { server_id, name: "more" })).toBe("forbidden");
  expect(await refusalOrReply(bot, "get_bans", { server_id })).toBe("forbidden");
  expect(await refusalOrReply(bot, "remove_member", { server_id, user_id: bob.id })).toBe("remove_member");
  await giveRoles(orchard, owner);
  await inviteInto(server_id, alice, bob);
  expect(await refusalOrReply(bot, "remove_member", { server_id, user_id: bob.id })).toBe("forbidden");
  expect(await refusalOrReply(bot, "get_invites", { server_id })).toBe("forbidden");
  await giveRoles(orchard, owner, admin);
  expect(await refusalOrReply(bot, "add_channel", { server_id, name: "more" })).toBe("add_channel");
  await done(alice, "transfer_server", { server_id, user_id: owner.id });
  await done(owner, "update_role", { role_id: admin, changes: { rules: [] } });
  expect(await refusalOrReply(bot, "add_channel", { server_id, name: "more" })).toBe("forbidden");
  await giveRolesBy(owner, server_id, bot, await roleBy(owner, server_id, ["manage_channels"]));
  expect(await refusalOrReply(bot, "add_channel", { server_id, name: "more" })).toBe("add_channel");
  await done(owner, "transfer_server", { server_id, user_id: alice.id });
  expect(await refusalOrReply(bot, "add_channel", { server_id, name: "more" })).toBe("forbidden");
});

const roleBy = async (who: Present, server_id: number, rules: string[]): Promise<number> =>
  (await done(who, "add_role", { server_id, name: "more", rules })).role.id;
const giveRolesBy = (who: Present, server_id: number, to: Present, ...roles: number[]) =>
  done(who, "update_member", { server_id, user_id: to.id, changes: { roles } });

test("a bot ranks no higher than its owner, and acts on nobody above them", async () => {
  const orchard = await anOrchard(server);
  const { bob, server_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard, { owner_rules: ["kick_members", "manage_members"] });
  const low = await addRole(orchard, []);
  const high = await addRole(orchard, ["admin"], 9);
  await giveRoles(orchard, bot, high);
  await giveRoles(orchard, bob, await addRole(orchard, [], 5));
  expect(await refusalOrReply(bot, "remove_member", { server_id, user_id: bob.id })).toBe("forbidden");
  expect(await refusalOrReply(bot, "remove_member", { server_id, user_id: owner.id })).toBe("forbidden");
  const roles = [low];
  expect(await refusalOrReply(bot, "update_member", { server_id, user_id: bob.id, changes: { roles } })).toBe(
    "forbidden",
  );
});

test("a bot sees no channel that its owner doesn't, and loses one with them, told like anybody", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id, general_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  const secret_role = await addRole(orchard, []);
  const secret = await addChannel(orchard, { roles: [secret_role] });
  await giveRoles(orchard, bot, secret_role);
  expect(await seenBy(bot, server_id)).toEqual([general_id]);
  await quiet(alice, owner, bot, bob);
  const { members } = await done(owner, "get_server_members", { server_id, amount: 100, anchor: 0 });
  const { roles } = members.find(({ user_id }: { user_id: number }) => user_id === owner.id);
  await giveRoles(orchard, owner, ...roles, secret_role);
  const came = await bot.client.rest();
  expect(came.map(({ type }) => type)).toEqual(["channel_added", "member_changed"]);
  expect(came[0]?.["data"].channel.id).toBe(secret);
  await done(bot, "get_message_chunk", { channel_id: secret, amount: 1, anchor: 0, direction: true });
  await giveRoles(orchard, owner, ...roles);
  const went = await bot.client.rest();
  expect(went.map(({ type }) => type)).toEqual(["channel_deleted", "member_changed"]);
  await done(alice, "add_message", { channel_id: secret, content: "not for bots" });
  expect(await bot.client.rest()).toEqual([]);
  expect(await refusal(bot, "get_server_channel", { channel_id: secret })).toMatchObject({ code: "not_found" });
  expect(
    await refusal(bot, "get_message_chunk", { channel_id: secret, amount: 1, anchor: 0, direction: true }),
  ).toMatchObject({ code: "not_found" });
});

test("what keeps the owner out of a channel by their own name keeps their bot out", async () => {
  const orchard = await anOrchard(server);
  const { alice, server_id, general_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  const denied = { user_id: owner.id, allow: [], deny: ["view_channel"] };
  await done(alice, "update_channel", { channel_id: general_id, changes: { overwrites: [denied] } });
  const frames = await bot.client.rest();
  expect(frames.map(({ type }) => type)).toContain("channel_deleted");
  expect(await seenBy(bot, server_id)).toEqual([]);
  expect(await say(bot, general_id)).toBe("not_found");
});

test("a bot is silent while its owner is timed out", async () => {
  const orchard = await anOrchard(server);
  const { alice, server_id, general_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  const until = new Date(Date.now() + 60_000).toISOString();
  await done(alice, "update_member", { server_id, user_id: owner.id, changes: { timed_out_until: until } });
  const refused = await refusal(bot, "add_message", { channel_id: general_id, content: "beep" });
  expect(refused).toMatchObject({ code: "forbidden", details: { until } });
  await done(alice, "update_member", { server_id, user_id: owner.id, changes: { timed_out_until: null } });
  expect(await say(bot, general_id)).toBe("add_message");
});

const goings: Record<string, (orchard: Orchard, owner: Present) => Promise<unknown>> = {
  leaves: ({ server_id }, owner) => done(owner, "leave_server", { server_id }),
  "is kicked": ({ alice, server_id }, { id }) => done(alice, "remove_member", { server_id, user_id: id }),
  "is banned": ({ alice, server_id }, { id }) => done(alice, "ban_member", { server_id, user_id: id }),
};

test.each(Object.keys(goings))("a bot goes when its owner %s, with all that it has of the server", async (how) => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id, general_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  const denial = { user_id: bot.id, allow: ["mention_everyone"], deny: ["add_reactions"] };
  await done(alice, "update_channel", { channel_id: general_id, changes: { overwrites: [denial] } });
  await quiet(alice, bob, owner, bot);
  await goings[how]?.(orchard, owner);
  const gone = (user_id: number) => told(orchard, "member_deleted", { user_id });
  const heard = (await bob.client.rest()).filter(({ type }) => type === "member_deleted");
  expect(heard).toEqual([gone(owner.id), gone(bot.id)]);
  expect(await bot.client.rest()).toEqual([toldSelf("server_deleted", { server_id })]);
  for (const [type, data] of [
    ["add_message", { channel_id: general_id, content: "beep" }],
    ["get_server_members", { server_id, amount: 1, anchor: 0 }],
    ["get_server", { server_id }],
  ] as const) {
    expect([type, await refusalOrReply(bot, type, data)]).toEqual([type, "not_found"]);
  }
  const { server: now } = await done(bob, "get_server", { server_id });
  expect(now.num_members).toBe(2);
  const { channel } = await done(bob, "get_server_channel", { channel_id: general_id });
  expect(channel.overwrites).toEqual([{ user_id: bot.id, allow: [], deny: ["add_reactions"] }]);
});

test("a bot that is alone sent away leaves its owner there", async () => {
  const orchard = await anOrchard(server);
  const { alice, server_id, general_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard);
  await done(alice, "remove_member", { server_id, user_id: bot.id });
  expect(await say(bot, general_id)).toBe("not_found");
  expect(await say(owner, general_id)).toBe("add_message");
  await done(owner, "add_bot", { server_id, bot_id: bot.id });
  await done(bot, "leave_server", { server_id });
  expect(await say(owner, general_id)).toBe("add_message");
});

test("nobody gives a bot a server, and none passes to one", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  const { bot } = await bringBot(server, orchard);
  await giveRoles(orchard, bot, await addRole(orchard, ["admin"]));
  await expectRefused(alice, "conflict", "transfer_server", { server_id, user_id: bot.id });
  const given = await command(server, "server", "transfer", String(server_id), bot.name);
  expect(given).toMatchObject({ code: 1, out: "" });
  expect((await command(server, "user", "delete", alice.name, "--yes")).code).toBe(0);
  expect((await done(bob, "get_server", { server_id })).server).toMatchObject({ locked: true, owner_id: alice.id });
});

test("a room that is loaded anew knows whose a bot is", async () => {
  const own = await startServer();
  const orchard = await anOrchard(own);
  const { alice, server_id, general_id } = orchard;
  const { owner, bot } = await bringBot(own, orchard, { rules: ["view_channel", "send_messages"] });
  const again = await own.restart();
  try {
    const [back, boss, mod] = [await again.connect(bot), await again.connect(owner), await again.connect(alice)];
    const there = { ...bot, client: back };
    expect(await say(there, general_id)).toBe("add_message");
    expect(
      await refusalOrReply(there, "get_message_chunk", {
        channel_id: general_id,
        amount: 1,
        anchor: 0,
        direction: true,
      }),
    ).toBe("forbidden");
    const denied = { user_id: owner.id, allow: [], deny: ["send_messages"] };
    const asked = { channel_id: general_id, changes: { overwrites: [denied] } };
    expect((await mod.ask({ type: "update_channel", data: asked }))["type"]).toBe("update_channel");
    expect(await say(there, general_id)).toBe("forbidden");
    await boss.ask({ type: "leave_server", data: { server_id } });
    expect(await say(there, general_id)).toBe("not_found");
  } finally {
    await again.stop();
  }
});

test("a bot's webhook rests while its owner is suspended, and ends when the owner is sent away", async () => {
  const orchard = await anOrchard(server);
  const { alice, server_id, general_id: channel_id } = orchard;
  const { owner, bot } = await bringBot(server, orchard, { owner_rules: ["manage_webhooks"] });
  await giveRoles(orchard, bot, await addRole(orchard, ["manage_webhooks"]));
  const { webhook } = await done(bot, "add_webhook", { channel_id, name: "hook" });
  const post = async () => {
    const body = JSON.stringify({ content: "beep" });
    return (await fetch(server.url + webhook.url, { method: "POST", body })).status;
  };
  expect(await post()).toBe(200);
  await command(server, "user", "suspend", owner.name);
  expect(await post()).toBe(403);
  await command(server, "user", "unsuspend", owner.name);
  expect(await post()).toBe(200);
  await done(alice, "remove_member", { server_id, user_id: owner.id });
  expect(await post()).toBe(404);
});
