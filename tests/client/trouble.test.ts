// What stands in the way of a connection is told in words, as the server said it or as it shows, and nothing is thrown
// where nobody catches it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type ClientOptions, callHttp, createClient, RequestError, type Trouble } from "../../src/client/index.ts";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";
import { fakeClient, turn } from "./fake-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Of a server that nobody but itself vouches for. */
const certificate = join(import.meta.dir, "../routes/certificate");
const tls = { key: Bun.file(join(certificate, "key.pem")), cert: Bun.file(join(certificate, "cert.pem")) };

/** What a client says of the first attempt, whether it has a token or must log in. */
async function troublesAt(url: string): Promise<string[]> {
  const troubles: string[] = [];
  for (const how of [{ token: "token" }, { credentials: { username: "alice", password: PASSWORD } }]) {
    const client = createClient({ url, ...how, random: () => 0.99 });
    const trouble = new Promise<Trouble>((resolve) => client.on("trouble", resolve));
    void client.connect();
    const { error } = await trouble;
    expect([error.code, client.trouble, client.state]).toEqual(["disconnected", error, "connecting"]);
    troubles.push(error.message);
    client.close();
  }
  return troubles;
}

/** Something that isn't the server. */
function other(answer: (request: Request) => Response): { url: string; stop(): Promise<void> } {
  const served = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  return { url: served.url.origin, stop: () => served.stop(true) };
}

describe("what stands in the way", () => {
  test("nobody listens", async () => {
    const gone = other(() => new Response());
    await gone.stop();
    for (const message of await troublesAt(gone.url)) expect(message).toContain("can't be reached");
  });

  test("a certificate that nobody signed", async () => {
    const secure = Bun.serve({ port: 0, hostname: "127.0.0.1", tls, fetch: () => new Response() });
    for (const message of await troublesAt(`https://127.0.0.1:${secure.port}`)) expect(message).toMatch(/certificate/i);
    await secure.stop(true);
  });

  test("a proxy's page", async () => {
    const proxy = other(() => new Response("<html>Bad gateway</html>", { status: 502 }));
    for (const message of await troublesAt(proxy.url)) expect(message).toMatch(/answered 502, .* a proxy/);
    await proxy.stop();
  });

  test("a redirect, behind which no password is sent", async () => {
    const paths: string[] = [];
    const away = other((request) => {
      paths.push(new URL(request.url).pathname);
      return Response.redirect("/elsewhere");
    });
    for (const message of await troublesAt(away.url)) expect(message).toContain("redirects");
    expect(paths.filter((path) => path === "/elsewhere")).toEqual([]);
    await away.stop();
  });

  test("another sort of server", async () => {
    const echo = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1" },
      fetch: (request, self) => (self.upgrade(request) ? undefined : Response.json(["hello"])),
      websocket: { open: (socket) => void socket.send("hello"), message() {} },
    });
    const [of_socket, of_login] = await troublesAt(echo.url.origin);
    expect(of_socket).toContain("no frame of the server's");
    expect(of_login).toContain("not as the server does");
    await echo.stop(true);
  });

  test.each([
    "not JSON",
    "null",
    "17",
    '{"type":"ready"}',
    '{"type":"ready","data":{}}',
    '{"id":"1","type":"get_servers"}',
  ])("a frame that makes no sense: %s", async (text) => {
    const { client, clock, sockets, socket } = fakeClient();
    void client.connect();
    await turn();
    socket().onmessage?.({ data: text } as never);
    if (text.startsWith('{"id"')) socket().drop();
    await clock.pass(600);
    expect({ opened: sockets.length, closed: sockets[0]?.closed }).toEqual({ opened: 2, closed: true });
    client.close();
    expect(clock.timers).toBe(0);
  });

  test("a socket that opens, and then nothing", async () => {
    const { client, clock, sockets, socket } = fakeClient({ connect_deadline_ms: 3_000 });
    const troubles: Trouble[] = [];
    client.on("trouble", (trouble) => troubles.push(trouble));
    void client.connect();
    await turn();
    socket().open();
    await clock.pass(3_000);
    expect(troubles.map(({ error, attempt }) => [error.code, attempt])).toEqual([["disconnected", 1]]);
    expect(client.trouble?.message).toContain("ready");
    await clock.pass(500);
    expect([sockets.length, sockets[0]?.closed]).toEqual([2, true]);
    client.close();
    expect(clock.timers).toBe(0);
  });

  test("a socket that can't even be made", async () => {
    class Refusing {
      constructor() {
        throw new Error("No insecure sockets here.");
      }
    }
    const { client, clock } = fakeClient({ WebSocket: Refusing as never });
    const troubles: Trouble[] = [];
    client.on("trouble", (trouble) => troubles.push(trouble));
    void client.connect();
    await clock.pass(600);
    expect(troubles[0]?.attempt).toBe(1);
    expect(troubles.length).toBeGreaterThan(1);
    client.close();
  });
});

