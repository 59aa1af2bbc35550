// Copies so old that what has ended since may be forgotten, and copies cut off in the middle of what they were told.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { ofOneProcess } from "../harness/one-process.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { aPlace, epochOf, seqsOf, sync } from "./asking.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const addChannel = async (who: Present, server_id: number, data: Json = {}): Promise<number> =>
  (await done(who, "add_channel", { server_id, name: "channel", ...data })).channel.id;

ofOneProcess("what a server forgets before it ends: of several nodes one forgets, when all others know")(
  "a copy from before what is forgotten is loaded again, where anything has changed since",
  async () => {
    const { alice, bob, server_id } = await aPlace(server);
    const [busy, quiet] = [await addChannel(alice, server_id), await addChannel(alice, server_id)];
    for (const channel_id of [busy, quiet]) {
      const { message } = await done(alice, "add_message", { channel_id, content: "soon gone" });
      if (channel_id === quiet) await done(alice, "delete_message", { message_id: message.id });
    }
    const topics = [`server:${server_id}`, `channel:${busy}`, `channel:${quiet}`, `user:${alice.id}`, "self"];
    const before = await seqsOf(bob, topics);
    const { messages } = await done(bob, "get_message_chunk", {
      channel_id: busy,
      amount: 1,
      anchor: 0,
      direction: true,
    });
    await done(alice, "delete_message", { message_id: messages[0].id });
    await done(alice, "add_message", { channel_id: busy, content: "later" });
    // Ending it waits until what has begun is forgotten.
    server = await (await server.restart({ tombstone_age_ms: 0 })).restart({ tombstone_age_ms: YEAR_MS });
    const back = { ...bob, client: await server.connect(bob) };
    const answers = await sync(back, before);
    expect(answers[`channel:${busy}`]).toEqual({ reset: true });
    expect(answers[`channel:${quiet}`]).toEqual({ seq: before[`channel:${quiet}`], events: [] });
    expect(answers[`server:${server_id}`]).toEqual({ seq: before[`server:${server_id}`], events: [] });
    expect(answers["self"].events).toEqual([]);
    expect(answers[`user:${alice.id}`].events).toHaveLength(1);
  },
);

test("an owner who handed the server over no longer sees what only owners do", async () => {
  const { alice, bob, server_id } = await aPlace(server);
  const hidden = await addChannel(alice, server_id, { roles: [] });
  const topic = `server:${server_id}`;
  const [of_alice, of_bob] = [await seqsOf(alice, [topic, `channel:${hidden}`]), await seqsOf(bob, [topic])];
  await done(alice, "transfer_server", { server_id, user_id: bob.id });
  const lost = await sync(alice, of_alice);
  expect(lost[`channel:${hidden}`]).toEqual({ gone: true });
  expect(lost[topic].events.map(({ type }: Json) => type)).toEqual(["channel_deleted", "server_updated"]);
  const gained = await sync(bob, of_bob);
  expect(gained[topic].events.map(({ type }: Json) => type)).toEqual(["channel_added", "server_updated"]);
});

test("a restart keeps the epoch and what one has heard", async () => {
  const { alice, bob, server_id } = await aPlace(server);
  const epoch = epochOf(bob);
  const topics = await seqsOf(bob, [`server:${server_id}`, "self"]);
  await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
  server = await server.restart();
  const back = { ...bob, client: await server.connect(bob) };
  expect(epochOf(back)).toBe(epoch);
  const answers = await sync(back, topics);
  expect(answers["self"].events).toEqual([]);
  expect(answers[`server:${server_id}`].events).toMatchObject([{ type: "server_updated", data: { name: "Grove" } }]);
});
