// Every promise that the library hands out settles: in time, when the program wants no more of it, or when it closes.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { callHttp, RequestError } from "../../src/client/index.ts";
import { comeBack, connectedFake, FakeClock, fakeClient, turn } from "./fake-server.ts";

/** The code with which it was rejected. */
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "none",
    (error) => (error instanceof RequestError ? error.code : error),
  );
const never = () => new Promise<never>(() => {});

describe("a call that is never answered", () => {
  let silent: Bun.TCPSocketListener<undefined>;
  let url: string;
  beforeAll(() => {
    silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    url = `http://127.0.0.1:${silent.port}`;
  });
  afterAll(() => silent.stop(true));

  test("ends with its deadline", async () => {
    expect(await codeOf(callHttp("validate_jwt", { url, deadline_ms: 20 }))).toBe("deadline");
  });

  test("ends with the program's signal, be it given before", async () => {
    const leaving = new AbortController();
    const waiting = callHttp("validate_jwt", { url, signal: leaving.signal });
    leaving.abort("over");
    const error = await waiting.catch((thrown) => thrown);
    expect([error.code, error.cause]).toEqual(["aborted", "over"]);
    expect(await codeOf(callHttp("validate_jwt", { url, signal: leaving.signal }))).toBe("aborted");
  });

  test("has a deadline without a word, also where only the head of the answer comes", async () => {
    const clock = new FakeClock();
    const heads = codeOf(callHttp("validate_jwt", { url, clock, fetch: async () => ({ json: never }) }));
    const none = codeOf(callHttp("validate_jwt", { url, clock, fetch: never }));
    await clock.pass(15_000);
    expect([await heads, await none, clock.timers]).toEqual(["deadline", "deadline", 0]);
  });

  test("is given up for the next attempt where it is a log-in, and when the client closes", async () => {
    const signals: AbortSignal[] = [];
    const { client, clock } = fakeClient({
      ...{ token: undefined, credentials: { username: "me", password: "secret" } },
      fetch: (_, { signal }) => {
        signals.push(signal);
        return never();
      },
    });
    const connected = codeOf(client.connect());
    await clock.pass(16_000);
    expect([signals.map(({ aborted }) => aborted), client.trouble?.code]).toEqual([[true, false], "deadline"]);
    client.close();
    expect([await connected, signals[1]?.aborted, clock.timers]).toEqual(["closed", true, 0]);
  });
});

describe("an ask", () => {
  test("ends with its own deadline and with the signal, and isn't sent after that", async () => {
    const { client, clock, socket } = fakeClient();
    const leaving = new AbortController();
    const late = codeOf(client.ask("get_servers", {}, { deadline_ms: 1_000 }));
    const left = codeOf(client.ask("get_friends", {}, { signal: leaving.signal }));
    leaving.abort();
    await clock.pass(1_000);
    expect([await late, await left]).toEqual(["deadline", "aborted"]);
    expect(await codeOf(client.ask("get_servers", {}, { signal: leaving.signal }))).toBe("aborted");
    void client.connect();
    await turn();
    socket().ready();
    await turn();
    expect(socket().sent).toEqual([]);
    client.close();
    expect(clock.timers).toBe(0);
  });

  test("isn't sent late by a connection that had to slow down", async () => {
    const { client, clock, socket } = await connectedFake();
    const first = client.ask("get_message", { message_id: 1 });
    await socket().refuse("get_message", "rate_limited", { retry_after_ms: 5_000 });
    const deletion = codeOf(client.ask("delete_message", { message_id: 2 }, { deadline_ms: 1_000 }));
    await clock.pass(5_000);
    expect(await deletion).toBe("deadline");
    await socket().answer("get_message", { message: { id: 1 } });
    await first;
    expect(socket().sent).toEqual([]);
    client.close();
  });

  test("that may be repeated is, when a busy server says, and another is refused", async () => {
    const { client, clock, socket } = await connectedFake();
    const read = client.ask("get_message", { message_id: 1 });
    await socket().refuse("get_message", "unavailable", { retry_after_ms: 3_000 });
    const change = codeOf(client.ask("delete_message", { message_id: 1 }));
    await socket().refuse("delete_message", "unavailable", { retry_after_ms: 3_000 });
    expect(await change).toBe("unavailable");
    await clock.pass(2_999);
    expect(socket().sent).toEqual([]);
    await clock.pass(1);
    await socket().answer("get_message", { message: { id: 1 } });
    expect((await read).message.id).toBe(1);
    client.close();
  });

  test("that may be repeated is refused where there is no time left for it", async () => {
    const { client, socket } = await connectedFake({ ask_deadline_ms: 2_000 });
    const read = codeOf(client.ask("get_message", { message_id: 1 }));
    await socket().refuse("get_message", "unavailable", { retry_after_ms: 3_000 });
    expect(await read).toBe("unavailable");
    client.close();
  });
});

