// Webhooks, as members make them and programs use them, over real sockets and real requests.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { bringBot } from "../bots/programs.ts";
import {
  addRole,
  anOrchard,
  expectHidden,
  expectMalformed,
  expectRefused,
  giveRoles,
  NOTHING,
  type Orchard,
  quiet,
} from "../community/structure/orchard.ts";
import type { Json } from "../harness/client.ts";
import { done, inviteInto } from "../harness/community.ts";
import { conversation } from "../harness/conversation.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { command } from "../harness/operators.ts";
import { PASSWORD, type Present, startServer, type TestServer, testConfig } from "../harness/server.ts";
import { anyPng } from "../uploads/samples.ts";
import * as samples from "./samples.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const made = {
  ...{ id: expect.any(Number), profile_pic: null, mentions: false, created_date: expect.stringMatching(/Z$/) },
};

async function addWebhook({ alice, general_id: channel_id }: Orchard, more: Json = {}): Promise<Json> {
  return (await done(alice, "add_webhook", { channel_id, name: "Gardener", ...more })).webhook;
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(server.url + url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

async function messagesIn({ alice }: Orchard, channel_id: number): Promise<Json[]> {
  return (await done(alice, "get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true })).messages;
}

async function upload({ token }: Present, body = anyPng()): Promise<{ id: number; url: string }> {
  const init = { method: "POST", headers: { authorization: `Bearer ${token}` }, body };
  return (await (await fetch(`${server.url}/api/v1/uploads`, init)).json()) as { id: number; url: string };
}

async function rolesOf({ alice, server_id }: Orchard, { id }: Present): Promise<number[]> {
  const { members } = await done(alice, "get_server_members", { server_id, amount: 100, anchor: 0 });
  return members.find(({ user_id }: { user_id: number }) => user_id === id).roles;
}

/** Bob may manage webhooks. */
async function withBob(orchard: Orchard): Promise<Orchard> {
  await giveRoles(orchard, orchard.bob, await addRole(orchard, ["manage_webhooks"], 1));
  await quiet(orchard.alice, orchard.bob);
  return orchard;
}

conversation("add_webhook", {
  async success() {
    const orchard = await withBob(await anOrchard(server));
    const { alice, bob, general_id: channel_id, server_id } = orchard;
    const { webhook } = await done(bob, "add_webhook", { channel_id, name: "Gardener" });
    const { url, ...rest } = webhook;
    expect(rest).toEqual({ ...made, channel_id, creator_id: bob.id, name: "Gardener" });
    expect(url).toMatch(new RegExp(`^/api/v1/webhooks/${rest.id}/[\\w-]{43}$`));
    expect(await alice.client.rest()).toEqual([]);
    const { entries } = await done(alice, "get_audit_log", { server_id, amount: 1, anchor: 0 });
    expect(entries).toMatchObject([
      {
        type: "webhook_added",
        actor_id: bob.id,
        target_id: rest.id,
        changes: { name: { before: null, after: "Gardener" } },
      },
    ]);
  },
  errors: {
    async not_found() {
      const { mallory, general_id: channel_id } = await anOrchard(server);
      await expectHidden(mallory, "add_webhook", { channel_id, name: "x" }, { channel_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, general_id: channel_id } = orchard;
      await expectRefused(bob, "forbidden", "add_webhook", { channel_id, name: "x" });
      await withBob(orchard);
      await expectRefused(bob, "forbidden", "add_webhook", { channel_id, name: "x", mentions: true });
    },
    async limit_reached() {
      const { alice, general_id: channel_id, server_id } = await anOrchard(server);
      const rows = Array.from({ length: limits.webhooks_per_server }, (_, at) => [
        ...[channel_id - at, server_id, channel_id, alice.id, "x", "hash"],
      ]);
      const columns = "id, server_id, channel_id, creator_id, name, token_hash, created_at";
      writeRows(server.folder, `insert into webhooks (${columns}) values (?, ?, ?, ?, ?, ?, 1)`, rows);
      await expectRefused(alice, "limit_reached", "add_webhook", { channel_id, name: "x" });
    },
    async conflict() {
      const { alice, general_id: channel_id } = await anOrchard(server);
      const asked = { channel_id, name: "x", nonce: "n" };
      const { webhook } = await done(alice, "add_webhook", asked);
      await done(alice, "delete_webhook", { webhook_id: webhook.id });
      await expectRefused(alice, "conflict", "add_webhook", asked);
    },
  },
  async malformed() {
    const { alice, bob, general_id: channel_id } = await anOrchard(server);
    await expectMalformed(alice, "add_webhook", { channel_id, name: "" }, "name");
    await expectMalformed(alice, "add_webhook", { channel_id, name: "x", mentions: "yes" }, "mentions");
    for (const profile_pic of ["javascript:alert(1)", (await upload(bob)).url]) {
      await expectMalformed(alice, "add_webhook", { channel_id, name: "x", profile_pic }, "profile_pic");
    }
  },
  also: {
    async "the same nonce again makes none, and shows no address"() {
      const { alice, general_id: channel_id, server_id } = await anOrchard(server);
      const asked = { channel_id, name: "x", nonce: "n" };
      const { url, ...first } = (await done(alice, "add_webhook", asked)).webhook;
      expect(url).toBeString();
      expect((await done(alice, "add_webhook", asked)).webhook).toEqual(first);
      expect((await done(alice, "get_webhooks", { server_id })).webhooks).toEqual([first]);
    },
  },
});

conversation("get_webhooks", {
  async success() {
    const orchard = await withBob(await anOrchard(server));
    const { alice, bob, mallory: _, server_id } = orchard;
    const { channel } = await done(alice, "add_channel", {
      ...{ server_id, name: "secret" },
      overwrites: [{ role_id: orchard.default_role_id, allow: [], deny: ["view_channel"] }],
    });
    const { url: one, ...open } = await addWebhook(orchard);
    const { url: other, ...secret } = await addWebhook({ ...orchard, general_id: channel.id });
    expect(one).not.toBe(other);
    expect(await done(alice, "get_webhooks", { server_id })).toEqual({ webhooks: [open, secret] });
    expect(await done(bob, "get_webhooks", { server_id })).toEqual({ webhooks: [open] });
    await giveRoles(orchard, bob);
    expect(await done(bob, "get_webhooks", { server_id })).toEqual({ webhooks: [] });
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_webhooks", { server_id }, { server_id: NOTHING });
    },
  },
  async malformed() {
    const { alice } = await anOrchard(server);
    await expectMalformed(alice, "get_webhooks", { server_id: "x" }, "server_id");
  },
});

conversation("update_webhook", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, server_id } = orchard;
    const { url, ...webhook } = await addWebhook(orchard);
    const { channel } = await done(alice, "add_channel", { server_id, name: "other" });
    const picture = await upload(alice);
    const changes = { name: "Gardeners", profile_pic: picture.url, mentions: true, channel_id: channel.id };
    const changed = await done(alice, "update_webhook", { webhook_id: webhook.id, changes });
    expect(changed).toEqual({ webhook: { ...webhook, ...changes } });
    expect((await post(url, { content: "moved" })).status).toBe(200);
    expect(await messagesIn(orchard, channel.id)).toMatchObject([
      { content: "moved", author: { name: "Gardeners", profile_pic: picture.url, webhook: true } },
    ]);
    expect((await fetch(server.url + picture.url)).headers.get("cache-control")).toStartWith("public");
    const cleared = await done(alice, "update_webhook", { webhook_id: webhook.id, changes: { profile_pic: null } });
    expect(cleared.webhook.profile_pic).toBeNull();
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { alice, bob, mallory } = orchard;
      const webhook_id = (await addWebhook(orchard)).id;
      for (const who of [bob, mallory]) {
        await expectHidden(who, "update_webhook", { webhook_id, changes: { name: "x" } }, { webhook_id: NOTHING });
      }
      const elsewhere = await anOrchard(server);
      const changes = { channel_id: elsewhere.general_id };
      await expectRefused(alice, "not_found", "update_webhook", { webhook_id, changes });
    },
    async forbidden() {
      const orchard = await withBob(await anOrchard(server));
      const webhook_id = (await addWebhook(orchard)).id;
      const asked = { webhook_id, changes: { mentions: true } };
      await expectRefused(orchard.bob, "forbidden", "update_webhook", asked);
    },
  },
  async malformed() {
    const orchard = await anOrchard(server);
    const webhook_id = (await addWebhook(orchard)).id;
    const asked = { webhook_id, changes: { name: "" } };
    await expectMalformed(orchard.alice, "update_webhook", asked, "changes.name");
    const picture = { webhook_id, changes: { profile_pic: "http://x.example/a.png" } };
    await expectMalformed(orchard.alice, "update_webhook", picture, "changes.profile_pic");
  },
  also: {
    async "at one time all is changed, and the old address stays dead"() {
      const orchard = await anOrchard(server);
      const { id: webhook_id, url } = await addWebhook(orchard);
      const names = ["one", "two", "three", "four"];
      const beside = { client: await server.connect(orchard.alice) };
      const [rotated, ...renamed] = await Promise.all([
        done(orchard.alice, "update_webhook", { webhook_id, rotate: true }),
        ...names.map((name) => done(beside, "update_webhook", { webhook_id, changes: { name } })),
      ]);
      expect(renamed.map(({ webhook }) => webhook.name)).toEqual(names);
      expect((await post(url, { content: "x" })).status).toBe(404);
      expect((await post(rotated.webhook.url, { content: "x" })).status).toBe(200);
    },
    async "a new address makes the old one good no more"() {
      const orchard = await anOrchard(server);
      const webhook = await addWebhook(orchard);
      const rotated = (await done(orchard.alice, "update_webhook", { webhook_id: webhook.id, rotate: true })).webhook;
      expect(rotated).toEqual({ ...webhook, url: expect.stringMatching(/[\w-]{43}$/) });
      expect(rotated.url).not.toBe(webhook.url);
      expect((await post(webhook.url, { content: "x" })).status).toBe(404);
      expect((await post(rotated.url, { content: "x" })).status).toBe(200);
    },
  },
});

