// What makes something is made once: it is asked for again under the same nonce, as long as there is time.

import { describe, expect, test } from "bun:test";
import type { AskType, Client, RequestError } from "../../src/client/index.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import type { MessageLiteral } from "../../src/protocol/message.ts";
import { comeBack, connectedFake, type FakeSocket } from "./fake-server.ts";

const made = { server: { id: 3, name: "Orchard" } };
const NEW_NONCE = /^[0-9a-f]{32}$/;

const addServer = (client: Client, nonce?: string) =>
  client.ask("add_server", nonce === undefined ? { name: "Orchard" } : { name: "Orchard", nonce });

/** How it ended, once: the id of what was made, or the error. */
function endsOf(asked: ReturnType<typeof addServer>): (number | RequestError)[] {
  const ends: (number | RequestError)[] = [];
  asked.then(
    ({ server }) => ends.push(server.id),
    (error: RequestError) => ends.push(error),
  );
  return ends;
}

const nonceOf = async (socket: FakeSocket) => (await socket.next("add_server"))["data"].nonce;

/** Whatever takes a nonce, by the literals. */
const makers = (messages as readonly MessageLiteral[])
  .filter(({ request }) => "nonce" in (request as unknown as { properties: object }).properties)
  .map(({ type }) => type as AskType);

describe("a nonce", () => {
  test.each(makers)("is given to %s", async (type) => {
    const { client, socket } = await connectedFake();
    client.ask(type, {} as never).catch(() => {});
    client.ask(type, {} as never).catch(() => {});
    const [first, second] = [await socket().next(type), await socket().next(type)];
    for (const { data } of [first, second]) expect(data.nonce).toMatch(NEW_NONCE);
    expect(first["data"].nonce).not.toBe(second["data"].nonce);
    client.close();
  });

  test("of the program's own is kept", async () => {
    const fake = await connectedFake();
    const ends = endsOf(addServer(fake.client, "mine"));
    expect(await nonceOf(fake.socket())).toBe("mine");
    const socket = await comeBack(fake);
    const { data } = await socket.answer("add_server", made);
    expect(data).toEqual({ name: "Orchard", nonce: "mine" });
    expect(ends).toEqual([3]);
    fake.client.close();
  });

  test("is for what makes something", async () => {
    const { client, socket } = await connectedFake();
    client.ask("get_server_channels", { server_id: 1 }).catch(() => {});
    client.ask("update_server", { server_id: 1, changes: {} }).catch(() => {});
    for (const type of ["get_server_channels", "update_server"]) {
      expect((await socket().next(type))["data"]).not.toHaveProperty("nonce");
    }
    client.close();
  });
});

describe("asked again under the same nonce", () => {
  test("after each loss of the connection, with one end", async () => {
    const fake = await connectedFake();
    const parameters = { server_id: 5, name: "rows" };
    const asked = fake.client.ask("add_channel", parameters);
    // What the program does to it afterwards changes nothing.
    parameters.name = "columns";
    const { data: first } = await fake.socket().next("add_channel");
    const { data: second } = await (await comeBack(fake)).next("add_channel");
    const { data: third } = await (await comeBack(fake)).answer("add_channel", { channel: { id: 8, name: "rows" } });
    expect(first).toEqual({ server_id: 5, name: "rows", nonce: expect.stringMatching(NEW_NONCE) });
    expect([second, third]).toEqual([first, first]);
    expect((await asked).channel.id).toBe(8);
    await comeBack(fake);
    expect(fake.socket().sent).toEqual([]);
    fake.client.close();
  });

  test("when the server can't do it now: after the usual pause, or the one that it names", async () => {
    const { client, clock, socket } = await connectedFake({ retry_ms: 500 });
    const ends = endsOf(addServer(client, "mine"));
    for (const [details, pause_ms] of [
      [undefined, 500],
      [{ retry_after_ms: 2_000 }, 2_000],
      [{ retry_after_ms: 0 }, 100],
    ] as const) {
      await socket().refuse("add_server", "unavailable", details);
      await clock.pass(pause_ms - 1);
      expect({ sent: socket().sent, ends }).toEqual({ sent: [], ends: [] });
      await clock.pass(1);
      expect(socket().sent.map(({ data }) => data.nonce)).toEqual(["mine"]);
    }
    await socket().answer("add_server", made);
    expect(ends).toEqual([3]);
    client.close();
  });

  test("when the connection is lost during that pause", async () => {
    const fake = await connectedFake({ retry_ms: 5_000 });
    const ends = endsOf(addServer(fake.client, "mine"));
    await fake.socket().refuse("add_server", "unavailable");
    const socket = await comeBack(fake);
    expect(socket.sent).toEqual([]);
    await fake.clock.pass(5_000);
    await socket.answer("add_server", made);
    expect(ends).toEqual([3]);
    fake.client.close();
  });

  test("a message too, after the pause that the server names", async () => {
    const { client, clock, socket } = await connectedFake();
    const sent = client.send(5, { content: "patient", nonce: "mine" });
    await socket().refuse("add_message", "unavailable", { retry_after_ms: 3_000 });
    await clock.pass(2_999);
    expect(socket().sent).toEqual([]);
    await clock.pass(1);
    await socket().answer("add_message", { message: { id: 1, content: "patient" } });
    expect((await sent).id).toBe(1);
    client.close();
  });
});

