// A body that comes by drops: what ends the token meanwhile ends the call, whether it is logged out, expired, replaced by
// a change of the password or gone with the account. The head is read, and the token found good, before.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { decodeJwt } from "jose";
import { rawClient } from "../../scripts/reliability/raw-client.ts";
import { calls } from "../../src/protocol/http.ts";
import { botOf } from "../bots/programs.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";
import { startSmtp, type TestSmtp } from "../harness/smtp.ts";
import { aSubscription } from "../push/samples.ts";
import { pngOfBytes } from "../uploads/samples.ts";

const NEW_PASSWORD = "another horse battery";

let server: TestServer;
let smtp: TestSmtp;
beforeAll(async () => {
  smtp = await startSmtp();
  const mail = { smtp: { url: smtp.url, from: "orchard@example.org" }, public_url: "https://example.org" };
  server = await startServer(mail);
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});

interface Slow {
  line: string;
  headers: string[];
  body: string | (() => string);
}

const image = Buffer.from(pngOfBytes(200)).toString("latin1");
const form = [
  "--drops",
  'Content-Disposition: form-data; name="file"; filename="a.png"',
  "Content-Type: image/png",
  "",
  image,
  "--drops--",
  "",
].join("\r\n");

const bodies: Record<string, () => object> = {
  change_password: () => ({ password: PASSWORD, new_password: NEW_PASSWORD }),
  delete_user: () => ({ password: PASSWORD }),
  set_email: () => ({ password: PASSWORD, email: "alice@example.org" }),
  add_bot: () => ({ name: uniqueName("slow") }),
  change_bot: () => ({ name: uniqueName("slow") }),
  add_push_subscription: () => aSubscription(),
};

const with_token: [string, Slow][] = [
  ...Object.entries(calls)
    .filter(([, { bearer, body }]) => bearer && body !== null)
    .map(([name, { method, path }]): [string, Slow] => [
      name,
      { line: `${method} /api/v1${path}`, headers: [], body: () => JSON.stringify(bodies[name]?.()) },
    ]),
  ["an upload", { line: "POST /api/v1/uploads", headers: ["Content-Type: image/png"], body: image }],
  [
    "an upload in a form",
    { line: "POST /api/v1/uploads", headers: ["Content-Type: multipart/form-data; boundary=drops"], body: form },
  ],
  [
    "an upload with a nonce",
    { line: "POST /api/v1/uploads", headers: ["Content-Type: image/png", "Idempotency-Key: drops"], body: image },
  ],
];

/** The answer to a request whose body stops in the middle while `meanwhile` is done. */
async function slowly(token: string, { line: place, headers, body }: Slow, meanwhile: () => Promise<unknown>) {
  const line = place.includes(":id") ? place.replace(":id", String((await botOf(server, { token })).id)) : place;
  const client = await rawClient(server.url);
  const bytes = Buffer.from(typeof body === "string" ? body : body(), "latin1");
  const length = `Content-Length: ${bytes.length}`;
  const head = [`${line} HTTP/1.1`, "Host: localhost", `Authorization: Bearer ${token}`, length, ...headers];
  client.write(`${head.join("\r\n")}\r\n\r\n`);
  client.write(bytes.subarray(0, 10));
  // Answered after what was sent before: the head has been read, and the token looked up.
  for (let asked = 0; asked < 2; asked += 1) await server.call("GET", "/validate_jwt", undefined, token);
  await meanwhile();
  client.write(bytes.subarray(10));
  const answer = await client.until("}");
  client.socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), text: answer };
}

const ends: [string, (user: TestUser) => Promise<unknown>][] = [
  ["logged out", ({ token }) => server.call("POST", "/user/logout", undefined, token)],
  ["expired", (user) => expire(user)],
  ["replaced by a change of the password", (user) => changeElsewhere(user)],
  ["gone with its account", ({ token }) => server.call("DELETE", "/user", { password: PASSWORD }, token)],
];

async function expire({ token }: TestUser): Promise<void> {
  const login = Number(decodeJwt(token).jti);
  await writeRows(server.folder, "update logins set expires_at = ? where id = ?", [[Date.now() - 1, login]]);
}

/** To a password that the slow call knows nothing of. */
async function changeElsewhere({ name }: TestUser): Promise<void> {
  const { token } = await server.login(name);
  await server.call("POST", "/user/password", { password: PASSWORD, new_password: "a third horse battery" }, token);
}

test("every call with a token and a body is among them", () => {
  for (const [name, { bearer, body }] of Object.entries(calls)) {
    if (bearer && body !== null) expect(Object.keys(bodies)).toContain(name);
  }
});

describe.each(with_token)("%s whose body comes slowly", (_, slow) => {
  test("is done while the token is good", async () => {
    const { token } = await server.user();
    expect([200, 201]).toContain((await slowly(token, slow, async () => {})).status);
  });

  test.each(ends)("is refused where the token is %s meanwhile", async (_how, end) => {
    const alice = await server.user();
    const before = await stateOf(alice);
    const { status, text } = await slowly(alice.token, slow, async () => {
      await end(alice);
      before.hash = (await stateOf(alice)).hash;
    });
    expect(status).toBe(401);
    expect(text).toContain('"code":"unauthorized"');
    expect(text).not.toContain('"details"');
    expect(await stateOf(alice)).toEqual(before);
  });
});

async function stateOf({ id }: TestUser) {
  const [user] = await readRows(server.folder, `select password_hash from users where id = ${id}`);
  const uploads = await readRows(server.folder, `select id from uploads where user_id = ${id}`);
  const slow = `select id from users where bot_owner_id = ${id} and name like 'slow-%'`;
  return { hash: user?.["password_hash"], uploads: uploads.length, bots: readRows(server.folder, slow).length };
}
