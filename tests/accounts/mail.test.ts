// Mail, through a real SMTP server: links for who forgot the password, and how an address becomes somebody's.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp } from "../../src/app.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { readRows, writeRows } from "../harness/database.ts";
import {
  PASSWORD,
  serverAt,
  startServer,
  type TestServer,
  type TestUser,
  testConfig,
  uniqueName,
} from "../harness/server.ts";
import { startSmtp, type TestSmtp, tokenIn } from "../harness/smtp.ts";

const public_url = "https://chat.example.org/orchard";
const from = "orchard@chat.example.org";

let smtp: TestSmtp;
let server: TestServer;
beforeAll(async () => {
  smtp = await startSmtp();
  server = await startServer({ public_url, smtp: { url: smtp.url, from } });
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});

const forgot = (name_or_email: string) => server.call("POST", "/user/forgot", { name_or_email });
const confirm = (token: string) => server.call("POST", "/user/email/confirm", { token });
const setEmail = ({ token }: TestUser, email: string, password = PASSWORD) =>
  server.call("POST", "/user/email", { password, email }, token);
const emailOf = async ({ token }: TestUser) => {
  const { email, email_confirmed } = (await server.call("GET", "/user/profile", undefined, token)).body;
  return [email, email_confirmed];
};

let addresses = 0;
const anAddress = (stem = "alice") => {
  addresses += 1;
  return `${stem}-${addresses}@example.org`;
};

/** A user who has confirmed the address. */
async function reachable(email = anAddress()): Promise<TestUser & { email: string }> {
  const user = await server.user();
  await setEmail(user, email);
  await confirm(tokenIn(await smtp.take(email)));
  return { ...user, email };
}

const linksOf = ({ id }: { id: number }) =>
  readRows(server.folder, "select purpose, token_hash from links where user_id = ?", [id]);

/** All that was begun before has ended: a mail to somebody else was. */
async function settled(): Promise<void> {
  const { email, name } = await reachable();
  await forgot(name);
  await smtp.take(email);
}

test("the server says at its root that it sends mail", async () => {
  const answer = await fetch(server.url, { headers: { accept: "application/json" } });
  expect(await answer.json()).toMatchObject({ name: "orchard", sends_mail: true });
});

describe("forgot", () => {
  test("sends who has the name, or the address in any case, a link that nobody else gets", async () => {
    const { name, email, id } = await reachable();
    for (const asked of [name.toUpperCase(), email.toUpperCase()]) {
      expect(await forgot(asked)).toEqual({ status: 202, body: { success: true } });
      const mail = await smtp.take(email);
      expect(mail).toMatchObject({ from, to: [email], subject: `A new password for ${name}` });
      expect(mail.text).toContain(`${public_url}/reset#${tokenIn(mail)}\n`);
      expect(Buffer.from(tokenIn(mail), "base64url")).toHaveLength(32);
    }
    const links = linksOf({ id });
    expect(links.map(({ purpose }) => purpose)).toEqual(["reset", "reset"]);
    // At rest they open nothing.
    for (const { text } of smtp.mails.filter(({ to }) => to.includes(email)))
      for (const { token_hash } of links) expect(text).not.toContain(String(token_hash));
  });

  test("answers the same where there is nobody, or nobody who may be written to", async () => {
    const [stranger, unconfirmed] = [anAddress("nobody"), anAddress("unconfirmed")];
    const bob = await server.user();
    writeRows(server.folder, "update users set email = ? where id = ?", [[unconfirmed, bob.id]]);
    const gone = await reachable();
    await server.call("DELETE", "/user", { password: PASSWORD }, gone.token);
    for (const asked of ["nobody", stranger, bob.name, unconfirmed, gone.name, gone.email, "", "@", "\0", "%@%"]) {
      expect(await forgot(asked)).toEqual({ status: 202, body: { success: true } });
    }
    await settled();
    for (const address of [stranger, unconfirmed]) {
      expect(smtp.mails.filter(({ to }) => to.includes(address))).toEqual([]);
    }
    expect(linksOf(bob)).toEqual([]);
    expect(smtp.mails.filter(({ to }) => to.includes(gone.email))).toHaveLength(1);
  });

  test("writes to all who have an address, and not to endlessly many", async () => {
    const email = anAddress("family");
    const users = await Promise.all(Array.from({ length: limits.users_of_one_email + 1 }, () => server.user()));
    for (const { id } of users)
      writeRows(server.folder, "update users set email = ?, email_confirmed_at = 1 where id = ?", [[email, id]]);
    await forgot(email);
    const mails = await Promise.all(users.slice(1).map(() => smtp.take(email)));
    expect(new Set(mails.map(({ subject }) => subject)).size).toBe(limits.users_of_one_email);
    await settled();
    expect(smtp.mails.filter(({ to }) => to.includes(email))).toHaveLength(limits.users_of_one_email);
  });

  test("doesn't wait for what it comes to", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const slow = await startSmtp({ onMailFrom: (_, __, done) => void held.then(() => done()) });
    const own = await startServer({ public_url, smtp: { url: slow.url, from } });
    const { id, name } = await own.user();
    writeRows(own.folder, "update users set email = 'a@b', email_confirmed_at = 1 where id = ?", [[id]]);
    for (const name_or_email of [name, "nobody", name]) {
      expect((await own.call("POST", "/user/forgot", { name_or_email })).status).toBe(202);
    }
    release();
    await slow.take("a@b");
    await own.stop();
    await slow.stop();
  });
});