describe("not asked again", () => {
  test.each(["conflict", "forbidden", "limit_reached", "internal"])("after %s", async (code) => {
    const fake = await connectedFake();
    const ends = endsOf(addServer(fake.client));
    await fake.socket().refuse("add_server", code);
    expect(ends).toMatchObject([{ code }]);
    await fake.clock.pass(10_000);
    const socket = await comeBack(fake);
    expect(socket.sent.map(({ type }) => type)).not.toContain("add_server");
    fake.client.close();
  });

  test("what makes nothing, when the server can't do it now", async () => {
    const { client, clock, socket } = await connectedFake();
    const asked = client.ask("delete_message", { message_id: 3 }).catch(({ code }) => code);
    await socket().refuse("delete_message", "unavailable");
    expect(await asked).toBe("unavailable");
    await clock.pass(5_000);
    expect(socket().sent).toEqual([]);
    client.close();
  });

  test("when its time is up, which all of it takes together", async () => {
    const fake = await connectedFake({ ask_deadline_ms: 10_000 });
    const ends = endsOf(addServer(fake.client));
    await fake.clock.pass(6_000);
    const lost_ms = fake.clock.now();
    const socket = await comeBack(fake);
    await socket.next("add_server");
    await fake.clock.pass(10_000 - 6_000 - (fake.clock.now() - lost_ms) - 1);
    expect(ends).toEqual([]);
    await fake.clock.pass(1);
    expect(ends).toMatchObject([{ code: "deadline" }]);
    expect((await comeBack(fake)).sent).toEqual([]);
    fake.client.close();
  });

  test("where the pause would outlast its time: the refusal stands at once", async () => {
    const { client, clock, socket } = await connectedFake({ retry_ms: 1_000, ask_deadline_ms: 2_500 });
    const patient = endsOf(addServer(client));
    await socket().refuse("add_server", "unavailable");
    await clock.pass(1_000);
    await socket().refuse("add_server", "unavailable");
    await clock.pass(1_000);
    await socket().refuse("add_server", "unavailable");
    expect(patient).toMatchObject([{ code: "unavailable" }]);
    const ends = endsOf(addServer(client));
    await socket().refuse("add_server", "unavailable", { retry_after_ms: 60_000 });
    expect(ends).toMatchObject([{ code: "unavailable", details: { retry_after_ms: 60_000 } }]);
    await clock.pass(100_000);
    expect([patient.length, ends.length]).toEqual([1, 1]);
    client.close();
  });

  test("when the client closes, which leaves no timer", async () => {
    const { client, clock, socket } = await connectedFake();
    const ends = endsOf(addServer(client));
    await socket().refuse("add_server", "unavailable");
    client.close();
    await clock.pass(60_000);
    expect({ ends, timers: clock.timers }).toMatchObject({ ends: [{ code: "closed" }], timers: 0 });
  });
});
