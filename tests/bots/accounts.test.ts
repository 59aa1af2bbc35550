// Bots as accounts: made by people, known by a token that nothing but their owner's word ends, and good for what programs
// are good for.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { done, refusal } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { command } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";
import { pngOf } from "../uploads/samples.ts";
import { botOf, joinBot } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const listOf = async ({ token }: TestUser) => (await server.call("GET", "/bots", undefined, token)).body.bots;
const isGood = async (token: string) => (await server.call("GET", "/validate_jwt", undefined, token)).status === 200;

/** An image of theirs. */
async function upload({ token }: TestUser) {
  const headers = { authorization: `Bearer ${token}` };
  const init = { method: "POST", headers, body: await pngOf(4, 4) };
  return (await fetch(`${server.url}/api/v1/uploads`, init)).json() as Promise<{ url: string }>;
}

/** With what a socket that brings this token is greeted, and closed. */
async function turnedAway(token: string): Promise<number> {
  const client = await TestClient.open(server.url, token);
  return (await client.closed).code;
}

const joinedAs = async (bot: TestUser) => ({ ...bot, client: await server.connect(bot) });

test("somebody makes a bot, which is theirs and marked as one wherever it is shown", async () => {
  const alice = await server.join();
  const name = uniqueName("bot");
  const { status, body } = await server.call("POST", "/bots", { name }, alice.token);
  expect(status).toBe(201);
  expect(body).toEqual({ success: true, id: expect.any(Number), token: expect.any(String) });
  const { id, token } = body;
  expect(await listOf(alice)).toEqual([{ id, name, profile_pic: null, created_date: expect.any(String) }]);
  const client = await TestClient.open(server.url, token);
  expect((await client.take("ready"))["data"].user).toMatchObject({ id, name, email: null, bot: true });
  expect((await done({ client }, "update_user", { changes: { bio: "beep" } })).user).toMatchObject({ id, bot: true });
  expect((await done(alice, "get_user", { user_id: id })).user).toEqual({ id, name, profile_pic: null, bot: true });
  expect((await done(alice, "get_user", { user_id: alice.id })).user).not.toHaveProperty("bot");
  const { body: profile } = await server.call("GET", "/user/profile", undefined, token);
  expect(profile).toMatchObject({ id, name, bot: true });
});

test("a token is kept as a hash, and goes on over a restart and another secret", async () => {
  let own = await startServer();
  try {
    const owner = await own.join();
    const { body: bot } = await own.call("POST", "/bots", { name: uniqueName("bot") }, owner.token);
    const [, , secret] = bot.token.split(".");
    const dump = ["logins", "users", "settings"].map((table) => readRows(own.folder, `select * from ${table}`));
    expect(JSON.stringify(dump)).not.toContain(secret);
    own = await own.restart();
    const client = await own.connect(bot);
    expect((await command(own, "secret", "rotate")).code).toBe(0);
    expect((await own.call("GET", "/validate_jwt", undefined, owner.token)).status).toBe(401);
    expect((await client.ask({ type: "ping" }))["type"]).toBe("pong");
    expect((await own.call("GET", "/validate_jwt", undefined, bot.token)).status).toBe(200);
  } finally {
    await own.stop();
  }
});

test("another token ends the old one at once, and its sockets", async () => {
  const alice = await server.user();
  const bot = await joinBot(server, alice);
  const { status, body } = await server.call("POST", `/bots/${bot.id}/token`, undefined, alice.token);
  expect(status).toBe(200);
  expect(body).toEqual({ success: true, id: bot.id, token: expect.any(String) });
  expect((await bot.client.closed).code).toBe(4002);
  expect(await isGood(bot.token)).toBe(false);
  expect(await turnedAway(bot.token)).toBe(4001);
  const client = await server.connect(body);
  expect((await client.ask({ type: "ping" }))["type"]).toBe("pong");
});

test("of tokens made at one time the last is good, and nothing but what it ended is closed", async () => {
  const alice = await server.user();
  const bot = await joinBot(server, alice);
  const made = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { status, body } = await server.call("POST", `/bots/${bot.id}/token`, undefined, alice.token);
      if (status !== 200) return null;
      // As soon as it is known: what ended the one before may be told only now.
      return { token: body.token, client: await TestClient.open(server.url, body.token) };
    }),
  );
  const there = made.flatMap((one) => one ?? []);
  const good = await Promise.all(there.map(({ token }) => isGood(token)));
  expect(good.filter(Boolean)).toHaveLength(1);
  const one = there[good.indexOf(true)];
  expect((await one?.client.ask({ type: "ping" }))?.["type"]).toBe("pong");
  for (const [at, { client }] of there.entries()) if (!good[at]) await client.closed;
});

