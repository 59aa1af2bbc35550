import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rawClient, upgradeHead } from "../../scripts/reliability/raw-client.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describe("the first frame", () => {
  test("greets: who one is, which session, and what may be asked", async () => {
    const alice = await server.user();
    const client = await TestClient.open(server.url, alice.token);
    expect(await client.take("ready")).toEqual({
      type: "ready",
      data: {
        user: {
          id: alice.id,
          name: alice.name,
          email: null,
          profile_pic: null,
          bio: null,
          status: "online",
          custom_status: null,
          dms: "servers",
          created_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
        session_id: expect.any(Number),
        epoch: expect.any(String),
        protocol: 1,
        limits: expect.objectContaining({
          frame_length: limits.frame_length,
          sessions_per_user: limits.sessions_per_user,
          message_length: limits.message_length,
          servers_per_user: limits.servers_per_user,
          requests_burst: rates.session_requests.burst,
        }),
      },
    });
  });

  test("names another session for each socket, and the same epoch, after a restart too", async () => {
    const own = await startServer();
    const alice = await own.user();
    const greetings = [];
    for (let count = 0; count < 2; count += 1) {
      greetings.push(await (await TestClient.open(own.url, alice.token)).take("ready"));
    }
    const again = await own.restart();
    greetings.push(await (await TestClient.open(again.url, alice.token)).take("ready"));
    await again.stop();
    expect(new Set(greetings.map(({ data }) => data.session_id)).size).toBe(3);
    expect(new Set(greetings.map(({ data }) => data.epoch)).size).toBe(1);
  });

  test("comes before the answer to what was asked without waiting for it", async () => {
    const alice = await server.user();
    const client = await TestClient.open(server.url, alice.token);
    expect(await client.ask({ type: "get-friends" })).toMatchObject({ type: "retrieveFriends", result: [] });
    expect(client.seen.map(({ type }) => type)).toEqual(["ready", "retrieveFriends"]);
  });
});

test.each(["a", "pi", "nas"])("opens however short the server's name is: %s", async (host) => {
  const { token } = await server.user();
  const client = await rawClient(server.url);
  client.write(`${upgradeHead(token).replace("localhost", host)}\r\n`);
  expect(await client.until("HTTP/1.1")).toStartWith("HTTP/1.1 101");
  client.socket.destroy();
});

describe("a token", () => {
  test("may stand in the Authorization header", async () => {
    const alice = await server.user();
    const client = await TestClient.open(server.url, null, { authorization: `Bearer ${alice.token}` });
    expect(await client.take("ready")).toMatchObject({ data: { user: { id: alice.id } } });
  });

  test("may be used below the API's prefix alike", async () => {
    const alice = await server.user();
    const client = await TestClient.open(`${server.url}/api/v1`, alice.token);
    expect(await client.take("ready")).toMatchObject({ data: { user: { id: alice.id } } });
  });

  test.each([
    ["that is missing", null, {}],
    ["that is bad", "garbage", {}],
    ["that is bad in the header", null, { authorization: "Bearer garbage" }],
    ["of another kind in the header", null, { authorization: "Basic YWxpY2U6cGFzcw==" }],
  ] as [string, string | null, Record<string, string>][])(
    "%s brings an error frame, then 4001, and no ready",
    async (_, token, headers) => {
      const client = await TestClient.open(server.url, token, headers);
      expect((await client.closed).code).toBe(4001);
      expect(client.seen).toEqual([
        { type: "error", reason: "SocketClosedBadJwt", code: "unauthorized", message: expect.any(String) },
      ]);
    },
  );
});

test("a stopping server closes its sockets with 1012", async () => {
  const own = await startServer();
  const [alice, bob] = await own.friends();
  await own.stop();
  expect((await alice.client.closed).code).toBe(1012);
  expect((await bob.client.closed).code).toBe(1012);
});
