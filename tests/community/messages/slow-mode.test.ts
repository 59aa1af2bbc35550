// Slow mode: one waits between messages, whatever the limits of requests are, and nobody is sent away for trying.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, seqsOf, sync } from "../../sync/asking.ts";
import { anotherChannel, aPlace, chunk, malformed, type Place, post, promote, refusal } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const HOUR_S = 3_600;
type Asker = Pick<Present, "client">;

const slowDown = (who: Asker, channel_id: number, slow_mode_s: number) =>
  done(who, "update_channel", { channel_id, changes: { slow_mode_s } });
const add = ({ client }: Asker, channel_id: number, content: string, nonce?: string): Promise<Frame> =>
  client.ask({ type: "add_message", data: { channel_id, content, nonce } });

async function aSlowPlace(slow_mode_s = HOUR_S): Promise<Place> {
  const place = await aPlace(server);
  await slowDown(place.alice, place.channel_id, slow_mode_s);
  return place;
}

/** Refused, with how long to wait: no longer than the channel says. */
async function expectSlowed(who: Asker, channel_id: number, content: string, nonce?: string): Promise<void> {
  const { type, code, details } = await add(who, channel_id, content, nonce);
  expect({ type, code, limit: details.limit }).toEqual({ type: "error", code: "rate_limited", limit: "slow_mode_s" });
  expect(details.retry_after_ms).toBeWithin(1, HOUR_S * 1000 + 1);
}

describe("in a channel with slow mode", () => {
  test("one waits after a message, and is told how long", async () => {
    const { bob, channel_id } = await aSlowPlace();
    await post(bob, channel_id, "one");
    await expectSlowed(bob, channel_id, "two");
    expect((await chunk(bob, channel_id)).messages).toHaveLength(1);
  });

  test("one may write again when the time is over", async () => {
    const { bob, channel_id } = await aSlowPlace(1);
    await post(bob, channel_id, "one");
    let refused = 0;
    while ((await add(bob, channel_id, "two"))["type"] === "error") refused += 1;
    expect(refused).toBeGreaterThan(0);
    const [one, two] = (await chunk(bob, channel_id)).messages;
    expect(Date.parse(two.created_date) - Date.parse(one.created_date)).toBeGreaterThanOrEqual(990);
  });

  test("each waits for themselves, in each channel by itself, and who manages messages doesn't", async () => {
    const place = await aSlowPlace();
    const { alice, bob, channel_id } = place;
    await post(bob, channel_id, "one");
    await post(alice, channel_id, "one");
    await post(alice, channel_id, "two");
    const other = await anotherChannel(place);
    for (const content of ["one", "two"]) await post(bob, other, content);
    await promote(place, bob, "manage_messages");
    await post(bob, channel_id, "two");
  });

  test("editing, reacting and typing don't wait", async () => {
    const { bob, channel_id } = await aSlowPlace();
    const { id: message_id } = await post(bob, channel_id, "one");
    await done(bob, "update_message", { message_id, content: "edited" });
    await done(bob, "add_reaction", { message_id, emoji: "👍" });
    await done(bob, "typing", { channel_id });
  });

  test("of several at once one is added", async () => {
    const { bob, channel_id } = await aSlowPlace();
    const replies = await Promise.all(["one", "two", "three"].map((content) => add(bob, channel_id, content)));
    expect(replies.map(({ type }) => type).sort()).toEqual(["add_message", "error", "error"]);
  });

  test("of one's several sessions one is heard", async () => {
    const { bob, channel_id } = await aSlowPlace();
    const second = { client: await server.connect(bob) };
    await post(second, channel_id, "one");
    await expectSlowed(bob, channel_id, "two");
  });

  test("a repeated nonce is answered first, from memory and after a restart", async () => {
    const { bob, channel_id } = await aSlowPlace();
    const first = await add(bob, channel_id, "one", "n1");
    expect((await add(bob, channel_id, "one", "n1"))["data"]).toEqual(first["data"]);
    server = await server.restart();
    const again = { client: await server.connect(bob) };
    expect((await add(again, channel_id, "one", "n1"))["data"]).toEqual(first["data"]);
    await expectSlowed(again, channel_id, "two", "n2");
  });

  test("who wrote before it was slow waits as well, and who wrote while it wasn't", async () => {
    const { alice, bob, channel_id } = await aPlace(server);
    await post(bob, channel_id, "one");
    await slowDown(alice, channel_id, HOUR_S);
    await expectSlowed(bob, channel_id, "two");
    await slowDown(alice, channel_id, 0);
    await post(bob, channel_id, "two");
    await slowDown(alice, channel_id, HOUR_S);
    await expectSlowed(bob, channel_id, "three");
  });

  test("what is refused for another reason doesn't count", async () => {
    const { bob, channel_id } = await aSlowPlace();
    expect(await refusal(bob, "add_message", { channel_id, content: " " })).toMatchObject({ code: "bad_request" });
    await post(bob, channel_id, "one");
  });

  test("it is no more than so many messages that are looked through for one's last", async () => {
    const { bob, alice, server_id, channel_id } = await aSlowPlace();
    const { id } = await post(bob, channel_id, "one");
    const columns =
      "id, channel_id, server_id, author_id, content, created_at, attachments, mentions, mentions_everyone, seq";
    const values = `?, ${channel_id}, ${server_id}, ${alice.id}, 'x', 0, '[]', '[]', 0, 1`;
    // Some more than are looked at: other nodes may have used some of the next ids before.
    const rows = Array.from({ length: limits.slow_mode_looked_at + 100 }, (_, at) => [id + 1 + at]);
    writeRows(server.folder, `insert or ignore into messages (${columns}) values (${values})`, rows);
    server = await server.restart();
    await post({ client: await server.connect(bob) }, channel_id, "two");
  });

  test("trying on and on closes no socket, and takes nothing from one's other requests", async () => {
    const limited = await startServer({ rate_limits: true });
    const { alice, bob, channel_id } = await aPlace(limited);
    await slowDown(alice, channel_id, HOUR_S);
    await post(bob, channel_id, "one");
    for (let tries = 0; tries < 130; tries += 1) {
      await expectSlowed(bob, channel_id, "two");
    }
    await bob.client.ask({ type: "ping" });
    await limited.stop();
  });
});