test("a bot whose log-ins were ended gets another token", async () => {
  const alice = await server.user();
  const bot = await joinBot(server, alice);
  expect((await command(server, "user", "logout", bot.name)).code).toBe(0);
  expect((await bot.client.closed).code).toBe(4002);
  const { status, body } = await server.call("POST", `/bots/${bot.id}/token`, undefined, alice.token);
  expect([status, await isGood(body.token)]).toEqual([200, true]);
});

test("what is asked for again under its nonce is the same bot, with a token that is good", async () => {
  const [alice, bob] = [await server.user(), await server.user()];
  const make = (nonce: string, by = alice, name = uniqueName("bot")) =>
    server.call("POST", "/bots", { name, nonce }, by.token);
  const first = (await make("one")).body;
  const again = await make("one");
  expect([again.status, again.body.id]).toEqual([201, first.id]);
  expect([await isGood(first.token), await isGood(again.body.token)]).toEqual([false, true]);
  expect((await make("two")).body.id).not.toBe(first.id);
  expect((await make("one", bob)).body.id).not.toBe(first.id);
  expect(await listOf(alice)).toHaveLength(2);
  const together = await Promise.all([1, 2, 3].map(() => make("three")));
  const ids = new Set(together.flatMap(({ status, body }) => (status === 201 ? body.id : [])));
  expect([ids.size, (await listOf(alice)).length]).toEqual([1, 3]);
  await server.call("DELETE", `/bots/${first.id}`, undefined, alice.token);
  const deleted = await make("one");
  expect([deleted.status, deleted.body.code]).toEqual([409, "conflict"]);
  // What was refused has not used its nonce.
  expect((await make("four", alice, bob.name)).body.code).toBe("conflict");
  expect((await make("four")).status).toBe(201);
  expect((await make("n".repeat(limits.nonce_length + 1))).body).toMatchObject({ details: { path: "nonce" } });
});

test("what only looks like a token is none", async () => {
  const bot = await botOf(server, await server.user());
  const [, login, secret = ""] = bot.token.split(".");
  const other = await botOf(server, await server.user());
  const [, , of_other] = other.token.split(".");
  const { id: jwt_login } = readRows(server.folder, "select id from logins where token_hash is null limit 1")[0] ?? {};
  for (const token of [
    `bot.${login}.${of_other}`,
    `bot.${login}.${secret.slice(1)}A`,
    `bot.${login}.`,
    `bot.${login}`,
    `bot..${secret}`,
    `bot.${"9".repeat(16)}.${secret}`,
    `bot.${jwt_login}.${secret}`,
    `${bot.token}.more`,
  ]) {
    expect([token, await isGood(token)]).toEqual([token, false]);
  }
  expect(await isGood(bot.token)).toBe(true);
});

test("a bot is renamed and shown by what its owner uploaded", async () => {
  const alice = await server.user();
  const bot = await joinBot(server, alice);
  const name = uniqueName("beep");
  const picture = await upload(alice);
  const { status, body } = await server.call(
    "PATCH",
    `/bots/${bot.id}`,
    { name, profile_pic: picture.url },
    alice.token,
  );
  expect(status).toBe(200);
  expect(body.bot).toEqual({ id: bot.id, name, profile_pic: picture.url, created_date: expect.any(String) });
  expect((await done(bot, "get_user", { user_id: bot.id })).user).toMatchObject({ name, profile_pic: picture.url });
  const cleared = await server.call("PATCH", `/bots/${bot.id}`, { profile_pic: null }, alice.token);
  expect(cleared.body.bot).toMatchObject({ name, profile_pic: null });
  expect((await server.call("PATCH", `/bots/${bot.id}`, {}, alice.token)).body.bot.name).toBe(name);
  const of_bot = await upload(bot);
  const foreign = await server.call("PATCH", `/bots/${bot.id}`, { profile_pic: of_bot.url }, alice.token);
  expect(foreign.body).toMatchObject({ code: "bad_request", details: { path: "profile_pic" } });
});

test("names of bots are names as all are", async () => {
  const [alice, bob] = [await server.user(), await server.user()];
  const make = async (name: string) => (await server.call("POST", "/bots", { name }, alice.token)).body;
  expect(await make(bob.name.toUpperCase())).toMatchObject({ code: "conflict", details: { path: "name" } });
  expect(await make("a")).toMatchObject({ code: "bad_request", details: { path: "name" } });
  const bot = await botOf(server, alice);
  const rename = (name: string) => server.call("PATCH", `/bots/${bot.id}`, { name }, alice.token);
  expect((await rename(bob.name)).body).toMatchObject({ code: "conflict", details: { path: "name" } });
  expect((await rename("no spaces")).body).toMatchObject({ code: "bad_request", details: { path: "name" } });
});

