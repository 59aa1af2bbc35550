// What happened is told as events of one shape, whether it came at once or after an absence, once the cache has it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client, EventFrame } from "../../src/client/index.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { comeBack, connectedFake, type Fake, ME, turn } from "./fake-server.ts";
import { clientOf, foundServer, inviteInto, loadAll, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

function eventsOf(client: Client): EventFrame[] {
  const events: EventFrame[] = [];
  client.on("event", (event) => {
    if ("seq" in event) events.push(event);
  });
  return events;
}

test("who was away is told the same as who was there", async () => {
  const [{ client: alice }, there, away] = [await present(server), await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice);
  await inviteInto(server_id, alice, there.client, away.client);
  await Promise.all([loadAll(alice), loadAll(there.client), loadAll(away.client)]);
  const snapshot = away.client.snapshot();
  away.client.close();
  await there.client.settled();
  const at_once = eventsOf(there.client);
  await alice.ask("add_message", { channel_id, content: "hello" });
  await alice.ask("add_channel", { server_id, name: "attic" });
  await alice.ask("add_role", { server_id, name: "mods" });
  await alice.ask("update_server", { server_id, changes: { name: "Grove" } });
  await alice.ask("add_message", { channel_id, content: "again" });
  await there.client.settled();
  const back = clientOf(server, away.user, { snapshot });
  const afterwards = eventsOf(back);
  await back.connect();
  await back.settled();
  // Of topics among each other there is no order.
  const shapes = (events: EventFrame[]) =>
    Map.groupBy(
      events.filter(({ topic }) => !topic.startsWith("user:")).map(({ type, topic, data }) => ({ type, topic, data })),
      ({ topic, type }) => `${topic} ${type}`,
    );
  expect(shapes(afterwards).get(`channel:${channel_id} message_added`)).toEqual(
    shapes(at_once).get(`channel:${channel_id} message_added`),
  );
  expect([...shapes(afterwards).keys()].toSorted()).toEqual([...shapes(at_once).keys()].toSorted());
  expect(afterwards.filter(({ type }) => type === "message_added").length).toBe(2);

  for (const client of [alice, there.client, back]) client.close();
});

describe("an answer to sync", () => {
  const BOB = 9;
  const bob = {
    id: BOB,
    name: "bob",
    profile_pic: null,
    bio: null,
    status: "online",
    custom_status: null,
    playing: null,
  };

  async function acquainted(): Promise<Fake> {
    const fake = await connectedFake();
    const loads = [
      fake.client.ask("get_user", { user_id: BOB }),
      fake.client.ask("get_message_chunk", { channel_id: 5, amount: 9, anchor: 0, direction: true }),
    ];
    await fake.socket().answer("get_user", { user: { ...bob, created_date: "" }, seq: 4 });
    await fake.socket().answer("get_message_chunk", { messages: [], has_more: false, seq: 20 });
    await Promise.all(loads);
    return fake;
  }
  const message = (id: number) => ({
    ...{ id, channel_id: 5, server_id: 1, author_id: BOB, content: "hello", created_date: "", edited_date: null },
    ...{ reply_to: null, attachments: [], mentions: [], reactions: [] },
  });
  const added = (id: number) => ({ type: "message_added", topic: "channel:5", seq: id, data: message(id) });
  const look = (changes: object) => ({
    seq: 4,
    events: [
      { type: "user_changed", topic: "user:9", seq: 4, data: { id: BOB, status: "online", playing: null, ...changes } },
    ],
  });

  test("is told once the cache has all of it, and before what came meanwhile", async () => {
    const fake = await acquainted();
    const seen: [number, number][] = [];
    fake.client.on("event", (event) => {
      const kept = fake.client.cache.windows.get(5)?.messages.size ?? 0;
      if (event.type === "message_added") seen.push([event.data.id, kept]);
    });
    const socket = await comeBack(fake);
    const { id } = await socket.next("sync");
    socket.event("message_added", "channel:5", 23, message(23));
    const topics = { "channel:5": { seq: 22, events: [added(21), added(22)] }, "user:9": look({}) };
    socket.push({ id, type: "sync", data: { topics } });
    await turn();
    expect(seen).toEqual([
      [21, 2],
      [22, 2],
      [23, 3],
    ]);
    fake.client.close();
  });

  test("and a frame for all tell alike which reactions are one's own", async () => {
    const fake = await acquainted();
    const events = eventsOf(fake.client);
    fake.socket().event("message_added", "channel:5", 21, message(21));
    const [one, reaction] = [
      { emoji: "👍", count: 1 },
      { emoji: "👍", user_id: ME, added: true },
    ];
    const changed = { id: 21, channel_id: 5, reactions: [one], reaction };
    fake.socket().event("message_changed", "channel:5", 22, changed);
    const socket = await comeBack(fake);
    const reactions = [{ ...one, count: 2, me: true }];
    const event = { type: "message_changed", topic: "channel:5", seq: 23, data: { id: 21, channel_id: 5, reactions } };
    await socket.answer("sync", { topics: { "channel:5": { seq: 23, events: [event] }, "user:9": look({}) } });
    expect(events.slice(1).map(({ data }) => data)).toEqual([
      { ...changed, reactions: [{ ...one, me: true }] },
      { id: 21, channel_id: 5, reactions },
    ] as never);
    fake.client.close();
  });

  test("that says of somebody what is known is no news, and what isn't is", async () => {
    const fake = await acquainted();
    const events = eventsOf(fake.client);
    const changes: unknown[] = [];
    fake.client.on("change", (changed) => changes.push(...changed));
    for (const changed of [{}, { playing: "Chess" }]) {
      const socket = await comeBack(fake);
      const unchanged = { "channel:5": { seq: 20, events: [] } };
      await socket.answer("sync", { topics: { ...unchanged, "user:9": look(changed) } });
    }
    expect(events.map(({ data }) => data)).toEqual([{ id: BOB, status: "online", playing: "Chess" }] as never);
    expect(changes).toEqual([{ kind: "user", user_id: BOB }]);
    expect(fake.client.cache.users.get(BOB)?.playing).toBe("Chess");
    fake.client.close();
  });
});
