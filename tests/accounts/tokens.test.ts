// What is a good token, over HTTP and on the socket alike. Bad ones are signed here, with the server's own secret.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { decodeJwt, type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { TestClient } from "../harness/client.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
let secret: string;
beforeAll(async () => {
  server = await startServer();
  const [row] = await readRows(server.folder, "select value from settings where key = 'jwt_secret'");
  secret = String(row?.["value"]);
});
afterAll(() => server.stop());

type Changes = { [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };

/** The user's own token with other claims, signed anew. */
function resigned(user: TestUser, changes: Changes, alg = "HS256", key = secret): Promise<string> {
  return withHeader(user, { alg }, changes, key);
}

/** The same under a header that says more, or something else. */
function withHeader(user: TestUser, header: object, changes: Changes = {}, key = secret): Promise<string> {
  const claims = { ...decodeJwt(user.token), ...changes } as JWTPayload;
  const to_sign = new SignJWT(claims).setProtectedHeader(header as JWTHeaderParameters);
  return to_sign.sign(new TextEncoder().encode(key), { crit: { spell: true } });
}

/** The token under a header that jose wouldn't write, with a signature that is good for it. */
function signedByHand({ token }: TestUser, header: string): string {
  const signed = `${Buffer.from(header).toString("base64url")}.${token.split(".")[1]}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** The token with its signature's last letter changed into the next: of that, two bits mean nothing. */
function misspelt({ token }: TestUser): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + letters[letters.indexOf(token.at(-1) as string) + 1];
}

async function loggedOut(): Promise<string> {
  const { token } = await server.user();
  await server.call("POST", "/user/logout", undefined, token);
  return token;
}

async function withExpiredRow(user: TestUser): Promise<string> {
  const login = Number(decodeJwt(user.token).jti);
  await writeRows(server.folder, "update logins set expires_at = ? where id = ?", [[Date.now() - 1000, login]]);
  return user.token;
}

const now_s = () => Math.floor(Date.now() / 1000);

const bad: Record<string, (mallory: TestUser, alice: TestUser) => string | Promise<string>> = {
  "that is empty": () => "",
  "that is garbage": () => "garbage",
  "of three empty parts": () => "..",
  "without a signature": ({ token }) => token.split(".").slice(0, 2).join("."),
  "with algorithm none": ({ token }) => new UnsecuredJWT(decodeJwt(token)).encode(),
  "signed by HS512": (mallory) => resigned(mallory, {}, "HS512"),
  "under an algorithm that is written otherwise": (mallory) => signedByHand(mallory, '{"alg":"hs256"}'),
  "under no algorithm, well signed": (mallory) => signedByHand(mallory, '{"alg":"none"}'),
  "under a header that is no object": (mallory) => signedByHand(mallory, '"HS256"'),
  "under a header that is no JSON": (mallory) => signedByHand(mallory, "HS256"),
  "with a header that must be understood": (mallory) =>
    withHeader(mallory, { alg: "HS256", crit: ["spell"], spell: "abracadabra" }),
  "whose signature is written otherwise": (mallory) => misspelt(mallory),
  "whose signature is padded": ({ token }) => `${token}=`,
  "with a fourth part": ({ token }) => `${token}.`,
  "signed with another secret": (mallory) => resigned(mallory, {}, "HS256", "another secret of thirty-two letters"),
  "of another server": (mallory) => resigned(mallory, { iss: "elsewhere" }),
  "that has expired": (mallory) => resigned(mallory, { exp: now_s() - 1 }),
  "that never expires": (mallory) => resigned(mallory, { exp: undefined }),
  "of a later time": (mallory) => resigned(mallory, { nbf: now_s() + 3600 }),
  "without a login": (mallory) => resigned(mallory, { jti: undefined }),
  "of a login that never was": (mallory) => resigned(mallory, { jti: "12345" }),
  "of a login that is no number": (mallory) => resigned(mallory, { jti: "1 or 1" }),
  "of nobody": (mallory) => resigned(mallory, { sub: "0" }),
  "of somebody else": (mallory, alice) => resigned(mallory, { sub: String(alice.id) }),
  "with another's login": (mallory, alice) => resigned(mallory, { jti: decodeJwt(alice.token).jti }),
  "whose claims were changed": ({ token }, alice) => {
    const [header, , signature] = token.split(".");
    return [header, alice.token.split(".")[1], signature].join(".");
  },
  "of a login that has ended": () => loggedOut(),
  "whose login has expired": (mallory) => withExpiredRow(mallory),
};

describe.each(Object.entries(bad))("a token %s", (_, make) => {
  test("is refused by every call", async () => {
    const [mallory, alice] = await Promise.all([server.user(), server.user()]);
    const token = await make(mallory, alice);
    for (const [method, path] of [
      ["GET", "/validate_jwt"],
      ["GET", "/user/profile"],
      ["POST", "/user/logout"],
      ["POST", "/user/password"],
      ["DELETE", "/user"],
    ] as const) {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toEqual({ success: false, code: "unauthorized", message: expect.any(String) });
    }
  });

  test("gets one error frame on the socket and then 4001", async () => {
    const [mallory, alice] = await Promise.all([server.user(), server.user()]);
    const client = await TestClient.open(server.url, await make(mallory, alice));
    client.send({ type: "get-friends", id: "1" });
    expect((await client.closed).code).toBe(4001);
    expect(client.seen).toEqual([
      { type: "error", reason: "SocketClosedBadJwt", code: "unauthorized", message: expect.any(String) },
    ]);
  });
});

describe("a good token", () => {
  test("is one signed with the secret in the settings, whoever signed it", async () => {
    const alice = await server.user();
    const token = await resigned(alice, { exp: now_s() + 60 });
    expect((await server.call("GET", "/validate_jwt", undefined, token)).status).toBe(200);
    const client = await TestClient.open(server.url, token);
    expect(await client.take("ready")).toMatchObject({ data: { user: { id: alice.id } } });
  });

  test("may name its type", async () => {
    const token = await withHeader(await server.user(), { alg: "HS256", typ: "JWT" });
    expect((await server.call("GET", "/validate_jwt", undefined, token)).status).toBe(200);
  });

  test("outlives a restart of the server", async () => {
    const own = await startServer();
    const alice = await own.user();
    const again = await own.restart();
    expect((await again.call("GET", "/validate_jwt", undefined, alice.token)).status).toBe(200);
    await again.stop();
  });

  test("says nothing but who, which login and until when", async () => {
    const alice = await server.user();
    expect(Object.keys(decodeJwt(alice.token)).sort()).toEqual(["exp", "iat", "iss", "jti", "sub"]);
  });
});

test("a call without a token, or with another kind of it, is refused", async () => {
  const { token } = await server.user();
  for (const authorization of [undefined, "Bearer", `Basic ${token}`, token, `Bearer ${token} ${token}`]) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${server.url}/api/v1/validate_jwt`, { headers });
    expect(response.status).toBe(401);
  }
  const headers = { authorization: `bearer ${token}` };
  expect((await fetch(`${server.url}/api/v1/validate_jwt`, { headers })).status).toBe(200);
});

test("with a secret from its configuration, a server takes only tokens signed with that", async () => {
  const jwt_secret = "a secret of at least 32 characters!";
  const own = await startServer();
  const alice = await own.user();
  const configured = await own.restart({ jwt_secret });
  expect((await configured.call("GET", "/validate_jwt", undefined, alice.token)).status).toBe(401);
  const token = await resigned(alice, {}, "HS256", jwt_secret);
  expect((await configured.call("GET", "/validate_jwt", undefined, token)).status).toBe(200);
  await configured.stop();
});
