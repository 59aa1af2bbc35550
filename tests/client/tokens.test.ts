// The token: brought in no address where that can be, got anew when it ended and the credentials are at hand.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ClientOptions } from "../../src/client/index.ts";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";
import { type Fake, type FakeSocket, fakeClient, turn } from "./fake-server.ts";
import { clientOf, foundServer, next } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const credentials = { username: "me", password: "secret" };
const LONG_MS = 60_000;

/** Answers each log-in with the next of these. */
function loginsWith(...answers: object[]) {
  const passwords: string[] = [];
  const fetch: ClientOptions["fetch"] = async (_, { body }) => {
    if (body) passwords.push(JSON.parse(body).password);
    return { json: async () => answers.shift() };
  };
  return { fetch, passwords };
}
const token = (name: string) => ({ success: true, token: name });
const refusal = (code: string, message: string, details?: object) => ({ success: false, code, message, details });

async function connected(options: Partial<ClientOptions>): Promise<Fake & { ends: unknown[] }> {
  const fake = fakeClient({ heartbeat_ms: 60 * LONG_MS, ...options });
  const ends: unknown[] = [];
  fake.client.on("closed", (reason) => ends.push(reason, fake.client.trouble?.message));
  void fake.client.connect();
  await turn();
  fake.socket().ready();
  await fake.clock.pass(LONG_MS);
  return { ...fake, ends };
}

async function nextSocket({ sockets, clock }: Fake): Promise<void> {
  const opened = sockets.length;
  await turn();
  while (sockets.length === opened) await clock.pass(1);
}

const broughtBy = ({ url, protocols }: FakeSocket) => [new URL(url).search, ...protocols];

describe("a token that ended while the connection was open", () => {
  test("is got anew with the credentials, at once", async () => {
    const fake = await connected({ token: "first", credentials, ...loginsWith(token("second")) });
    fake.socket().drop(4002);
    await turn();
    expect(broughtBy(fake.socket())).toEqual(["", "orchard", "auth.second"]);
    fake.socket().ready();
    expect([fake.client.token, fake.client.trouble, fake.ends]).toEqual(["second", null, []]);
    fake.client.close();
  });

  test("ends it where the credentials are refused, as the server says", async () => {
    const logins = loginsWith(refusal("unauthorized", "Name or password is wrong."));
    const fake = await connected({ token: "first", credentials, ...logins });
    fake.socket().drop(4002);
    await fake.clock.pass(600_000);
    expect(fake.ends).toEqual(["revoked", "Name or password is wrong."]);
    expect([fake.sockets.length, logins.passwords.length, fake.clock.timers]).toEqual([1, 1, 0]);
  });

  test("ends it where there are no credentials", async () => {
    const fake = await connected({ token: "first" });
    fake.socket().drop(4002);
    await fake.clock.pass(600_000);
    expect(fake.ends).toEqual(["revoked", expect.stringContaining("revoked")]);
    expect(fake.sockets.length).toBe(1);
  });

  test("again and again is followed by pauses", async () => {
    const fetch = async () => ({ json: async () => token("another") });
    const fake = await connected({ token: "first", credentials, fetch });
    const pauses: number[] = [];
    for (const _ of Array(4)) {
      const began_ms = fake.clock.now();
      fake.socket().drop(4002);
      await nextSocket(fake);
      pauses.push(fake.clock.now() - began_ms);
      fake.socket().ready();
    }
    expect(pauses).toEqual([0, 250, 500, 1_000]);
    fake.client.close();
  });

  test("when the log-in may not be tried now, it is tried when the server said", async () => {
    const later = refusal("rate_limited", "Too many attempts.", { retry_after_ms: 90_000 });
    const logins = loginsWith(later, token("second"));
    const fake = await connected({ token: "first", credentials, ...logins });
    fake.socket().drop(4002);
    await fake.clock.pass(89_000);
    fake.client.wake();
    await turn();
    expect([logins.passwords.length, fake.client.trouble?.message]).toEqual([1, "Too many attempts."]);
    await fake.clock.pass(2_000);
    expect(broughtBy(fake.socket())).toEqual(["", "orchard", "auth.second"]);
    fake.client.close();
  });

  test("over the real server: back after a log-out, over after a change of the password", async () => {
    const user = await server.user();
    const own = { username: user.name, password: PASSWORD };
    const client = clientOf(server, user, { credentials: own });
    await client.connect();
    const { channel_id } = await foundServer(client);
    const back = next(client, "synced");
    await server.call("POST", "/user/logout", undefined, user.token);
    await back;
    expect(client.token).not.toBe(user.token);
    expect((await client.send(channel_id, "still here")).content).toBe("still here");

    const closed = next(client, "closed");
    const changed = { password: PASSWORD, new_password: "another one entirely" };
    await server.call("POST", "/user/password", changed, (await server.login(user.name)).token);
    expect(await closed).toBe("revoked");
    const { body } = await server.call("POST", "/user/login", own);
    expect([client.trouble?.code, client.trouble?.message]).toEqual(["unauthorized", body.message]);
  });
});

