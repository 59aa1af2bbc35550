// A database that doesn't come to the end of searches, or of what `sync` reads: whoever wants something else of it is
// answered, and so is who asks the same of it beside a crowd.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../../src/domain/limits.ts";
import { startHranaServer } from "../db/engine/hrana-server.ts";
import { temporaryDirectory } from "../db/temporary.ts";
import type { TestClient } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { aPlace, epochOf } from "../sync/asking.ts";

const CROWD = 12;

let folder: string;
let server: TestServer;
let place: Awaited<ReturnType<typeof aPlace>>;
/** What is kept back, by a word of its SQL; null: nothing. */
let kept_back: { word: string; released: Promise<void> } | null = null;
let held = 0;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await temporaryDirectory();
  const database = startHranaServer({ path: join(folder, "remote.db") });
  const between = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    async fetch(request) {
      const body = await request.text();
      if (kept_back && body.includes(kept_back.word)) {
        held += 1;
        await kept_back.released;
      }
      const target = database.url + new URL(request.url).pathname;
      const answer = await fetch(target, { method: request.method, headers: request.headers, body });
      return new Response(await answer.text(), {
        status: answer.status,
        headers: { "content-type": "application/json" },
      });
    },
  });
  server = await startServer({ database_url: `http://127.0.0.1:${between.port}` });
  place = await aPlace(server);
  closing.push(
    () => server.stop(),
    () => between.stop(true),
    () => database.stop(),
  );
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true });
});

/** Keeps back what has the word in its SQL, until the function that it returns is called. */
function keepBack(word: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  kept_back = { word, released: promise };
  held = 0;
  return () => {
    kept_back = null;
    resolve();
  };
}

/** Waits until so many are kept back, which are all that are sent. */
async function heldBack(count: number): Promise<void> {
  while (held < count) await new Promise(setImmediate);
  for (const { client } of [place.alice, place.bob]) await client.ask({ type: "ping" });
  expect(held).toBe(count);
}

const sessionsOf = (who: Present): Promise<TestClient[]> =>
  Promise.all(Array.from({ length: CROWD }, () => server.connect(who)));

async function expectAllElseAnswered(): Promise<void> {
  const { bob, general } = place;
  expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  const again = await server.login(bob.name);
  const chunk = { channel_id: general, amount: 10, anchor: 0, direction: true };
  await done({ client: await server.connect(again) }, "get_message_chunk", chunk);
  await done(bob, "add_message", { channel_id: general, content: "still here" });
}

test("searches that take for ever hold up nothing but each other, one of each user at a time", async () => {
  const { alice, server_id } = place;
  const sessions = await sessionsOf(alice);
  const release = keepBack(" match ");
  const searches = sessions.map((client) =>
    done({ client }, "search_messages", { server_id, query: "apple", amount: 5, anchor: 0 }),
  );
  await heldBack(limits.searches_per_user);
  await expectAllElseAnswered();
  release();
  for (const found of await Promise.all(searches)) expect(found).toEqual({ messages: [], next_anchor: null });
});

test("syncs that take for ever hold up nothing but each other: another's is answered beside them", async () => {
  const { alice, bob, server_id } = place;
  const topic = `server:${server_id}`;
  const { topics } = await done(alice, "subscribe", { topics: [topic] });
  const heard = { [topic]: topics[topic].seq };
  await done(alice, "update_server", { server_id, changes: { name: "Meadow" } });
  const sessions = await sessionsOf(alice);
  const release = keepBack("structure_history");
  const syncs = sessions.map((client) => done({ client }, "sync", { epoch: epochOf(alice), topics: heard }));
  await heldBack(limits.syncs_gathering_per_user);
  await expectAllElseAnswered();
  const self = await done(bob, "sync", { epoch: epochOf(bob), topics: { self: 1 } });
  expect(self.topics.self.events).toMatchObject([{ type: "server_added" }]);
  release();
  for (const answer of await Promise.all(syncs)) {
    expect(answer.topics[topic].events).toMatchObject([{ type: "server_updated", data: { name: "Meadow" } }]);
  }
});