test("somebody has so many bots and no more, also when all are made at once", async () => {
  const alice = await server.user();
  const made = await Promise.all(
    Array.from({ length: limits.bots_per_owner + 5 }, () =>
      server.call("POST", "/bots", { name: uniqueName("bot") }, alice.token),
    ),
  );
  expect(made.filter(({ status }) => status === 201)).toHaveLength(limits.bots_per_owner);
  const refused = made.filter(({ status }) => status !== 201);
  for (const { body } of refused) {
    expect(body).toMatchObject({ code: "limit_reached", details: { limit: "bots_per_owner" } });
  }
  const [first] = await listOf(alice);
  expect((await server.call("DELETE", `/bots/${first.id}`, undefined, alice.token)).body).toEqual({ success: true });
  expect((await server.call("POST", "/bots", { name: uniqueName("bot") }, alice.token)).status).toBe(201);
});

test("a bot of somebody else's is none, nor is a person", async () => {
  const [alice, mallory] = [await server.user(), await server.user()];
  const bot = await botOf(server, alice);
  for (const id of [bot.id, alice.id, mallory.id, 7]) {
    const calls = [
      server.call("PATCH", `/bots/${id}`, { name: uniqueName() }, mallory.token),
      server.call("POST", `/bots/${id}/token`, undefined, mallory.token),
      server.call("DELETE", `/bots/${id}`, undefined, mallory.token),
    ];
    for (const { status, body } of await Promise.all(calls)) {
      expect([status, body.code]).toEqual([404, "not_found"]);
    }
  }
  expect(await listOf(mallory)).toEqual([]);
  expect(await isGood(bot.token)).toBe(true);
});

test("a bot has no password, and none can be given to it", async () => {
  const bot = await botOf(server, await server.user());
  for (const password of [PASSWORD, "", bot.token]) {
    const { status } = await server.call("POST", "/user/login", { username: bot.name, password });
    expect([400, 401]).toContain(status);
  }
  const given = await command(server, "user", "password", bot.name, "--link");
  expect(given).toMatchObject({ code: 1, out: "" });
  expect(given.err).toContain("bot");
  expect((await command(server, "user", "admin", bot.name, "on")).code).toBe(1);
});

test("what is for people only is forbidden to a bot", async () => {
  const alice = await server.join();
  const bot = await joinBot(server, alice);
  const calls = await Promise.all([
    server.call("POST", "/bots", { name: uniqueName() }, bot.token),
    server.call("GET", "/bots", undefined, bot.token),
    server.call("GET", "/user/logins", undefined, bot.token),
    server.call("DELETE", "/user/logins/7", undefined, bot.token),
    server.call("POST", "/user/password", { password: PASSWORD, new_password: PASSWORD }, bot.token),
    server.call("DELETE", "/user", { password: PASSWORD }, bot.token),
    server.call("POST", "/user/email", { password: PASSWORD, email: "bot@example.org" }, bot.token),
  ]);
  expect(calls.map(({ body }) => body.code)).toEqual(calls.map(() => "forbidden"));
  const user_id = alice.id;
  const asked: [string, object][] = [
    ["add_server", { name: "Botland" }],
    ["join_server", { invite_code: "none" }],
    ["add_friend", { user_id }],
    ["update_friend", { user_id, action: "block" }],
    ["delete_friend", { user_id }],
    ["open_conversation", { user_ids: [user_id] }],
    ["add_bot", { server_id: 1, bot_id: bot.id }],
  ];
  for (const [type, data] of asked) expect(await refusal(bot, type, data)).toMatchObject({ code: "forbidden" });
  for (const type of ["send-friend-request", "accept-friend-request", "reject-friend-request", "remove-friend"]) {
    const message = type === "send-friend-request" ? alice.name : String(user_id);
    expect(await bot.client.ask({ type, message })).toMatchObject({ type: "error", code: "forbidden" });
  }
  expect(await alice.client.rest()).toEqual([]);
});

