// Every HTTP call against its literal: malformed bodies, missing tokens, and answers that are what the literal says.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createECDH, randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import type { TSchema } from "typebox";
import { Check } from "typebox/value";
import { newLink } from "../../src/accounts/link-tokens.ts";
import type { CallLiteral } from "../../src/protocol/call.ts";
import { type CallName, calls } from "../../src/protocol/http.ts";
import { writeRows } from "../harness/database.ts";
import { undocumented } from "../harness/documented.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";
import { startSmtp, type TestSmtp, tokenIn } from "../harness/smtp.ts";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let smtp: TestSmtp;
let link_token: string;
beforeAll(async () => {
  smtp = await startSmtp();
  const mail = { smtp: { url: smtp.url, from: "orchard@example.org" }, public_url: "https://example.org" };
  server = await startServer(mail);
  [alice, bob] = [await server.user(), await server.user()];
  await server.call("POST", "/user/email", { password: PASSWORD, email: "first@example.org" }, alice.token);
  link_token = tokenIn(await smtp.take("first@example.org"));
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});

type Body = string | Uint8Array<ArrayBuffer>;

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** `place` has what stands in its path. */
async function send(
  { method, path, bearer }: CallLiteral,
  body: Body | null,
  token = alice.token,
  place: Record<string, unknown> = { id: 1 },
): Promise<Answer> {
  const headers: Record<string, string> = bearer ? { authorization: `Bearer ${token}` } : {};
  const filled = path.replace(/:(\w+)/g, (_, name) => String(place[name]));
  const response = await fetch(`${server.url}/api/v1${filled}`, { method, headers, body });
  const answer = { status: response.status, body: (await response.json()) as Record<string, unknown> };
  expect(undocumented(method, `/api/v1${filled}`, answer.status, answer.body)).toBeNull();
  return answer;
}

/** The token of a link that is stored now. */
function newToken(purpose: "reset" | "setup", user_id: number | null): string {
  const { link, token } = newLink({ purpose, user_id }, Date.now());
  const { token_hash, created_at, expires_at } = link;
  const sql = "insert into links (token_hash, purpose, user_id, created_at, expires_at) values (?, ?, ?, ?, ?)";
  writeRows(server.folder, sql, [[token_hash, purpose, user_id, created_at, expires_at]]);
  return token;
}

/** A body that fits each call. */
const good: Record<CallName, () => Record<string, unknown> | null> = {
  register: () => ({ username: uniqueName(), password: PASSWORD, email: "carol@example.org", invite: "none" }),
  login: () => ({ username: alice.name, password: PASSWORD }),
  reset_password: () => ({ token: newToken("reset", bob.id), password: PASSWORD }),
  setup: () => ({ token: newToken("setup", null), username: uniqueName(), password: PASSWORD }),
  logout: () => null,
  change_password: () => ({ password: PASSWORD, new_password: "another horse battery" }),
  delete_user: () => ({ password: PASSWORD }),
  profile: () => null,
  forgot: () => ({ name_or_email: alice.name }),
  set_email: () => ({ password: PASSWORD, email: "alice@example.org" }),
  confirm_email: () => ({ token: link_token }),
  logins: () => null,
  end_login: () => null,
  add_bot: () => ({ name: uniqueName("bot") }),
  bots: () => null,
  change_bot: () => ({ name: uniqueName("bot"), profile_pic: "https://example.org/bot.png" }),
  change_bot_token: () => null,
  delete_bot: () => null,
  validate_jwt: () => null,
  push_key: () => null,
  add_push_subscription: () => ({
    endpoint: "https://push.example.org/one",
    expirationTime: null,
    keys: { p256dh: createECDH("prime256v1").generateKeys("base64url"), auth: randomBytes(16).toString("base64url") },
    previews: true,
  }),
  delete_push_subscription: () => null,
};

/** The id of a bot of the token's user. */
const botOf = async (token: string) => {
  const { body } = await server.call("POST", "/bots", { name: uniqueName("bot") }, token);
  return { id: body.id };
};

/** What fits in its path, for the user of a token. */
const places: Partial<Record<CallName, (token: string) => Promise<Record<string, unknown>>>> = {
  end_login: async (token) => ({ id: decodeJwt(token).jti }),
  change_bot: botOf,
  change_bot_token: botOf,
  delete_bot: botOf,
};

const all = Object.entries(calls) as [CallName, CallLiteral][];
const with_body = all.filter(([, { body }]) => body !== null);