test("the server's sentence and details are kept, of calls and of connections", async () => {
  const { url } = server;
  const refused = await callHttp("register", { url, body: { username: "a b", password: PASSWORD } }).catch((e) => e);
  const { body } = await server.call("POST", "/user/register", { username: "a b", password: PASSWORD });
  expect(refused).toBeInstanceOf(RequestError);
  expect({ ...refused, message: refused.message }).toEqual({ name: "RequestError", ...picked(body) });

  const busy = { success: false, code: "rate_limited", message: "Later.", details: { retry_after_ms: 5_000 } };
  const later = await callHttp("profile", { url, fetch: async () => ({ json: async () => busy }) }).catch((e) => e);
  expect(picked(later)).toEqual(picked(busy as never));

  const credentials = { username: "nobody", password: "not the password" };
  const { body: no_login } = await server.call("POST", "/user/login", credentials);
  expect(await endOf({ url, credentials })).toEqual(["unauthorized", "unauthorized", no_login.message]);
  expect(await endOf({ url, token: "bad" })).toEqual([
    "unauthorized",
    "unauthorized",
    expect.stringContaining("token"),
  ]);
});

const picked = ({ code, message, details = {} }: RequestError) => ({ code, message, details });

/** Why it closed, and what those who wait for it are told. */
async function endOf(options: ClientOptions): Promise<unknown[]> {
  const client = createClient(options);
  const reasons: string[] = [];
  client.on("closed", (reason) => reasons.push(reason));
  const error = await client.connect().catch((e) => e);
  expect(client.trouble).toBe(error);
  return [...reasons, error.code, error.message];
}

describe("an address", () => {
  test.each([
    "localhost:3000",
    "",
    "orchard.example.org",
    "//host",
    "ftp://host",
    "http://",
    "https://me:secret@host/",
  ])("that is none is refused at once: %s", async (url) => {
    const thrown = (() => {
      try {
        return createClient({ url, token: "token" });
      } catch (error) {
        return error as RequestError;
      }
    })();
    const called = await callHttp("validate_jwt", { url }).catch((error) => error);
    for (const error of [thrown as RequestError, called]) {
      expect(error).toBeInstanceOf(RequestError);
      expect([error.code, error.details]).toEqual(["bad_request", { path: "url" }]);
      expect(error.message).not.toContain("secret");
    }
  });

  test.each([
    ["http://host", "ws://host/subscribe"],
    ["HTTPS://Host:8443/", "wss://host:8443/subscribe"],
    ["https://host/below/", "wss://host/below/subscribe"],
    ["wss://host", "wss://host/subscribe"],
    ["http://[::1]:3000", "ws://[::1]:3000/subscribe"],
  ])("%s has its socket at %s", async (url, socket_url) => {
    const { client, socket } = fakeClient({ url });
    void client.connect();
    await turn();
    expect(socket().url).toBe(socket_url);
    client.close();
  });
});