describe("an address", () => {
  test("is somebody's once they read there", async () => {
    const alice = await server.user();
    const email = anAddress();
    expect(await setEmail(alice, email)).toEqual({ status: 200, body: { success: true } });
    expect(await emailOf(alice)).toEqual([null, false]);
    const mail = await smtp.take(email);
    const token = tokenIn(mail);
    expect(mail.text).toContain(`${public_url}/confirm#${token}\n`);
    expect(await confirm(token)).toEqual({ status: 200, body: { success: true } });
    expect(await emailOf(alice)).toEqual([email, true]);
    expect((await confirm(token)).body).toMatchObject({ code: "not_found" });
  });

  test("that was there before is told, and stays until the new one is confirmed", async () => {
    const alice = await reachable();
    const email = anAddress("new");
    await setEmail(alice, email);
    const told = await smtp.take(alice.email);
    expect(told).toMatchObject({ subject: `A new address for ${alice.name}` });
    expect(told.text).not.toContain(email);
    expect(told.text).not.toContain("#");
    expect(await emailOf(alice)).toEqual([alice.email, true]);
    await confirm(tokenIn(await smtp.take(email)));
    expect(await emailOf(alice)).toEqual([email, true]);
  });

  test("wants the password, and a change of the password makes its link void", async () => {
    const alice = await server.user();
    const email = anAddress();
    expect((await setEmail(alice, email, "wrong horse battery")).status).toBe(401);
    await setEmail(alice, email);
    const { token } = { token: tokenIn(await smtp.take(email)) };
    const change = { password: PASSWORD, new_password: "another horse battery" };
    await server.call("POST", "/user/password", change, alice.token);
    expect((await confirm(token)).status).toBe(404);
  });

  test("asked for last is the one that can be confirmed; a password link confirms none", async () => {
    const alice = await reachable();
    const [first, second] = [anAddress(), anAddress()];
    await setEmail(alice, first);
    await setEmail(alice, second);
    expect((await confirm(tokenIn(await smtp.take(first)))).status).toBe(404);
    await forgot(alice.name);
    const mails = [await smtp.take(alice.email), await smtp.take(alice.email), await smtp.take(alice.email)];
    const reset = mails.find(({ text }) => text.includes("/reset#"));
    expect((await confirm(tokenIn(reset as (typeof mails)[0]))).status).toBe(404);
    expect((await confirm(tokenIn(await smtp.take(second)))).status).toBe(200);
  });

  test("given at the registration is asked about, and holds only once it is confirmed", async () => {
    const [name, email] = [uniqueName(), anAddress()];
    await server.call("POST", "/user/register", { username: name, password: PASSWORD, email });
    const user = await server.login(name);
    const mail = await smtp.take(email);
    expect(await emailOf(user)).toEqual([email, false]);
    await confirm(tokenIn(mail));
    expect(await emailOf(user)).toEqual([email, true]);
  });

  test("is one, whatever is in it", async () => {
    const alice = await server.user();
    for (const email of ["a,b@example.org", "a;b@example.org"]) {
      expect((await setEmail(alice, email)).status).toBe(200);
      // Quoted, as what stands before an `@` may be: one mailbox.
      expect(smtp.mails.at(-1)?.to).toEqual([email.replace(/^.*(?=@)/, '"$&"')]);
    }
    for (const email of ["<a>@example.org", "a>@example.org"]) {
      expect((await setEmail(alice, email)).body).toMatchObject({ success: false });
    }
    expect((await setEmail(alice, "a\r\nRCPT TO:<b@example.org>@c")).status).toBe(400);
  });
});

