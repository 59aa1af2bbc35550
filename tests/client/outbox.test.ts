// Messages that are on their way when the connection ends: each is there once, in the order of sending.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Client, RequestError, type Socket } from "../../src/client/index.ts";
import { connectedFake, turn } from "./fake-server.ts";
import { clientOf, foundServer, next, present, type RestartableServer, startRestartable } from "./programs.ts";

let server: RestartableServer;
beforeAll(async () => {
  server = await startRestartable();
});
afterAll(() => server.end());

/** A WebSocket of which the first `losses` acknowledgements are lost, and the connection with each of them. */
function lossySocket(losses: number): new (url: string) => Socket {
  let left = losses;
  return class extends WebSocket {
    constructor(url: string) {
      super(url);
      this.addEventListener("message", (event) => {
        if (left === 0 || JSON.parse(event.data).type !== "add_message") return;
        left -= 1;
        event.stopImmediatePropagation();
        this.onclose?.(new CloseEvent("close", { code: 1006 }));
        this.close();
      });
    }
  } as unknown as new (
    url: string,
  ) => Socket;
}

async function contentsOf(client: Client, channel_id: number): Promise<string[]> {
  const page = await client.ask("get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true });
  return page.messages.map(({ content }) => content);
}

test("each acknowledgement lost, each message there once and in order", async () => {
  const { client, user } = await present(server.now);
  const { channel_id } = await foundServer(client);
  const lossy = clientOf(server.now, user, { WebSocket: lossySocket(4) });
  await lossy.connect();
  const words = ["one", "two", "three", "four", "five", "six"];
  const sent = await Promise.all(words.map((word) => lossy.send(channel_id, word)));
  expect(sent.map(({ content }) => content)).toEqual(words);
  expect(await contentsOf(client, channel_id)).toEqual(words);
  expect(lossy.outbox).toEqual([]);
  for (const one of [client, lossy]) one.close();
});

test("sent while the server is away, by a program that ends before it is back", async () => {
  const { client, user } = await present(server.now);
  const { channel_id } = await foundServer(client);
  await client.send(channel_id, "before");
  const lost = next(client, "state");
  await server.stop();
  expect(await lost).toBe("connecting");
  const sent = client.send(channel_id, "meanwhile").then(
    () => "sent",
    (error) => error.code,
  );
  const snapshot = client.snapshot();
  client.close();
  expect(await sent).toBe("closed");
  const later = clientOf(server.now, user, { snapshot });
  expect(later.outbox.map(({ content }) => content)).toEqual(["meanwhile"]);
  const delivered = next(later, "delivery");
  await server.start();
  await later.connect();
  expect(await delivered).toMatchObject({ entry: { channel_id }, message: { content: "meanwhile" } });
  expect(await contentsOf(later, channel_id)).toEqual(["before", "meanwhile"]);
  later.close();
});

test("two tabs that go on from one snapshot send what it holds once", async () => {
  const { client, user } = await present(server.now);
  const { channel_id } = await foundServer(client);
  const offline = clientOf(server.now, user);
  void offline.send(channel_id, "from the last time").catch(() => {});
  const snapshot = offline.snapshot();
  offline.close();
  const tabs = [0, 1].map(() => clientOf(server.now, user, { snapshot }));
  const delivered = tabs.map((tab) => next(tab, "delivery") as Promise<{ message: { id: number } }>);
  await Promise.all(tabs.map((tab) => tab.connect()));
  const [one, other] = await Promise.all(delivered);
  expect(one?.message.id).toBe(other?.message.id as number);
  expect(await contentsOf(client, channel_id)).toEqual(["from the last time"]);
  for (const each of [client, ...tabs]) each.close();
});

test("a refusal ends one message, and not those after it", async () => {
  const { client } = await present(server.now);
  const { channel_id } = await foundServer(client);
  const [empty, good] = await Promise.allSettled([client.send(channel_id, "  "), client.send(channel_id, "good")]);
  expect(empty.status === "rejected" && empty.reason).toBeInstanceOf(RequestError);
  expect(good.status === "fulfilled" && good.value.content).toBe("good");
  expect(await contentsOf(client, channel_id)).toEqual(["good"]);
  client.close();
});

describe("one after another in a channel", () => {
  const acknowledged = (content: string) => ({ message: { id: 1, content } });

  test("the next waits for the one before it, other channels don't", async () => {
    const { client, socket } = await connectedFake();
    const sent = [client.send(5, "first"), client.send(5, "second"), client.send(6, "elsewhere")];
    await turn();
    expect(socket().sent.map(({ data }) => data.content)).toEqual(["first", "elsewhere"]);
    for (const content of ["first", "elsewhere", "second"]) {
      const { data } = await socket().answer("add_message", acknowledged(content));
      expect(data.content).toBe(content);
    }
    expect((await Promise.all(sent)).map(({ content }) => content)).toEqual(["first", "second", "elsewhere"]);
    client.close();
  });

  test("what can't be done now is tried again, under the same nonce", async () => {
    const { client, clock, socket } = await connectedFake({ retry_ms: 500 });
    const sent = client.send(5, { content: "patient", nonce: "mine" });
    expect(client.send(5, { content: "patient", nonce: "mine" })).toBe(sent);
    await socket().refuse("add_message", "unavailable");
    await clock.pass(499);
    expect(socket().sent).toEqual([]);
    await clock.pass(1);
    const { data } = await socket().answer("add_message", acknowledged("patient"));
    expect(data).toEqual({ channel_id: 5, content: "patient", nonce: "mine" });
    expect((await sent).content).toBe("patient");
    client.close();
  });
});
