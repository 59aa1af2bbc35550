// Many write into one channel at once, as fast as they are answered, while others come and go, loading pages: what was
// acknowledged is in the history, once and in order, and each reader's view is right all along.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Frame, Json, TestClient } from "../../harness/client.ts";
import { inviteInto } from "../../harness/community.ts";
import { type Random, seededRandom } from "../../harness/random.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { aPlace, chunk } from "./place.ts";

const SENDERS = 5;
const OUTSTANDING = 8;
const MESSAGES = 40;
const READERS = 3;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const idsOf = (messages: Json[]): number[] => messages.map(({ id }) => id);
const ascending = (ids: number[]) => [...ids].sort((one, other) => one - other);

/** Sends so many, always a few outstanding, and some of them twice; the messages as acknowledged. */
async function send({ client }: Present, channel_id: number, name: string, random: Random): Promise<Json[]> {
  const acknowledged = new Map<number, Json>();
  let next = 0;
  const sender = async () => {
    while (next < MESSAGES) {
      const content = `${name} ${next}`;
      next += 1;
      const request = { type: "add_message", data: { channel_id, content, nonce: content } };
      const copies = random.next() < 0.2 ? [request, request] : [request];
      const replies = await Promise.all(copies.map((copy) => client.ask(copy)));
      for (const { data } of replies) acknowledged.set(data.message.id, data.message);
      expect(idsOf(replies.map(({ data }) => data.message))).toEqual(
        replies.map(() => replies[0]?.["data"].message.id),
      );
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, sender));
  return [...acknowledged.values()];
}

/** What one connection has seen: a page, and the events after it. */
interface View {
  page: { messages: Json[]; has_more: boolean; seq: number };
  events: Frame[];
}

const isAdded = ({ type }: Frame) => type === "message_added";

async function load(client: TestClient, data: Json): Promise<View["page"]> {
  return (await client.ask({ type: "get_message_chunk", data }))["data"];
}

/** Connects, loads pages, stays for a while, goes, and comes again; all that it saw. */
async function read(reader: Present, channel_id: number, random: Random, until: () => boolean): Promise<View[]> {
  const views: View[] = [];
  do {
    const client = await server.connect(reader);
    const amount = random.pick([5, 50, 100]);
    const page = await load(client, { channel_id, amount, anchor: 0, direction: true });
    for (let more = random.whole(0, 6); more > 0; more -= 1) {
      const anchor = page.messages.length > 0 ? random.pick(page.messages).id : 1;
      const direction = random.next() < 0.5;
      const aside = await load(client, { channel_id, amount: random.whole(1, 100), anchor, direction });
      const ids = idsOf(aside.messages);
      expect(ids).toEqual(ascending(ids));
      expect(ids.every((id) => (direction ? id > anchor : id < anchor))).toBe(true);
    }
    views.push({ page, events: (await client.rest()).filter(isAdded) });
    await client.close();
  } while (!until());
  return views;
}

/** From the page's first message on, all that is in the history up to what the connection lived to hear, once. */
function expectRight({ page, events }: View, history: Json[]): void {
  const paged = idsOf(page.messages);
  const heard = events.map(({ data }) => data.id);
  for (const { seq } of events) expect(seq).toBeGreaterThan(page.seq);
  for (const id of paged) expect(id).toBeLessThanOrEqual(page.seq);
  const all = idsOf(history);
  const seen = [...paged, ...heard];
  const first = page.has_more || seen.length === 0 ? all.indexOf(seen[0] ?? -1) : 0;
  expect(seen).toEqual(seen.length === 0 ? [] : all.slice(first, first + seen.length));
  const by_id = new Map(history.map((message) => [message.id, message]));
  for (const message of [...page.messages, ...events.map(({ data }) => data)]) {
    expect(message).toEqual(by_id.get(message.id));
  }
}

async function wholeHistory(reader: Present, channel_id: number): Promise<Json[]> {
  const history: Json[] = [];
  let page: Json = await chunk(reader, channel_id, { amount: 70, direction: false });
  for (;;) {
    history.push(...page.messages);
    if (!page.has_more) return history;
    page = await chunk(reader, channel_id, { amount: 70, anchor: history.at(-1)?.id, direction: true });
  }
}

test("seed 5: every acknowledged message is in the history once, and in every reader's view", async () => {
  const random = seededRandom(5);
  const { alice, bob, server_id, channel_id } = await aPlace(server);
  const senders = await Promise.all(Array.from({ length: SENDERS }, () => server.join()));
  await inviteInto(server_id, alice, ...senders);
  await chunk(bob, channel_id);
  let sent = false;
  const sending = Promise.all(
    senders.map((sender, index) => send(sender, channel_id, `sender ${index}`, random)),
  ).finally(() => {
    sent = true;
  });
  const readers = Promise.all(
    Array.from({ length: READERS }, (_, index) =>
      read([alice, bob, alice][index] as Present, channel_id, random, () => sent),
    ),
  );
  const [acknowledged, views] = await Promise.all([sending, readers]);
  const history = await wholeHistory(alice, channel_id);
  const ids = idsOf(history);
  expect(ids).toEqual(ascending(idsOf(acknowledged.flat())));
  expect(new Set(history.map(({ content }) => content)).size).toBe(SENDERS * MESSAGES);
  const by_id = new Map(history.map((message) => [message.id, message]));
  for (const message of acknowledged.flat()) expect(message).toEqual(by_id.get(message.id));
  // Who listened all along heard each one once, in order.
  const heard = (await bob.client.rest()).filter(isAdded);
  expect(heard.map(({ data }) => data.id)).toEqual(ids);
  expect(heard.map(({ seq }) => seq)).toEqual(ids);
  expect(views.flat().length).toBeGreaterThan(READERS);
  for (const view of views.flat()) expectRight(view, history);
}, 60_000);