describe("waiting to be connected or settled", () => {
  test("ends with the signal, and the client goes on", async () => {
    const fake = fakeClient();
    const leaving = new AbortController();
    const connected = codeOf(fake.client.connect({ signal: leaving.signal }));
    leaving.abort();
    expect(await connected).toBe("aborted");
    expect(await codeOf(fake.client.connect({ signal: leaving.signal }))).toBe("aborted");
    await turn();
    fake.socket().ready();
    await turn();
    expect(fake.client.state).toBe("ready");
    fake.client.close();
  });

  test("what can't be loaded now keeps nobody waiting who doesn't want to", async () => {
    const { client, clock, socket } = await connectedFake({ heartbeat_ms: 60_000 });
    const loaded = client.ask("get_server_roles", { server_id: 1 });
    await socket().answer("get_server_roles", { roles: [], seq: 3 });
    await loaded;
    await socket().refuse("get_server", "unavailable", { retry_after_ms: 4_000 });
    const leaving = new AbortController();
    const settled = codeOf(client.settled({ signal: leaving.signal }));
    await socket()
      .next("ping")
      .then(({ id }) => socket().push({ id, type: "pong" }));
    await clock.pass(3_000);
    expect(socket().sent).toEqual([]);
    leaving.abort();
    expect(await settled).toBe("aborted");
    await clock.pass(1_000);
    await socket().answer("get_server", { server: { id: 1, name: "Orchard", image: null } });
    client.close();
    expect(clock.timers).toBe(0);
  });
});

describe("a server that answers pings and nothing else", () => {
  test("is left, what was asked is asked again, and messages are sent again under their nonce", async () => {
    const { client, clock, sockets, socket } = await connectedFake({ ask_deadline_ms: 300_000 });
    const read = client.ask("get_message", { message_id: 1 });
    const sent = client.send(5, "hello");
    const { nonce } = (
      await socket()
        .next("get_message")
        .then(() => socket().next("add_message"))
    )["data"];
    while (sockets.length === 1) {
      await clock.pass(500);
      for (const { id, type } of socket().sent.splice(0)) if (type === "ping") socket().push({ id, type: "pong" });
      expect(clock.now()).toBeLessThan(120_000);
    }
    expect(client.trouble?.message).toContain("without an answer");
    socket().ready();
    await socket().answer("get_message", { message: { id: 1 } });
    const again = await socket().answer("add_message", { message: { id: 2, content: "hello" } });
    expect([again["data"].nonce, (await read).message.id, (await sent).id]).toEqual([nonce, 1, 2]);
    client.close();
  });

  test("also where it is the catching up that it leaves", async () => {
    const fake = await connectedFake();
    const loaded = fake.client.ask("get_server_roles", { server_id: 1 });
    await fake.socket().answer("get_server_roles", { roles: [], seq: 3 });
    await fake.socket().answer("get_server", { server: { id: 1, name: "Orchard", image: null } });
    await loaded;
    const socket = await comeBack(fake);
    await socket.next("sync");
    const opened = fake.sockets.length;
    while (fake.sockets.length === opened) {
      await fake.clock.pass(500);
      for (const { id, type } of socket.sent.splice(0)) if (type === "ping") socket.push({ id, type: "pong" });
      expect(fake.clock.now()).toBeLessThan(120_000);
    }
    fake.client.close();
  });

  test("a busy one is asked to catch up again on the same connection, when it said", async () => {
    const fake = await connectedFake();
    const loaded = fake.client.ask("get_server_roles", { server_id: 1 });
    await fake.socket().answer("get_server_roles", { roles: [], seq: 3 });
    await fake.socket().answer("get_server", { server: { id: 1, name: "Orchard", image: null } });
    await loaded;
    const socket = await comeBack(fake);
    await socket.refuse("sync", "unavailable", { retry_after_ms: 2_000 });
    await fake.clock.pass(1_999);
    expect([socket.sent, fake.client.state]).toEqual([[], "syncing"]);
    await fake.clock.pass(1);
    await socket.answer("sync", { topics: { "server:1": { seq: 3, events: [] } } });
    expect(fake.client.state).toBe("ready");
    fake.client.close();
  });
});

test("the outbox holds so many, and refuses more in words", async () => {
  const { client, clock } = fakeClient({ outbox_length: 3 });
  const sent = [1, 2, 3].map((channel_id) =>
    codeOf(client.send(channel_id, { content: "hello", nonce: `${channel_id}` })),
  );
  const refused = await client.send(1, "one too many").catch((error) => error);
  expect([refused.code, refused.details]).toEqual(["limit_reached", { limit: "outbox_length" }]);
  sent.push(codeOf(client.send(3, { content: "hello", nonce: "3" })));
  expect(client.outbox.length).toBe(3);
  client.close();
  expect([await Promise.all(sent), clock.timers]).toEqual([["closed", "closed", "closed", "closed"], 0]);
});

test("asks that ended while nobody was there are not remembered", async () => {
  const { client, clock, socket } = fakeClient();
  for (const _ of Array(1_000)) {
    void client.ask("get_servers", {}, { deadline_ms: 10 }).catch(() => {});
    await clock.pass(10);
  }
  void client.connect();
  await turn();
  socket().ready();
  await turn();
  expect(socket().sent).toEqual([]);
  client.close();
  expect(clock.timers).toBe(0);
});

test("nothing is told on a socket that isn't ready", async () => {
  const { client, socket } = fakeClient();
  void client.connect();
  await turn();
  expect([client.tell("now-playing", { message: "Chess" }), socket().sent]).toEqual([false, []]);
  client.close();
});
