// When a client connects again, when it doesn't, how it asks, and that it leaves nothing behind.

import { describe, expect, test } from "bun:test";
import { RequestError } from "../../src/client/index.ts";
import { comeBack, connectedFake, fakeClient, turn } from "./fake-server.ts";

const HEARTBEAT_MS = 20_000;

/** The code with which it was rejected. */
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "none",
    (error) => (error instanceof RequestError ? error.code : error),
  );

describe("coming back", () => {
  test("pauses double up to a bound, and are drawn by chance below it", async () => {
    const { client, clock, sockets, socket } = fakeClient({ backoff_first_ms: 100, backoff_max_ms: 1_000 });
    void client.connect();
    for (const pause_ms of [50, 100, 200, 400, 500, 500]) {
      await turn();
      const before = sockets.length;
      socket().drop();
      await clock.pass(pause_ms - 1);
      expect(sockets.length).toBe(before);
      await clock.pass(1);
      expect(sockets.length).toBe(before + 1);
    }
    socket().ready();
    await turn();
    client.close();
  });

  test("a connection that lived begins them anew, one that didn't does not", async () => {
    const { client, clock, sockets, socket } = await connectedFake({ backoff_first_ms: 100, stable_ms: 5_000 });
    const pauseAfter = async (life_ms: number) => {
      await clock.pass(life_ms);
      const [opened, began_ms] = [sockets.length, clock.now()];
      socket().drop();
      while (sockets.length === opened) await clock.pass(1);
      socket().ready();
      return clock.now() - began_ms;
    };
    expect(await pauseAfter(0)).toBe(50);
    expect(await pauseAfter(10)).toBe(100);
    expect(await pauseAfter(6_000)).toBe(50);
    client.close();
  });

  test.each([
    [4001, "unauthorized"],
    [4002, "revoked"],
    [4003, "suspended"],
    [4010, "too_many_sessions"],
  ] as const)("not after %i", async (code, reason) => {
    const { client, clock, sockets, socket } = await connectedFake();
    const reasons: string[] = [];
    client.on("closed", (one) => reasons.push(one));
    socket().drop(code);
    await clock.pass(600_000);
    expect({ reasons, state: client.state, opened: sockets.length }).toEqual({
      reasons: [reason],
      state: "closed",
      opened: 1,
    });
    expect(await codeOf(client.ask("get_servers"))).toBe("closed");
  });

  test("with a new token where the old is not good any more and there are credentials", async () => {
    const tokens = ["second"];
    const fetch = async () => ({ json: async () => ({ success: true, token: tokens.shift() }) });
    const fake = fakeClient({ token: "first", credentials: { username: "me", password: "secret" }, fetch });
    const connected = fake.client.connect();
    await turn();
    fake.socket().drop(4001);
    await turn();
    // The server might not know how the first was brought.
    expect(fake.socket().url).toBe("ws://orchard.test/subscribe?auth=first");
    fake.socket().drop(4001);
    await turn();
    expect(fake.socket().protocols).toEqual(["orchard", "auth.second"]);
    fake.socket().ready();
    await connected;
    fake.client.close();
  });

  test("not where the credentials are wrong, but where nobody answers", async () => {
    const answers: (() => object)[] = [
      () => {
        throw new Error("unreachable");
      },
      () => ({ success: false, code: "unauthorized", message: "Wrong." }),
    ];
    const fetch = async () => ({ json: async () => answers.shift()?.() });
    const { client, clock, sockets } = fakeClient({
      ...{ token: undefined, credentials: { username: "me", password: "wrong" }, fetch },
    });
    const connected = codeOf(client.connect());
    await clock.pass(10_000);
    expect(await connected).toBe("unauthorized");
    expect({ left: answers.length, opened: sockets.length }).toEqual({ left: 0, opened: 0 });
  });

  test("after a silence that a ping doesn't end", async () => {
    const { client, clock, sockets, socket } = await connectedFake({ heartbeat_ms: HEARTBEAT_MS });
    await clock.pass(HEARTBEAT_MS);
    await socket().answer("ping", {});
    await clock.pass(2 * HEARTBEAT_MS);
    await socket().next("ping");
    expect(sockets.length).toBe(1);
    await clock.pass(HEARTBEAT_MS + 1_000);
    expect({ opened: sockets.length, closed: sockets[0]?.closed }).toEqual({ opened: 2, closed: true });
    client.close();
  });

  test("a socket that never opens is given up", async () => {
    const { client, clock, sockets } = fakeClient({ connect_deadline_ms: 3_000 });
    void client.connect().catch(() => {});
    await clock.pass(2_999);
    expect(sockets.length).toBe(1);
    await clock.pass(2_000);
    expect(sockets.length).toBe(2);
    client.close();
  });
});