const fieldsOf = (schema: TSchema) => {
  return { required: [], ...(schema as unknown as { properties: Record<string, unknown>; required?: string[] }) };
};
const fields = with_body.flatMap(([name, { body }]) =>
  Object.keys(fieldsOf(body as TSchema).properties).map((field) => [name, field] as const),
);
const wanted = with_body.flatMap(([name, { body }]) =>
  fieldsOf(body as TSchema).required.map((field) => [name, field] as const),
);

const shapeOf = (name: CallName, field: string) =>
  fieldsOf(calls[name].body as unknown as TSchema).properties[field] as TSchema;

/** The answer is `bad_request`, and its message names the field. */
function expectRefusal({ status, body }: Answer, path: string): void {
  expect(status).toBe(400);
  const message = expect.stringContaining(path);
  expect(body).toEqual({ success: false, code: "bad_request", message, details: { path } });
}

describe.each(with_body)("%s", (name, call) => {
  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["JSON and more", '{"username":"alice","password":"correct horse battery"} and more'],
    ["a form", "username=alice&password=secret"],
    ["an array", "[]"],
    ["an array of a good body", () => JSON.stringify([good[name]()])],
    ["a number", "5"],
    ["a text", '"username"'],
    ["null", "null"],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ] as [string, Body | (() => string)][])("refuses %s", async (_, body) => {
    const answer = await send(call, typeof body === "function" ? body() : body);
    expect(answer).toMatchObject({
      status: 400,
      body: { success: false, code: "bad_request", message: expect.any(String) },
    });
  });

  test("refuses an object within objects, however deep", async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
    expect((await send(call, deep)).status).toBe(400);
    const [field] = fieldsOf(call.body as TSchema).required;
    expect((await send(call, `{"${field}":${deep}}`)).status).toBe(400);
  });
});

describe.each(wanted)("%s without %s", (name, field) => {
  test("is refused, naming it", async () => {
    const { [field]: _, ...others } = good[name]() ?? {};
    expectRefusal(await send(calls[name], JSON.stringify(others)), field);
    expectRefusal(await send(calls[name], JSON.stringify({ ...others, [field]: null })), field);
    const inherited = `{"__proto__":${JSON.stringify({ [field]: "inherited" })},${JSON.stringify(others).slice(1)}`;
    expectRefusal(await send(calls[name], inherited.replace(",}", "}")), field);
  });
});

describe.each(fields)("%s with a wrong %s", (name, field) => {
  const wrong: [string, unknown][] = [
    ["a number", 5],
    ["a truth", true],
    ["an object", {}],
    ["a list", ["text"]],
    ["a text too long to be read", "x".repeat(5_000)],
  ];
  // In place of an object, another one is wrong by what lacks in it.
  const lacking = (value: unknown, shape: TSchema) =>
    "properties" in shape && typeof value === "object" && !Array.isArray(value)
      ? `.${fieldsOf(shape).required[0]}`
      : "";
  test.each(wrong.filter(([, value]) => !Check(shapeOf(name, field), value)))(
    "such as %s is refused, naming it",
    async (_, value) => {
      const body = JSON.stringify({ ...good[name](), [field]: value });
      expectRefusal(await send(calls[name], body), field + lacking(value, shapeOf(name, field)));
    },
  );
});

describe.each(all)("%s", (name, call) => {
  test("answers as its literal says, with no field more, and ignores fields that it doesn't know", async () => {
    const { token } = await server.user();
    const body = good[name]();
    const answer = await send(
      call,
      body && JSON.stringify({ ...body, unknown: { field: [1] } }),
      token,
      await places[name]?.(token),
    );
    expect(answer.status).toBe(call.status);
    expect(Check(call.reply as TSchema, answer.body)).toBe(true);
    expect(Object.keys(answer.body).sort()).toEqual(fieldsOf(call.reply as TSchema).required.toSorted());
  });

  for (const param of call.params ? fieldsOf(call.params).required : []) {
    test.each(["", "0", "-1", "1.5", "1e3", "x", "01", "9".repeat(16), "%00", "%"])(
      `refuses %p as the ${param} in its path`,
      async (text) => {
        const body = call.body ? JSON.stringify(good[name]()) : null;
        const { status } = await send(call, body, alice.token, { [param]: text });
        expect([400, 404]).toContain(status);
      },
    );
  }

  if (call.bearer) {
    test("wants a token before it looks at anything else", async () => {
      const { status, body } = await send(call, call.method === "GET" ? null : "{", "garbage", { id: 1 });
      expect(status).toBe(401);
      expect(body).toEqual({ success: false, code: "unauthorized", message: expect.any(String) });
    });
  }
});