test("each person and each address gets only so much", async () => {
  const own = await startServer({
    ...{ public_url, smtp: { url: smtp.url, from }, rate_limits: true },
    rates: {
      ...rates,
      mails_per_person: { burst: 2, per_s: 0.0001 },
      mail_asks_per_address: { burst: 6, per_s: 0.0001 },
    },
  });
  const ask = (name_or_email: string) => own.call("POST", "/user/forgot", { name_or_email });
  const [alice, bob] = [await own.user(), await own.user()];
  const [to_alice, to_bob] = [anAddress(), anAddress()];
  writeRows(own.folder, "update users set email = ?, email_confirmed_at = 1 where id = ?", [
    [to_alice, alice.id],
    [to_bob, bob.id],
  ]);
  for (let asked = 0; asked < 5; asked += 1) expect((await ask(alice.name)).status).toBe(202);
  await ask(bob.name);
  await smtp.take(to_bob);
  expect(smtp.mails.filter(({ to }) => to.includes(to_alice))).toHaveLength(2);
  expect((await ask(bob.name)).body).toMatchObject({ code: "rate_limited" });
  const email = { password: PASSWORD, email: anAddress() };
  expect((await own.call("POST", "/user/email", email, alice.token)).status).toBe(429);
  await own.stop();
});

test("without a mail server all of them say so", async () => {
  const own = await startServer();
  const { token } = await own.user();
  for (const [path, body, bearer] of [
    ["/user/forgot", { name_or_email: "alice" }],
    ["/user/email", { password: PASSWORD, email: "a@b" }, token],
    ["/user/email/confirm", { token: "x" }],
  ] as const) {
    expect(await own.call("POST", path, body, bearer)).toEqual({
      status: 503,
      body: { success: false, code: "unavailable", message: "This server sends no mail: ask who runs it." },
    });
  }
  await own.stop();
});

test("what the server says and who is meant isn't in the log, nor what was sent", async () => {
  const lines: string[] = [];
  const picky = await startSmtp({
    onRcptTo: ({ address }, _, done) =>
      address.startsWith("refused") ? done(new Error(`no ${address} here`)) : done(),
    onAuth: ({ username, password }, _, done) =>
      username === "orchard" && password === "hunter2" ? done(null, { user: username }) : done(new Error("no")),
    allowInsecureAuth: true,
  });
  const { folder } = server;
  const own_folder = `${folder}-mail`;
  const url = picky.url.replace("//", "//orchard:hunter2@");
  const config = testConfig(own_folder, { public_url, smtp: { url, from } });
  const app = await startApp(config, createLog("trace", { write: (line) => void lines.push(line) }), "test");
  const own = serverAt(app.url, own_folder);
  const user = await own.user();
  const set = (email: string) => own.call("POST", "/user/email", { password: PASSWORD, email }, user.token);
  expect((await set("refused@example.org")).body).toMatchObject({ code: "bad_request", details: { path: "email" } });
  expect((await set("alice@example.org")).status).toBe(200);
  const token = tokenIn(await picky.take("alice@example.org"));
  await own.call("POST", "/user/email/confirm", { token });
  await own.call("POST", "/user/forgot", { name_or_email: user.name });
  const reset = tokenIn(await picky.take("alice@example.org"));
  await picky.stop();
  // The one who is told first can't be, so nothing goes to the other.
  expect((await set("bob@example.org")).body).toMatchObject({ code: "unavailable" });
  await app.stop();
  const log = lines.join("");
  expect(log).toContain("a mail can't be sent");
  expect(log).toContain("password link");
  for (const secret of ["hunter2", token, reset, "refused@", "alice@", "bob@", "reset#"])
    expect(log).not.toContain(secret);
});