describe("how it is brought", () => {
  test("as a subprotocol, each time", async () => {
    const fake = await connected({ token: "first" });
    fake.socket().drop();
    await fake.clock.pass(5_000);
    expect(fake.sockets.map(broughtBy)).toEqual([
      ["", "orchard", "auth.first"],
      ["", "orchard", "auth.first"],
    ]);
    fake.client.close();
  });

  test("in the address to a server that knows of no subprotocols, which is remembered", async () => {
    const fake = fakeClient({ token: "first" });
    const ready = fake.client.connect();
    await turn();
    fake.socket().push({ type: "error", code: "unauthorized", message: "No token." });
    fake.socket().drop(4001);
    await turn();
    fake.socket().ready();
    await ready;
    fake.socket().drop();
    await fake.clock.pass(5_000);
    expect(fake.sockets.map(broughtBy)).toEqual([["", "orchard", "auth.first"], ["?auth=first"], ["?auth=first"]]);
    fake.client.close();
  });

  test("a bad one in both ways, and then it is over", async () => {
    const fake = fakeClient({ token: "bad" });
    const ended = fake.client.connect().catch((error) => error);
    for (const _ of ["subprotocol", "query"]) {
      await turn();
      fake.socket().push({ type: "error", code: "unauthorized", message: "The token is no good." });
      fake.socket().drop(4001);
    }
    expect((await ended).message).toBe("The token is no good.");
    expect(fake.sockets.length).toBe(2);
  });

  test("in the address where the server is there and a socket with subprotocols isn't opened", async () => {
    const fetch = async () => ({ json: async () => ({ success: true, name: "orchard", version: "0.1.0" }) });
    const fake = fakeClient({ token: "first", fetch });
    void fake.client.connect();
    await turn();
    fake.socket().fail();
    await fake.clock.pass(500);
    fake.socket().ready();
    expect(fake.sockets.map(broughtBy)).toEqual([["", "orchard", "auth.first"], ["?auth=first"]]);
    fake.client.close();
  });

  test("in no address where nobody is there, or a subprotocol was taken before", async () => {
    const gone = fakeClient({ token: "first" });
    void gone.client.connect();
    await turn();
    for (const _ of Array(5)) {
      gone.socket().fail("ECONNREFUSED");
      await nextSocket(gone);
    }
    const fetch = async () => ({ json: async () => ({ success: true, name: "orchard" }) });
    const known = await connected({ token: "first", fetch });
    for (const _ of Array(5)) {
      known.socket().fail();
      await nextSocket(known);
    }
    for (const { client, sockets } of [gone, known]) {
      expect(sockets.length).toBe(6);
      expect(sockets.filter(({ url }) => url.includes("auth"))).toEqual([]);
      client.close();
    }
  });

  test("in the address where it has letters that no subprotocol has", async () => {
    const fake = fakeClient({ token: "a b=" });
    void fake.client.connect();
    await turn();
    expect(broughtBy(fake.socket())).toEqual(["?auth=a%20b%3D"]);
    fake.client.close();
  });

  test.each([
    ["that knows of subprotocols", true, ["orchard, auth.token"]],
    ["of before, that looks at the address only", false, ["orchard, auth.token", "?auth=token"]],
  ])("over a real socket to a server %s", async (_, reads_subprotocols, brought) => {
    const asked: string[] = [];
    const other = Bun.serve<boolean>({
      ...{ port: 0, hostname: "127.0.0.1" },
      fetch: (request, self) => {
        const offered = request.headers.get("sec-websocket-protocol");
        const { search } = new URL(request.url);
        asked.push(`${offered ?? ""}${search}`);
        const data = search === "?auth=token" || (reads_subprotocols && offered === "orchard, auth.token");
        return self.upgrade(request, { data }) ? undefined : new Response();
      },
      websocket: {
        open(socket) {
          if (!socket.data) return socket.close(4001, "bad_token");
          const data = { user: { id: 7, name: "me" }, session_id: 1, epoch: "first", protocol: 1, limits: {} };
          socket.send(JSON.stringify({ type: "ready", data }));
        },
        message() {},
      },
    });
    const client = clientOf({ url: other.url.origin }, { id: 7, name: "me", token: "token" });
    await client.connect();
    expect(asked).toEqual(brought);
    client.close();
    await other.stop(true);
  });
});