test("nobody befriends a bot, and anybody may block it", async () => {
  const alice = await server.join();
  const bot = await joinBot(server, await server.user());
  expect(await refusal(alice, "add_friend", { user_id: bot.id })).toMatchObject({ code: "forbidden" });
  expect(await alice.client.ask({ type: "send-friend-request", message: bot.name })).toMatchObject({
    code: "forbidden",
  });
  await done(alice, "update_friend", { user_id: bot.id, action: "block" });
  await done(alice, "update_friend", { user_id: bot.id, action: "unblock" });
  expect(await bot.client.rest()).toEqual([]);
});

test("a bot that is suspended stays out, whatever token its owner asks for", async () => {
  const owner = await server.join();
  const nonce = uniqueName("nonce");
  const made = await server.call("POST", "/bots", { name: uniqueName("bot"), nonce }, owner.token);
  const bot = await joinedAs(made.body);
  const ran = await command(server, "user", "suspend", `id:${bot.id}`, "--reason", "spam", "--until", "7d");
  expect(ran.code).toBe(0);
  expect((await bot.client.closed).code).toBe(4003);
  const asked = () => server.call("POST", `/bots/${bot.id}/token`, undefined, owner.token);
  const refused = { code: "suspended", details: { reason: "spam", until: expect.any(String) } };
  expect(await asked()).toMatchObject({ status: 403, body: refused });
  // The same once more, as of who never had the answer.
  const again = await server.call("POST", "/bots", { name: uniqueName("bot"), nonce }, owner.token);
  expect(again).toMatchObject({ status: 403, body: refused });
  expect(readRows(server.folder, "select id from logins where user_id = ?", [bot.id])).toEqual([]);
  expect(await turnedAway(bot.token)).toBe(4001);
  await command(server, "user", "unsuspend", `id:${bot.id}`);
  const { status, body } = await asked();
  expect([status, await isGood(body.token)]).toEqual([200, true]);
});

test("a bot stops while its owner is suspended, and goes on afterwards", async () => {
  const owner = await server.user();
  const bot = await joinBot(server, owner);
  expect((await command(server, "user", "suspend", owner.name)).code).toBe(0);
  expect((await bot.client.closed).code).toBe(4003);
  expect(await isGood(bot.token)).toBe(false);
  expect(await turnedAway(bot.token)).toBe(4001);
  expect((await command(server, "user", "unsuspend", owner.name)).code).toBe(0);
  expect(await isGood(bot.token)).toBe(true);
  await server.connect(bot);
});

test("a deleted bot is nobody any more", async () => {
  const owner = await server.join();
  const bot = await joinBot(server, owner);
  expect((await server.call("DELETE", `/bots/${bot.id}`, undefined, owner.token)).body).toEqual({ success: true });
  expect((await bot.client.closed).code).toBe(4002);
  expect(await isGood(bot.token)).toBe(false);
  expect(await listOf(owner)).toEqual([]);
  expect((await server.call("DELETE", `/bots/${bot.id}`, undefined, owner.token)).status).toBe(404);
  expect((await done(owner, "get_user", { user_id: bot.id })).user).toMatchObject({ name: "deleted user" });
  expect((await server.call("POST", "/bots", { name: bot.name }, owner.token)).status).toBe(201);
});

/** Settles when what ended accounts leave is done: their bots end after them. */
async function endsAreDone(): Promise<void> {
  const { client } = await server.join();
  while (readRows(server.folder, "select user_id from account_removals").length > 0) await client.rest();
}

test("bots end with their owner's account, by whoever ends it", async () => {
  const endings: ((owner: TestUser) => Promise<unknown>)[] = [
    (owner) => server.call("DELETE", "/user", { password: PASSWORD }, owner.token),
    (owner) => command(server, "user", "delete", owner.name, "--yes"),
  ];
  for (const end of endings) {
    const owner = await server.user();
    const [one, other] = [await joinBot(server, owner), await joinBot(server, owner)];
    await end(owner);
    for (const bot of [one, other]) {
      expect((await bot.client.closed).code).toBe(4002);
      expect(await isGood(bot.token)).toBe(false);
    }
    await endsAreDone();
    for (const bot of [one, other]) {
      expect(readRows(server.folder, "select name from users where id = ?", [bot.id])).toEqual([
        { name: "deleted user" },
      ]);
    }
  }
});

test("who runs the server sees whose bot it is", async () => {
  const owner = await server.user();
  const bot = await botOf(server, owner);
  const shown = await command(server, "user", "show", bot.name, "--json");
  expect(shown.json.user).toMatchObject({ id: bot.id, email: null, bot_owner_id: owner.id });
  const listed = await command(server, "user", "list", "--search", owner.name, "--json");
  expect(listed.json.users).toMatchObject([{ id: owner.id, bot_owner_id: null }]);
});
