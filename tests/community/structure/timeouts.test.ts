// Timeouts: who is timed out says nothing, reads on, and isn't rid of it by leaving; nobody does it to their equals.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { readRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, seqsOf, sync } from "../../sync/asking.ts";
import {
  anOrchard,
  another,
  expectMalformed,
  expectRefused,
  type Orchard,
  promote,
  quiet,
  told,
  typesTold,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const UNTIL = "2100-01-01T00:00:00.000Z";

const timeOut = (
  asker: Pick<Present, "client">,
  { server_id }: Orchard,
  { id: user_id }: Present,
  until: string | null,
  reason?: string,
) => done(asker, "update_member", { server_id, user_id, changes: { timed_out_until: until }, reason });
const asking = ({ server_id }: Orchard, { id: user_id }: Present, until: string | null = UNTIL) => ({
  ...{ server_id, user_id, changes: { timed_out_until: until } },
});

async function membersOf(who: Pick<Present, "client">, { server_id }: Orchard): Promise<Json[]> {
  return (await done(who, "get_server_members", { server_id, amount: 100, anchor: 0 })).members;
}

describe("a timeout", () => {
  test("is told to the members, and stands in their lists and in the log, with the reason", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const { member } = await timeOut(alice, orchard, bob, UNTIL, "cool down");
    expect(member).toMatchObject({ user_id: bob.id, timed_out_until: UNTIL });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([
        told(orchard, "member_changed", { member: { user_id: bob.id, timed_out_until: UNTIL } }),
      ]);
    }
    const listed = await membersOf(bob, orchard);
    expect(listed.map(({ timed_out_until }) => timed_out_until).sort()).toEqual([UNTIL, null]);
    await timeOut(alice, orchard, bob, UNTIL);
    expect(await typesTold(bob)).toEqual([]);
    await timeOut(alice, orchard, bob, null, "enough");
    const { entries } = await done(alice, "get_audit_log", { server_id, amount: 10, anchor: 0 });
    const entry = { type: "member_timed_out", actor_id: alice.id, target_id: bob.id };
    expect(entries).toMatchObject([
      { ...entry, reason: "enough", changes: { timed_out_until: { before: UNTIL, after: null } } },
      { ...entry, reason: "cool down", changes: { timed_out_until: { before: null, after: UNTIL } } },
    ]);
    expect(entries).toHaveLength(2);
  });

  test("keeps one from sending, editing, reacting and typing, and from nothing else", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, general_id: channel_id } = orchard;
    const { message } = await done(bob, "add_message", { channel_id, content: "hello" });
    await done(bob, "add_reaction", { message_id: message.id, emoji: "👍" });
    await done(alice, "subscribe", { topics: [`channel:${channel_id}`] });
    await timeOut(alice, orchard, bob, UNTIL);
    await quiet(alice, bob);
    const requests: [string, Json][] = [
      ["add_message", { channel_id, content: "again" }],
      ["update_message", { message_id: message.id, content: "again" }],
      ["add_reaction", { message_id: message.id, emoji: "🎉" }],
      ["remove_reaction", { message_id: message.id, emoji: "👍" }],
      ["typing", { channel_id }],
    ];
    for (const [type, data] of requests) {
      expect(await expectRefused(bob, "forbidden", type, data)).toMatchObject({ details: { until: UNTIL } });
    }
    expect(await typesTold(alice)).toEqual([]);
    await done(bob, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    await done(bob, "mark_read", { channel_id, message_id: message.id });
    await done(bob, "delete_message", { message_id: message.id });
    await timeOut(alice, orchard, bob, null);
    await done(bob, "add_message", { channel_id, content: "sorry" });
  });

  test("is over by itself", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, general_id: channel_id } = orchard;
    const until = new Date(Date.now() + 400).toISOString();
    await timeOut(alice, orchard, bob, until);
    await expectRefused(bob, "forbidden", "add_message", { channel_id, content: "now?" });
    let refused = 0;
    while ((await bob.client.ask({ type: "add_message", data: { channel_id, content: "now?" } }))["type"] === "error") {
      refused += 1;
    }
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
    expect(refused).toBeGreaterThan(0);
    // Nobody is told: it says itself when it is over.
    expect((await membersOf(alice, orchard)).map(({ timed_out_until }) => timed_out_until)).toContain(until);
  });

  test("that is over already lifts one", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, general_id: channel_id } = orchard;
    await timeOut(alice, orchard, bob, UNTIL);
    const { member } = await timeOut(alice, orchard, bob, "2020-01-01T00:00:00Z");
    expect(member.timed_out_until).toBeNull();
    await done(bob, "add_message", { channel_id, content: "thanks" });
  });

  test("stays with who leaves, is sent away or banned, and comes back", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id: channel_id } = orchard;
    await timeOut(alice, orchard, bob, UNTIL);
    const user_id = bob.id;
    const ways = [
      () => done(bob, "leave_server", { server_id }),
      () => done(alice, "remove_member", { server_id, user_id }),
      async () => {
        await done(alice, "ban_member", { server_id, user_id });
        await done(alice, "unban_member", { server_id, user_id });
      },
    ];
    for (const go of ways) {
      await go();
      await quiet(alice);
      await inviteInto(server_id, alice, bob);
      const [added] = await alice.client.rest();
      expect(added).toMatchObject({ type: "member_added", data: { member: { timed_out_until: UNTIL } } });
      await expectRefused(bob, "forbidden", "add_message", { channel_id, content: "I am new here" });
    }
    server = await server.restart();
    const again = { client: await server.connect(bob) };
    await expectRefused(again, "forbidden", "add_message", { channel_id, content: "I am new here" });
  });

  test("wants kick_members, and a higher rank", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob } = orchard;
    const [carol, dave] = [await another(server, orchard), await another(server, orchard)];
    await promote(orchard, bob, ["manage_members", "ban_members", "manage_messages"], 5);
    await expectRefused(bob, "forbidden", "update_member", asking(orchard, carol));
    await promote(orchard, bob, ["kick_members"], 5);
    await promote(orchard, carol, [], 5);
    for (const other of [alice, bob, carol]) {
      await expectRefused(bob, "forbidden", "update_member", asking(orchard, other));
    }
    await quiet(alice, bob, carol, dave);
    await timeOut(bob, orchard, dave, UNTIL);
    await promote(orchard, dave, ["admin"], 9);
    await expectRefused(bob, "forbidden", "update_member", asking(orchard, dave, null));
    // Nor does one lift one's own, whatever one may do.
    await expectRefused(dave, "forbidden", "update_member", asking(orchard, dave, null));
    // What changes nothing is nobody's business.
    await done(carol, "update_member", asking(orchard, carol, null));
    await timeOut(alice, orchard, dave, null);
  });

  test("silences no owner", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id: channel_id } = orchard;
    await expectRefused(alice, "forbidden", "update_member", asking(orchard, alice));
    await timeOut(alice, orchard, bob, UNTIL);
    await done(alice, "transfer_server", { server_id, user_id: bob.id });
    await done(bob, "add_message", { channel_id, content: "mine now" });
    await done(bob, "transfer_server", { server_id, user_id: alice.id });
    await expectRefused(bob, "forbidden", "add_message", { channel_id, content: "mine no more" });
  });

  test("is told to who was away", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const topic = `server:${server_id}`;
    const seqs = await seqsOf(bob, [topic]);
    await timeOut(alice, orchard, bob, UNTIL);
    const answer = (await sync(await returned(server, bob), seqs))[topic];
    expect(answer.events).toMatchObject([
      { type: "member_changed", data: { member: { user_id: bob.id, timed_out_until: UNTIL } } },
    ]);
  });

  test("is a time", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob } = orchard;
    const path = "changes.timed_out_until";
    for (const until of ["soon", "", "2100-01-01", "2100-13-01T00:00:00Z", "2100-01-01T00:00:00+01:00", 5]) {
      await expectMalformed(alice, "update_member", asking(orchard, bob, until as string), path);
    }
    await expectMalformed(alice, "update_member", { ...asking(orchard, bob), reason: 5 }, "reason");
  });

  test("by two at once is one of theirs", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const carol = await another(server, orchard);
    await promote(orchard, carol, ["kick_members"], 5);
    await quiet(alice);
    const [one, other] = [UNTIL, "2101-01-01T00:00:00.000Z"];
    await Promise.all([timeOut(alice, orchard, bob, one), timeOut(carol, orchard, bob, other)]);
    const events = (await alice.client.rest()).map(({ data }) => data.member.timed_out_until);
    expect(events.toSorted()).toEqual([one, other]);
    const [row] = readRows(
      server.folder,
      `select timed_out_until from members where server_id = ${server_id} and user_id = ${bob.id}`,
    ) as Json[];
    expect(new Date(row.timed_out_until).toISOString()).toBe(events.at(-1));
  });
});
