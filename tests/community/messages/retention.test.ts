// Messages that are older than the operator keeps them: they go with what hangs on them, in slices, and an old copy that
// catches up has just what a fresh one has.

import { afterEach, expect, test } from "bun:test";
import { indexed_from } from "../../../src/db/queries/message-index.ts";
import { firstIdAt } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, seqsOf, sync } from "../../sync/asking.ts";
import { pngOf } from "../../uploads/samples.ts";
import { aPlace, type Place, post } from "./place.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
let server: TestServer;
afterEach(() => server.stop());

/** Writes as many into the channel as if they had been said so many days ago; their ids. */
function sayLongAgo({ alice, server_id, channel_id }: Place, count: number, days: number): number[] {
  const first = firstIdAt(Date.now() - days * DAY_MS);
  const ids = Array.from({ length: count }, (_, place) => first + place);
  const insert = `insert into messages
    (id, channel_id, server_id, author_id, content, created_at, attachments, mentions, mentions_everyone, seq)
    values (?, ?, ?, ?, 'said long ago', ?, '[]', '[]', 0, ?)`;
  const at = Date.now() - days * DAY_MS;
  writeRows(
    server.folder,
    insert,
    ids.map((id) => [id, channel_id, server_id, alice.id, at, id]),
  );
  return ids;
}

const newest = async (who: Present, channel_id: number): Promise<Json[]> =>
  (await done(who, "get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true })).messages;

/** Asks until all of them have gone. */
async function untilGone(who: Present, channel_id: number, left: number): Promise<void> {
  while ((await newest(who, channel_id)).length > left);
}

test("older messages go, the others stay, and whoever was away is told of each", async () => {
  server = await startServer();
  const place = await aPlace(server);
  const { alice, bob, channel_id } = place;
  const old = sayLongAgo(place, limits.burial_slice + 20, 8);
  const kept = await post(alice, channel_id, "said today");
  sayLongAgo(place, 1, 6);
  const topic = `channel:${channel_id}`;
  const seqs = await seqsOf(bob, [topic]);
  server = await server.restart({ retention_days: "7" });
  const back = { ...bob, client: await server.connect(bob) };
  await untilGone(back, channel_id, 2);
  const later = await returned(server, back);
  const answer = (await sync(later, seqs))[topic];
  const told = answer.events.map(({ type, data }: Json) => [type, data.id]);
  expect(told).toEqual(old.map((id) => ["message_deleted", id]));
  expect(new Set(answer.events.map(({ seq }: Json) => seq)).size).toBe(old.length);
  expect((await newest(later, channel_id)).map(({ id }) => id)).toContain(kept["id"]);
  const left = readRows(server.folder, "select content from messages where deleted_at is not null and content <> ''");
  expect(left).toEqual([]);
});

test("a pinned message stays as long as it is pinned", async () => {
  server = await startServer();
  const place = await aPlace(server);
  const { alice, channel_id } = place;
  const [first, pinned = 0, last] = sayLongAgo(place, 3, 8);
  await done(alice, "pin_message", { message_id: pinned });
  server = await server.restart({ retention_days: "7" });
  const back = { ...alice, client: await server.connect(alice) };
  await untilGone(back, channel_id, 1);
  expect((await newest(back, channel_id)).map(({ id }) => id)).toEqual([pinned]);
  await done(back, "unpin_message", { message_id: pinned });
  server = await server.restart({ retention_days: "7" });
  const again = { ...alice, client: await server.connect(alice) };
  await untilGone(again, channel_id, 0);
  expect(readRows(server.folder, "select id from messages where deleted_at is null")).toEqual([]);
  expect([first, last]).not.toContain(undefined);
});

test("who listens is told of each, and others can go on while a slice is stored", async () => {
  server = await startServer();
  const place = await aPlace(server);
  const { bob, channel_id } = place;
  const old = sayLongAgo(place, 3 * limits.burial_slice, 2);
  server = await server.restart({ retention_days: "1" });
  const back = { ...bob, client: await server.connect(bob) };
  const before = await newest(back, channel_id);
  const said = await post(back, channel_id, "still here");
  await untilGone(back, channel_id, 1);
  const told = (await back.client.rest()).filter(({ type }) => type === "message_deleted");
  const seen = back.client.seen.filter(({ type }) => type === "message_deleted").map(({ data }) => data.id);
  expect(told.length).toBeLessThanOrEqual(old.length);
  for (const { id } of before) expect(seen).toContain(id);
  expect(new Set(seen).size).toBe(seen.length);
  const of_channel = back.client.seen.filter((frame) => frame["topic"] === `channel:${channel_id}`);
  const numbers = of_channel.map(({ seq }) => seq as number);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(await newest(back, channel_id)).toMatchObject([{ id: said["id"] }]);
});

test("with them go their images and what the search knew of them", async () => {
  server = await startServer();
  const place = await aPlace(server);
  const { alice, bob, server_id, channel_id } = place;
  const headers = { authorization: `Bearer ${alice.token}` };
  const uploaded = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: await pngOf(3, 2) });
  const { id: image } = (await uploaded.json()) as Json;
  const of_today = await post(alice, channel_id, "pears of long ago", { attachments: [image] });
  const kept = await post(alice, channel_id, "pears of today");
  const find = async (who: Pick<Present, "client">) =>
    (await done(who, "search_messages", { server_id, query: "pears", amount: 10, anchor: 0 })).messages.map(
      ({ id }: Json) => id,
    );
  const first = firstIdAt(Date.now() - 8 * DAY_MS);
  // As if it had been said a week ago.
  const again = `insert into messages
    (id, channel_id, server_id, author_id, content, search_text, created_at, attachments, mentions, mentions_everyone, seq)
    select ?, channel_id, server_id, author_id, content, search_text, created_at, attachments, mentions, 0, ?
    from messages where id = ?`;
  writeRows(server.folder, again, [[first, first, of_today["id"]]]);
  writeRows(server.folder, "delete from messages where id = ?", [[of_today["id"]]]);
  writeRows(server.folder, "insert or replace into settings values (?, ?)", [[indexed_from, `${kept["id"]}`]]);
  server = await server.restart();
  const reader = { client: await server.connect(bob) };
  while ((await find(reader)).length < 2);
  const refers = () => readRows(server.folder, "select upload_id from upload_references where upload_id = ?", [image]);
  expect(await find(reader)).toEqual([kept["id"], first]);
  expect(refers()).toHaveLength(1);
  server = await server.restart({ retention_days: "7" });
  const back = { ...bob, client: await server.connect(bob) };
  await untilGone(back, channel_id, 1);
  expect(await find(back)).toEqual([kept["id"]]);
  expect(refers()).toEqual([]);
  const left = readRows(server.folder, "select content, attachments from messages where id = ?", [first]);
  expect(left).toEqual([{ content: "", attachments: "[]" }]);
});

test("without a bound they stay for ever", async () => {
  server = await startServer();
  const place = await aPlace(server);
  sayLongAgo(place, 3, 4_000 / 24);
  server = await server.restart();
  const back = { ...place.bob, client: await server.connect(place.bob) };
  expect(await newest(back, place.channel_id)).toHaveLength(3);
});
