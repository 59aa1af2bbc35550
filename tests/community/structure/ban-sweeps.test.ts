// A ban that takes what the banned one has written of late: all of it, in every channel, told to whom it concerns, and
// nothing else.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { firstIdAt } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { addChannel, anOrchard, another, expectMalformed, type Orchard } from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const HOUR_S = 3_600;

async function post(author: Present, channel_id: number, content: string): Promise<number> {
  return (await done(author, "add_message", { channel_id, content })).message.id;
}

const gone = ({ client }: Present, id: number) =>
  client.take((frame) => frame["data"]?.id === id && frame["type"] === "message_deleted");
const listen = (who: Present, ...ids: number[]) => done(who, "subscribe", { topics: ids.map((id) => `channel:${id}`) });

async function contents(reader: Present, channel_id: number): Promise<string[]> {
  const page = { channel_id, amount: 100, anchor: 0, direction: true };
  return (await done(reader, "get_message_chunk", page)).messages.map(({ content }: Json) => content);
}

/** A message of the past. */
function writeOld({ server_id, general_id, bob }: Orchard, age_s: number, content: string): void {
  const id = firstIdAt(Date.now() - age_s * 1000) + 1;
  const columns =
    "id, channel_id, server_id, author_id, content, created_at, attachments, mentions, mentions_everyone, seq";
  const values = `?, ${general_id}, ${server_id}, ${bob.id}, ?, 0, '[]', '[]', 0, ?`;
  writeRows(server.folder, `insert into messages (${columns}) values (${values})`, [[id, content, id]]);
}

describe("a ban with delete_messages_s", () => {
  test("takes what they wrote in that time, in all channels, and nothing else", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    const carol = await another(server, orchard);
    writeOld(orchard, 3 * HOUR_S, "too long ago");
    writeOld(orchard, HOUR_S, "an hour ago");
    const rows = await addChannel(orchard);
    const secret = await addChannel(orchard);
    await post(bob, general_id, "spam");
    const last = await post(bob, general_id, "more spam");
    const elsewhere = await post(bob, rows, "spam");
    const hidden = await post(bob, secret, "spam");
    await post(carol, rows, "hello");
    await done(alice, "update_channel", { channel_id: secret, changes: { roles: [] } });
    await Promise.all([listen(alice, general_id, rows, secret), listen(carol, general_id, rows)]);
    const asked = { server_id, user_id: bob.id, reason: "spam", delete_messages_s: 2 * HOUR_S };
    expect(await done(alice, "ban_member", asked)).toEqual({});
    await Promise.all([gone(alice, last), gone(carol, last), gone(alice, elsewhere), gone(carol, elsewhere)]);
    await gone(alice, hidden);
    expect(await contents(carol, general_id)).toEqual(["too long ago"]);
    expect(await contents(carol, rows)).toEqual(["hello"]);
    expect(JSON.stringify(await carol.client.rest())).not.toContain(String(hidden));
    const { entries } = await done(alice, "get_audit_log", { server_id, amount: 10, anchor: 0, type: "member_banned" });
    expect(entries).toMatchObject([
      { reason: "spam", changes: { delete_messages_s: { before: null, after: 2 * HOUR_S } } },
    ]);
  });

  test("of 0 takes nothing, nor does one without", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    await post(bob, general_id, "hello");
    await done(alice, "ban_member", { server_id, user_id: bob.id, delete_messages_s: 0 });
    await done(alice, "ban_member", { server_id, user_id: bob.id });
    expect(readRows(server.folder, `select * from message_sweeps where server_id = ${server_id}`)).toEqual([]);
    expect(await contents(alice, general_id)).toEqual(["hello"]);
  });

  test("takes what somebody wrote who has left, and leaves what they write when they are back", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    const before = await post(bob, general_id, "before");
    await done(bob, "leave_server", { server_id });
    await listen(alice, general_id);
    await done(alice, "ban_member", { server_id, user_id: bob.id, delete_messages_s: HOUR_S });
    await done(alice, "unban_member", { server_id, user_id: bob.id });
    await inviteInto(server_id, alice, bob);
    await post(bob, general_id, "after");
    await gone(alice, before);
    expect(await contents(bob, general_id)).toEqual(["after"]);
  });

  test("goes on after a restart, and is forgotten when all has gone", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    await post(bob, general_id, "one");
    const last = await post(bob, general_id, "two");
    await done(alice, "ban_member", { server_id, user_id: bob.id });
    // As if the server had ended right after it.
    writeRows(server.folder, "insert into message_sweeps values (?, ?, 1, ?)", [[server_id, bob.id, last]]);
    server = await server.restart();
    const again = { ...alice, client: await server.connect(alice) };
    await listen(again, general_id);
    while ((await contents(again, general_id)).length > 0) await gone(again, last);
    await done(again, "add_message", { channel_id: general_id, content: "at last" });
    const later = await anOrchard(server);
    await done(later.alice, "ban_member", { server_id: later.server_id, user_id: later.bob.id, delete_messages_s: 1 });
    while (readRows(server.folder, "select * from message_sweeps").length > 0) await again.client.rest();
  });

  test("of more than a week is refused", async () => {
    const { alice, bob, server_id } = await anOrchard(server);
    const asked = { server_id, user_id: bob.id };
    for (const delete_messages_s of [-1, limits.ban_deletes_s + 1, 1.5, "1"]) {
      await expectMalformed(alice, "ban_member", { ...asked, delete_messages_s }, "delete_messages_s");
    }
  });
});