describe("slow_mode_s", () => {
  test("is told, kept, caught up with, and in the log", async () => {
    const { alice, bob, server_id, channel_id } = await aPlace(server);
    const topic = `server:${server_id}`;
    const seqs = await seqsOf(bob, [topic]);
    const { channel } = await slowDown(alice, channel_id, 30);
    expect(channel.slow_mode_s).toBe(30);
    const [event] = await bob.client.rest();
    expect(event).toMatchObject({ type: "channel_updated", data: { channel: { id: channel_id, slow_mode_s: 30 } } });
    const later = await returned(server, bob);
    const { events } = (await sync(later, seqs))[topic];
    expect(events).toMatchObject([{ type: "channel_updated", data: { channel: { id: channel_id, slow_mode_s: 30 } } }]);
    const { entries } = await done(alice, "get_audit_log", { server_id, amount: 10, anchor: 0 });
    expect(entries.map(({ changes }: Json) => changes)).toEqual([{ slow_mode_s: { before: 0, after: 30 } }]);
    server = await server.restart();
    const again = { client: await server.connect(bob) };
    expect((await done(again, "get_server_channel", { channel_id })).channel.slow_mode_s).toBe(30);
  });

  test("is for who manages channels, and has bounds", async () => {
    const { alice, bob, channel_id } = await aPlace(server);
    const asking = (slow_mode_s: unknown) => ({ channel_id, changes: { slow_mode_s } });
    expect(await refusal(bob, "update_channel", asking(5))).toMatchObject({ code: "forbidden" });
    for (const slow_mode_s of [-1, limits.slow_mode_s + 1, 1.5, "5"]) {
      await malformed(alice, "update_channel", asking(slow_mode_s), "changes.slow_mode_s");
    }
    await slowDown(alice, channel_id, limits.slow_mode_s);
  });
});