describe("closing leaves no timer", () => {
  test("while connecting, between attempts, and once connected", async () => {
    const connecting = fakeClient();
    const refused = codeOf(connecting.client.connect());
    await turn();
    connecting.client.close();
    expect(await refused).toBe("closed");

    const between = await connectedFake();
    between.socket().drop();
    await turn();
    const waiting = codeOf(between.client.ask("get_servers"));
    between.client.close();
    expect(await waiting).toBe("closed");

    const connected = await connectedFake();
    const [asked, sent] = [codeOf(connected.client.ask("get_servers")), codeOf(connected.client.send(5, "hello"))];
    connected.client.close();
    expect([await asked, await sent]).toEqual(["closed", "closed"]);
    await turn();
    expect([connecting, between, connected].map(({ clock }) => clock.timers)).toEqual([0, 0, 0]);
    expect(connected.socket().closed).toBe(true);
  });
});

describe("asking", () => {
  test("what only reads is asked again after a loss; what changes something is not", async () => {
    const fake = await connectedFake();
    const read = fake.client.ask("get_message", { message_id: 3 });
    const change = codeOf(fake.client.ask("delete_message", { message_id: 3 }));
    await fake.socket().next("get_message");
    const socket = await comeBack(fake);
    expect(await change).toBe("disconnected");
    await socket.answer("get_message", { message: { id: 3 } });
    expect((await read).message.id).toBe(3);
    fake.client.close();
  });

  test("it is answered in time or not at all", async () => {
    const fake = await connectedFake({ ask_deadline_ms: 1_000, heartbeat_ms: 60_000 });
    const asked = codeOf(fake.client.ask("get_servers"));
    await fake.clock.pass(1_000);
    expect(await asked).toBe("deadline");
    await fake.socket().answer("get_servers", { servers: [{ id: 1, name: "late", image: null }] });
    expect(fake.client.cache.servers.get(1)?.name).toBe("late");
    fake.client.close();
  });

  test("it goes slower when the server wants it, and loses nothing", async () => {
    const { client, clock, socket } = await connectedFake();
    const asked = [1, 2, 3].map((message_id) => client.ask("get_message", { message_id }));
    await socket().answer("get_message", { message: { id: 1 } });
    await socket().refuse("get_message", "rate_limited", { retry_after_ms: 400 });
    await socket().refuse("get_message", "rate_limited", { retry_after_ms: 400 });
    await clock.pass(399);
    expect(socket().sent).toEqual([]);
    await clock.pass(1);
    expect(socket().sent.length).toBe(1);
    await socket().answer("get_message", { message: { id: 3 } });
    await socket().answer("get_message", { message: { id: 2 } });
    expect((await Promise.all(asked)).map(({ message }) => message.id)).toEqual([1, 2, 3]);
    client.close();
  });

  test("what the server would not read is not sent", async () => {
    const fake = fakeClient();
    const connected = fake.client.connect();
    await turn();
    fake.socket().ready({ limits: { frame_length: 200 } });
    await connected;
    expect(await codeOf(fake.client.send(5, "x".repeat(200)))).toBe("too_large");
    expect({ sent: fake.socket().sent, outbox: fake.client.outbox }).toEqual({ sent: [], outbox: [] });
    fake.client.close();
  });

  test("console requests have their parameters in the frame, and what has no answer may be refused", async () => {
    const { client, socket } = await connectedFake();
    const asked = client.ask("send-friend-request", { message: "bob" });
    const { id, ...frame } = await socket().next("send-friend-request");
    expect(frame).toEqual({ type: "send-friend-request", message: "bob" });
    socket().push({ id, type: "success", message: "Sent." });
    expect(await asked).toEqual({ type: "success", message: "Sent." });
    const refused: string[] = [];
    client.on("refused", ({ code }) => refused.push(code));
    expect(client.tell("now-playing", { message: "Chess" })).toBe(true);
    socket().push({ type: "error", code: "bad_request", message: "No." });
    expect(refused).toEqual(["bad_request"]);
    client.close();
  });
});