conversation("delete_webhook", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, server_id, general_id } = orchard;
    const { id, url } = await addWebhook(orchard);
    await post(url, { content: "stays" });
    expect(await done(alice, "delete_webhook", { webhook_id: id })).toEqual({});
    expect((await post(url, { content: "x" })).status).toBe(404);
    expect(await messagesIn(orchard, general_id)).toMatchObject([{ content: "stays", author_id: id }]);
    const { entries } = await done(alice, "get_audit_log", { server_id, amount: 1, anchor: 0 });
    expect(entries).toMatchObject([{ type: "webhook_deleted", target_id: id }]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const webhook_id = (await addWebhook(orchard)).id;
      for (const who of [orchard.bob, orchard.mallory]) {
        await expectHidden(who, "delete_webhook", { webhook_id }, { webhook_id: NOTHING });
      }
    },
  },
  async malformed() {
    const { alice } = await anOrchard(server);
    await expectMalformed(alice, "delete_webhook", { webhook_id: 0 }, "webhook_id");
  },
});

describe("what a webhook says", () => {
  test("is a message of its channel, told as any", async () => {
    const orchard = await anOrchard(server);
    const { bob, general_id: channel_id, server_id } = orchard;
    const { id, url } = await addWebhook(orchard);
    await done(bob, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    const response = await post(url, { content: " It rains. ", username: "Cloud" });
    const { success, message } = (await response.json()) as Json;
    expect([response.status, success]).toEqual([200, true]);
    expect(message).toEqual({
      ...{ id: expect.any(Number), channel_id, server_id, author_id: id, content: "It rains.", edited_date: null },
      ...{ created_date: expect.any(String), reply_to: null, attachments: [], mentions: [], reactions: [] },
      ...{ mention_roles: [], mentions_all: null, pinned: false },
      author: { name: "Cloud", profile_pic: null, webhook: true },
    });
    const topic = `channel:${channel_id}`;
    expect(await bob.client.rest()).toEqual([{ type: "message_added", topic, seq: message.id, data: message }]);
    expect(await messagesIn(orchard, channel_id)).toEqual([message]);
    await done(bob, "add_reaction", { message_id: message.id, emoji: "🌧️" });
    await expectRefused(bob, "forbidden", "delete_message", { message_id: message.id });
    const { channels } = await done(bob, "get_read_state", { server_id });
    expect(channels).toMatchObject([{ unread: 1, mentions: 0 }]);
    const found = await done(bob, "search_messages", { server_id, query: "rains", amount: 10, anchor: 0 });
    expect(found.messages).toMatchObject([{ id: message.id, author: { name: "Cloud" } }]);
    await done(bob, "report", { message_id: message.id, reason: "It never stops." });
    const { reports } = await done(orchard.alice, "get_reports", { server_id, amount: 10, anchor: 0 });
    expect(reports).toMatchObject([{ message_id: message.id, user_id: id }]);
    await done(orchard.alice, "delete_message", { message_id: message.id });
  });

  test("is caught up with, after a restart too", async () => {
    const orchard = await anOrchard(server);
    const { alice, general_id: channel_id } = orchard;
    const { url } = await addWebhook(orchard);
    const { seq } = await done(alice, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    const { message } = (await (await post(url, { content: "while away" })).json()) as Json;
    server = await server.restart();
    const returned = { ...alice, client: await server.connect(alice) };
    const ready = returned.client.seen.find(({ type }) => type === "ready");
    const topics = { [`channel:${channel_id}`]: seq };
    const synced = await done(returned, "sync", { epoch: ready?.["data"].epoch, topics });
    expect(synced.topics[`channel:${channel_id}`].events).toMatchObject([{ type: "message_added", data: message }]);
  });

  test("pings nobody, unless that was set for it", async () => {
    const orchard = await anOrchard(server);
    const { bob, mallory } = orchard;
    const webhook = await addWebhook(orchard);
    const content = `<@${bob.id}> <@${mallory.id}> @everyone`;
    const said = async () => ((await (await post(webhook.url, { content })).json()) as Json).message;
    expect((await said()).mentions).toEqual([]);
    const changes = { mentions: true };
    await done(orchard.alice, "update_webhook", { webhook_id: webhook.id, changes });
    // Who isn't there isn't pinged.
    expect((await said()).mentions).toEqual([bob.id]);
    const { channels } = await done(bob, "get_read_state", { server_id: orchard.server_id });
    expect(channels).toMatchObject([{ unread: 2, mentions: 1 }]);
  });

  test("is said once under one key, also at one time and after a restart, and not again once it was deleted", async () => {
    const orchard = await anOrchard(server);
    const { alice, general_id } = orchard;
    const { url } = await addWebhook(orchard);
    const send = async () => (await (await post(url, { content: "once" }, { "idempotency-key": "k" })).json()) as Json;
    const [first, ...others] = await Promise.all([send(), send(), send()]);
    for (const other of others) expect(other).toEqual(first);
    server = await server.restart();
    expect(await send()).toEqual(first);
    const returned = { ...orchard, alice: { ...alice, client: await server.connect(alice) } };
    expect(await messagesIn(returned, general_id)).toHaveLength(1);
    await done(returned.alice, "delete_message", { message_id: first?.message.id });
    expect(await send()).toMatchObject({ success: false, code: "conflict" });
    const refused = await post(url, { content: "x" }, { "idempotency-key": "k".repeat(limits.nonce_length + 1) });
    expect([refused.status, await refused.json()]).toMatchObject([400, { details: { path: "Idempotency-Key" } }]);
  });

  test("may have another picture for once: an image of its maker's", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob } = orchard;
    const { url } = await addWebhook(orchard);
    const [own, others, words] = [await upload(alice), await upload(bob), await upload(alice, Buffer.from("words"))];
    const said = await post(url, { content: "x", avatar_url: own.url });
    const { message } = (await said.json()) as Json;
    expect(message.author.profile_pic).toBe(own.url);
    expect((await fetch(server.url + own.url)).headers.get("cache-control")).toStartWith("public");
    for (const avatar_url of [others.url, words.url, "https://elsewhere.example/a.png", "/api/v1/uploads/1"]) {
      const refused = await post(url, { content: "x", avatar_url });
      expect([refused.status, await refused.json()]).toMatchObject([400, { details: { path: "avatar_url" } }]);
    }
    await done(alice, "delete_message", { message_id: message.id });
    expect(readRows(server.folder, "SELECT * FROM upload_references WHERE upload_id = ?", [own.id])).toEqual([]);
  });
});

describe("who has no right address says nothing", () => {
  test("a wrong id or token is not found, whatever the body is", async () => {
    const orchard = await anOrchard(server);
    const { id, url } = await addWebhook(orchard);
    const token = url.split("/").at(-1);
    for (const way of ["", "/slack", "/discord", "/github"]) {
      for (const wrong of [
        `${id}/${token.slice(1)}A`,
        `${id}/x`,
        `1/${token}`,
        `0/${token}`,
        `x/${token}`,
        `${id}/%00`,
      ]) {
        for (const body of [{ content: "x", text: "x" }, "no json"]) {
          const response = await post(`/api/v1/webhooks/${wrong}${way}`, body);
          expect([response.status, await response.json()]).toMatchObject([404, { success: false, code: "not_found" }]);
        }
      }
    }
    expect((await fetch(`${server.url}${url}`)).status).toBe(404);
  });

  test("a webhook ends when its maker is kicked or banned, with its channel and with its server", async () => {
    const statusOf = async (url: string) => (await post(url, { content: "x" })).status;
    for (const type of ["remove_member", "ban_member"]) {
      const orchard = await withBob(await anOrchard(server));
      const { alice, bob, server_id, general_id: channel_id } = orchard;
      const { webhook } = await done(bob, "add_webhook", { channel_id, name: "x" });
      const { url: kept } = await addWebhook(orchard);
      await done(alice, type, { server_id, user_id: bob.id });
      expect([await statusOf(webhook.url), await statusOf(kept)]).toEqual([404, 200]);
    }
    const orchard = await anOrchard(server);
    const { alice, server_id } = orchard;
    const { channel } = await done(alice, "add_channel", { server_id, name: "passing" });
    const { url } = await addWebhook({ ...orchard, general_id: channel.id });
    await done(alice, "delete_channel", { channel_id: channel.id });
    expect(await statusOf(url)).toBe(404);
    const { url: last } = await addWebhook(orchard);
    await done(alice, "delete_server", { server_id });
    expect(await statusOf(last)).toBe(404);
    expect(readRows(server.folder, "SELECT id FROM webhooks WHERE server_id = ?", [server_id])).toEqual([]);
  });

  test("a webhook says nothing while its maker is suspended, and ends with the account", async () => {
    const orchard = await withBob(await anOrchard(server));
    const { bob, server_id, general_id: channel_id } = orchard;
    const { webhook } = await done(bob, "add_webhook", { channel_id, name: "x" });
    const { url: kept } = await addWebhook(orchard);
    const ways = ["", "/slack", "/discord"];
    const body = { content: "x", text: "x" };
    const statuses = () =>
      Promise.all([...ways.map((way) => webhook.url + way), kept].map(async (url) => (await post(url, body)).status));
    const said = await post(webhook.url, body, { "idempotency-key": "one" });
    expect(said.status).toBe(200);
    await command(server, "user", "suspend", bob.name, "--reason", "spam");
    expect(await statuses()).toEqual([403, 403, 403, 200]);
    const again = await post(webhook.url, body, { "idempotency-key": "one" });
    // Why and until when is between the maker and those who run the server.
    const message = expect.any(String);
    expect(await again.json()).toEqual({ success: false, code: "suspended", message });
    await command(server, "user", "unsuspend", bob.name);
    expect(await statuses()).toEqual([200, 200, 204, 200]);
    await command(server, "user", "suspend", bob.name, "--until", "1d");
    expect(await statuses()).toEqual([403, 403, 403, 200]);
    writeRows(server.folder, "update users set suspended_until = ? where id = ?", [[Date.now() - 1, bob.id]]);
    expect(await statuses()).toEqual([200, 200, 204, 200]);
    await command(server, "user", "delete", bob.name, "--yes");
    expect(await statuses()).toEqual([404, 404, 404, 200]);
    expect(readRows(server.folder, "select creator_id from webhooks where server_id = ?", [server_id])).toEqual([
      { creator_id: orchard.alice.id },
    ]);
  });

  test("its token is kept nowhere in clear, in no log and no export", async () => {
    const lines: string[] = [];
    const folder = join(server.folder, "secrets");
    const log = createLog("trace", { write: (line) => void lines.push(line) });
    const app = await startApp(testConfig(folder, { log_level: "trace" }), log, "test");
    const call = async (path: string, body: object, token = "") => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return (await (await fetch(`${app.url}/api/v1${path}`, init)).json()) as Json;
    };
    await call("/user/register", { username: "alice", password: "pa55word!" });
    const { token } = await call("/user/login", { username: "alice", password: "pa55word!" });
    const socket = new WebSocket(`${app.url.replace("http", "ws")}/subscribe?auth=${token}`);
    const frames: ((frame: Json) => void)[] = [];
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data));
      if (frame.id === "1") frames.shift()?.(frame.data);
    };
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const ask = (type: string, data: Json) =>
      new Promise<Json>((resolve) => {
        frames.push(resolve);
        socket.send(JSON.stringify({ type, id: "1", data }));
      });
    const { server: founded } = await ask("add_server", { name: "Orchard" });
    const { categories } = await ask("get_server_channels", { server_id: founded.id });
    const { webhook } = await ask("add_webhook", { channel_id: categories[0].channels[0].id, name: "x" });
    const path = webhook.url.replace("/api/v1", "");
    expect(await call(path, { content: "x" })).toMatchObject({ success: true });
    const secret = webhook.url.split("/").at(-1);
    const exported = await fetch(`${app.url}/api/v1/user/export`, { headers: { authorization: `Bearer ${token}` } });
    expect(Buffer.from(await exported.arrayBuffer()).includes(secret)).toBe(false);
    socket.close();
    await app.stop();
    expect(lines.join("")).not.toContain(secret);
    for (const name of await readdir(folder, { recursive: true })) {
      const file = Bun.file(join(folder, name));
      if (await file.exists()) expect([name, Buffer.from(await file.bytes()).includes(secret)]).toEqual([name, false]);
    }
  });

  test("says so much in so short a time, and then has to wait", async () => {
    const few = await startServer({
      rate_limits: true,
      rates: { ...rates, webhook_messages: { burst: 2, per_s: 0.001 } },
    });
    const orchard = await anOrchard(few);
    const [one, other] = [await addWebhook(orchard), await addWebhook(orchard)];
    const say = (url: string) => {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"content":"x"}' };
      return fetch(few.url + url, init);
    };
    expect([(await say(one.url)).status, (await say(one.url)).status]).toEqual([200, 200]);
    const refused = await say(one.url);
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: "rate_limited" }]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await say(other.url)).status).toBe(200);
    await few.stop();
  });
});

describe("a webhook speaks for who made it", () => {
  const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
  const timeOut = ({ alice, server_id }: Orchard, { id }: Present, until: string | null) =>
    done(alice, "update_member", { server_id, user_id: id, changes: { timed_out_until: until } });
  const statusOf = async (url: string) => (await post(url, { content: "x", text: "x" })).status;

  test("and says nothing while they are timed out, also after they have left", async () => {
    const orchard = await withBob(await anOrchard(server));
    const { bob, server_id, general_id: channel_id } = orchard;
    const { webhook } = await done(bob, "add_webhook", { channel_id, name: "x" });
    const { url: of_alice } = await addWebhook(orchard);
    await timeOut(orchard, bob, inAnHour());
    const refused = await post(webhook.url, { content: "x" });
    const message = expect.any(String);
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { success: false, code: "forbidden", message },
    ] as never);
    expect([await statusOf(`${webhook.url}/slack`), await statusOf(of_alice)]).toEqual([403, 200]);
    await done(bob, "leave_server", { server_id });
    expect(await statusOf(webhook.url)).toBe(403);
    expect(await messagesIn(orchard, channel_id)).toHaveLength(1);
    await inviteInto(server_id, orchard.alice, bob);
    expect(await statusOf(webhook.url)).toBe(403);
    await timeOut(orchard, bob, null);
    expect(await statusOf(webhook.url)).toBe(200);
  });

  test("who is timed out makes none, changes none and gets no address, and may end one", async () => {
    const orchard = await withBob(await anOrchard(server));
    const { bob, server_id, general_id: channel_id } = orchard;
    const { webhook } = await done(bob, "add_webhook", { channel_id, name: "x" });
    await timeOut(orchard, bob, inAnHour());
    const webhook_id = webhook.id;
    const asked: [string, object][] = [
      ["add_webhook", { channel_id, name: "y" }],
      ["update_webhook", { webhook_id, rotate: true }],
      ["update_webhook", { webhook_id, changes: { name: "insult" } }],
    ];
    for (const [type, data] of asked) {
      const refused = await expectRefused(bob, "forbidden", type as never, data as never);
      expect(refused["details"]).toEqual({ until: expect.any(String) });
    }
    expect((await done(bob, "get_webhooks", { server_id })).webhooks).toHaveLength(1);
    await done(bob, "delete_webhook", { webhook_id });
  });

  test("and of a bot no longer than the bot and its owner may have one there", async () => {
    const orchard = await anOrchard(server);
    const { alice, server_id, general_id: channel_id } = orchard;
    const { owner, bot } = await bringBot(server, orchard, { owner_rules: ["manage_webhooks"] });
    const keepers = await rolesOf(orchard, owner);
    const rules = ["view_channel", "manage_webhooks"];
    await done(owner, "add_bot", { server_id, bot_id: bot.id, rules });
    const { webhook } = await done(bot, "add_webhook", { channel_id, name: "x" });
    expect(await statusOf(webhook.url)).toBe(200);
    await giveRoles(orchard, owner);
    expect(await statusOf(webhook.url)).toBe(403);
    await giveRoles(orchard, owner, ...keepers);
    expect(await statusOf(webhook.url)).toBe(200);
    const hidden = [{ user_id: owner.id, allow: [], deny: ["view_channel"] }];
    await done(alice, "update_channel", { channel_id, changes: { overwrites: hidden } });
    expect(await statusOf(webhook.url)).toBe(403);
    await done(alice, "update_channel", { channel_id, changes: { overwrites: [] } });
    await done(owner, "add_bot", { server_id, bot_id: bot.id, rules: ["view_channel"] });
    expect(await statusOf(webhook.url)).toBe(403);
    await done(owner, "add_bot", { server_id, bot_id: bot.id, rules });
    await timeOut(orchard, owner, inAnHour());
    expect(await statusOf(webhook.url)).toBe(403);
    await timeOut(orchard, owner, null);
    expect(await statusOf(webhook.url)).toBe(200);
  });

  const partings: Record<string, (orchard: Orchard, owner: Present, bot: Present) => Promise<unknown>> = {
    "it leaves": ({ server_id }, _, bot) => done(bot, "leave_server", { server_id }),
    "its owner leaves": ({ server_id }, owner) => done(owner, "leave_server", { server_id }),
    "it is sent away": ({ alice, server_id }, _, { id }) => done(alice, "remove_member", { server_id, user_id: id }),
    "its owner is sent away": ({ alice, server_id }, { id }) =>
      done(alice, "remove_member", { server_id, user_id: id }),
    "it is banned": ({ alice, server_id }, _, { id }) => done(alice, "ban_member", { server_id, user_id: id }),
    "it is deleted": (_, owner, { id }) => server.call("DELETE", `/bots/${id}`, undefined, owner.token),
    "its owner's account ends": (_, owner) => server.call("DELETE", "/user", { password: PASSWORD }, owner.token),
  };
  test.each(Object.entries(partings))("and that of a bot ends when %s", async (_, part) => {
    const orchard = await anOrchard(server);
    const { server_id, general_id: channel_id } = orchard;
    const { owner, bot } = await bringBot(server, orchard, { owner_rules: ["manage_webhooks"] });
    await done(owner, "add_bot", { server_id, bot_id: bot.id, rules: ["view_channel", "manage_webhooks"] });
    const { url: kept } = await addWebhook(orchard);
    const { webhook } = await done(bot, "add_webhook", { channel_id, name: "x" });
    expect(await statusOf(webhook.url)).toBe(200);
    await part(orchard, owner, bot);
    expect([await statusOf(webhook.url), await statusOf(kept)]).toEqual([404, 200]);
    expect(readRows(server.folder, "SELECT id FROM webhooks WHERE creator_id = ?", [bot.id])).toEqual([]);
  });

  test("of a person who leaves of their own accord it stays, until they are banned", async () => {
    const orchard = await withBob(await anOrchard(server));
    const { alice, bob, server_id, general_id: channel_id } = orchard;
    const { webhook } = await done(bob, "add_webhook", { channel_id, name: "x" });
    await done(bob, "leave_server", { server_id });
    expect(await statusOf(webhook.url)).toBe(200);
    await done(alice, "ban_member", { server_id, user_id: bob.id });
    expect(await statusOf(webhook.url)).toBe(404);
  });
});

describe("what programs send is answered as they expect, and said once however often it comes", () => {
  const sendings: [way: string, body: object, headers: Record<string, string>, content: string, author: string][] = [
    ["/slack", samples.grafana_slack, {}, "[FIRING:1] DiskFull", "Grafana"],
    ["/discord", samples.grafana_discord, {}, "**Firing**", "Grafana"],
    ["/slack", samples.alertmanager_slack, {}, "[FIRING:2] InstanceDown", "Alertmanager"],
    ["/discord", samples.alertmanager_discord, {}, "[FIRING:1] InstanceDown", "Gardener"],
    ["/slack", samples.kuma_slack, {}, "Uptime Kuma Alert", "Uptime Kuma"],
    ["/discord", samples.kuma_discord, {}, "❌ Your service api", "Uptime Kuma"],
    ...Object.entries(samples.github).map(([event, body]): [string, object, Record<string, string>, string, string] => [
      ...(["/github", body, { "x-github-event": event }, "[alice/orchard] ", "GitHub"] as const),
    ]),
  ];
  const answers: Record<string, [status: number, type: string | null, body: unknown]> = {
    "/slack": [200, "text/plain", "ok"],
    "/discord": [204, null, ""],
    "/github": [200, "application/json;charset=utf-8", expect.stringContaining('"success":true')],
  };

  test.each(sendings)("%s %#", async (way, body, headers, content, author) => {
    const orchard = await anOrchard(server);
    const { url } = await addWebhook(orchard);
    for (let sent = 0; sent < 2; sent += 1) {
      const response = await post(url + way, body, { ...headers, "idempotency-key": "one" });
      const got = [response.status, response.headers.get("content-type"), await response.text()];
      expect(got).toEqual(answers[way] as never);
    }
    const messages = await messagesIn(orchard, orchard.general_id);
    expect(messages.map((message) => message.author)).toEqual([{ name: author, profile_pic: null, webhook: true }]);
    expect(messages[0]?.content).toStartWith(content);
  });

  test("GitHub's deliveries are said once by what it calls them, and its ping is answered", async () => {
    const orchard = await anOrchard(server);
    const { url } = await addWebhook(orchard);
    const headers = { "x-github-event": "push", "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958" };
    for (let sent = 0; sent < 2; sent += 1) await post(`${url}/github`, samples.github["push"], headers);
    expect(await messagesIn(orchard, orchard.general_id)).toHaveLength(1);
    const ping = await post(`${url}/github`, samples.github_ping, { "x-github-event": "ping" });
    expect([ping.status, await ping.json()]).toEqual([200, { success: true }] as never);
    const star = await post(`${url}/github`, { action: "created" }, { "x-github-event": "star" });
    expect(star.status).toBe(400);
    expect(await messagesIn(orchard, orchard.general_id)).toHaveLength(1);
  });

  test("a form with the JSON in it will do, and Discord's `wait`", async () => {
    const orchard = await anOrchard(server);
    const { url } = await addWebhook(orchard);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const payload = new URLSearchParams({ payload: JSON.stringify({ text: "of a form" }) });
    expect(await (await post(`${url}/slack`, payload.toString(), form)).text()).toBe("ok");
    const waited = await post(`${url}/discord?wait=true`, { content: "waited for" });
    const [first, second] = await messagesIn(orchard, orchard.general_id);
    expect(first).toMatchObject({ content: "of a form", author: { name: "Gardener" } });
    expect([waited.status, await waited.json()]).toEqual([200, second] as never);
  });

  test.each(["", "/slack", "/discord", "/github"])(
    "with nothing to say, or what is no JSON, or too much: %p",
    async (way) => {
      const { url } = await addWebhook(await anOrchard(server));
      const headers = { "x-github-event": "push" };
      for (const body of ["", "{", "null", "{}", "[]", '{"content":" "}', "5"]) {
        const response = await post(url + way, body, headers);
        expect([body, response.status, await response.json()]).toMatchObject([body, 400, { code: "bad_request" }]);
      }
      const large = await post(url + way, JSON.stringify({ content: "x".repeat(limits.webhook_body_bytes) }), headers);
      expect([large.status, await large.json()]).toMatchObject([413, { code: "too_large" }]);
    },
  );

  test("a text that is too long is cut", async () => {
    const orchard = await anOrchard(server);
    const { url } = await addWebhook(orchard);
    await post(`${url}/slack`, { text: "x".repeat(100_000) });
    const [message] = await messagesIn(orchard, orchard.general_id);
    expect(message?.content).toBe(`${"x".repeat(limits.message_length - 1)}…`);
  });
});
