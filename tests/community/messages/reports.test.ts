import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { joinBot } from "../../bots/programs.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, refusal } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { expectHidden, expectMalformed, expectRefused, NOTHING } from "../structure/orchard.ts";
import { aPlace, post, postMany } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const report = (who: Pick<Present, "client">, what: Json, reason = "it is spam") =>
  done(who, "report", { ...what, reason });

const reportsOf = async (who: Pick<Present, "client">, server_id: number): Promise<Json[]> =>
  (await done(who, "get_reports", { server_id, amount: 50, anchor: 0 })).reports;

/** Those about reports alone. */
const told = async ({ client }: Pick<Present, "client">): Promise<Frame[]> =>
  (await client.rest()).filter(({ type }) => type === "report_added");

conversation("report", {
  async success() {
    const { alice, bob, server_id, channel_id } = await aPlace(server);
    await done(alice, "get_server", { server_id });
    await postMany(alice, channel_id, 8);
    const spam = await post(alice, channel_id, "buy apples");
    await postMany(alice, channel_id, 7);
    await done(await other(server_id, alice), "get_server", { server_id });
    expect(await report(bob, { message_id: spam["id"] })).toEqual({});
    // Alice owns the server, but it is she who is reported.
    expect(await told(alice)).toEqual([]);
    const rows = readRows(server.folder, "select * from reports where message_id = ?", [spam["id"] as number]);
    expect(rows).toMatchObject([
      { reporter_id: bob.id, user_id: alice.id, server_id, channel_id, reason: "it is spam" },
    ]);
    const { messages } = JSON.parse(rows[0]?.["evidence"] as string);
    expect(messages).toHaveLength(2 * limits.report_neighbours + 1);
    expect(messages[limits.report_neighbours]).toMatchObject({ id: spam["id"], content: "buy apples" });
    await done(alice, "delete_message", { message_id: spam["id"] });
    expect(readRows(server.folder, "select evidence from reports where id = ?", [rows[0]?.["id"] ?? 0])[0]).toEqual({
      evidence: rows[0]?.["evidence"] as string,
    });
  },
  errors: {
    async not_found() {
      const { alice, mallory, channel_id } = await aPlace(server);
      const message = await post(alice, channel_id, "among us");
      const asked = { message_id: message["id"], reason: "curious" };
      await expectHidden(mallory, "report", asked, { message_id: NOTHING });
      await expectRefused(mallory, "not_found", "report", { user_id: NOTHING, reason: "nobody" });
    },
    async forbidden() {
      const { alice, channel_id } = await aPlace(server);
      const message = await post(alice, channel_id, "mine");
      await expectRefused(alice, "forbidden", "report", { message_id: message["id"], reason: "mine" });
    },
    async conflict() {
      const { alice, bob, channel_id, server_id } = await aPlace(server);
      const message = await post(bob, channel_id, "spam");
      await report(alice, { message_id: message["id"] });
      await expectRefused(alice, "conflict", "report", { message_id: message["id"], reason: "once more" });
      await report(alice, { user_id: bob.id });
      await expectRefused(alice, "conflict", "report", { user_id: bob.id, reason: "once more" });
      expect(await reportsOf(alice, server_id)).toHaveLength(1);
    },
    async limit_reached() {
      const { alice, bob } = await aPlace(server);
      const insert = `insert into reports (id, reporter_id, user_id, message_id, reason, evidence, created_at)
        values (?, ?, ?, 0, 'r', '{}', 1)`;
      const first = 1_000;
      const rows = Array.from({ length: limits.open_reports }, (_, place) => [first + place, alice.id, 5_000 + place]);
      writeRows(server.folder, insert, rows);
      const refused = await expectRefused(alice, "limit_reached", "report", { user_id: bob.id, reason: "one more" });
      expect(refused["details"]).toEqual({ limit: "open_reports" });
      writeRows(server.folder, "update reports set closed_at = 1 where id = ?", [[first]]);
      await report(alice, { user_id: bob.id });
    },
  },
  async malformed() {
    const { alice, bob, channel_id } = await aPlace(server);
    const message = await post(alice, channel_id, "mine");
    await expectMalformed(alice, "report", { reason: "nothing" }, "user_id");
    await expectMalformed(alice, "report", { user_id: bob.id }, "reason");
    await expectMalformed(alice, "report", { user_id: bob.id, reason: " " }, "reason");
    await expectMalformed(alice, "report", { user_id: alice.id, reason: "myself" }, "user_id");
    const both = { user_id: bob.id, message_id: message["id"], reason: "both" };
    await expectMalformed(alice, "report", both, "user_id");
  },
  also: {
    async "is told to those who see to it, and to nobody else"() {
      const { alice, bob, mallory, channel_id, server_id } = await aPlace(server);
      const carol = await other(server_id, alice);
      for (const who of [alice, bob, carol]) await done(who, "get_server", { server_id });
      const message = await post(carol, channel_id, "spam");
      await Promise.all([alice, bob, carol, mallory].map(({ client }) => client.rest()));
      await report(bob, { message_id: message["id"] });
      const [frame] = await told(alice);
      expect(frame).toEqual({
        ...{ type: "report_added", topic: `server:${server_id}` },
        data: { server_id, channel_id, message_id: message["id"], user_id: carol.id, report_id: expect.any(Number) },
      });
      expect(JSON.stringify(frame)).not.toContain(String(bob.id));
      for (const who of [bob, carol, mallory]) expect(await told(who)).toEqual([]);
    },
    async "of a person keeps how they presented themselves"() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      await done(bob, "update_user", { changes: { bio: "buy apples" } });
      await report(alice, { user_id: bob.id });
      await done(bob, "update_user", { changes: { bio: "harmless" } });
      const [row] = readRows(server.folder, "select evidence from reports where user_id = ?", [bob.id]);
      expect(JSON.parse(row?.["evidence"] as string).person).toMatchObject({ name: bob.name, bio: "buy apples" });
      expect(await told(bob)).toEqual([]);
    },
  },
});

/** One more member. */
async function other(server_id: number, owner: Present): Promise<Present> {
  const carol = await server.join();
  const { invite } = await done(owner, "add_invite", { server_id });
  await done(carol, "join_server", { invite_code: invite.code });
  return carol;
}

conversation("get_reports", {
  async success() {
    const { alice, bob, channel_id, server_id } = await aPlace(server);
    const carol = await other(server_id, alice);
    const [first, second] = [await post(carol, channel_id, "one"), await post(carol, channel_id, "two")];
    for (const { id } of [first, second] as Json[]) await report(bob, { message_id: id }, `about ${id}`);
    const reports = await reportsOf(alice, server_id);
    expect(reports).toMatchObject([
      { message_id: second["id"], user_id: carol.id, reporter_id: bob.id, reason: `about ${second["id"]}` },
      { message_id: first["id"], channel_id, evidence: [{ id: first["id"], content: "one" }, { content: "two" }] },
    ]);
    const page = await done(alice, "get_reports", { server_id, amount: 1, anchor: 0 });
    const rest = await done(alice, "get_reports", { server_id, amount: 1, anchor: page.next_anchor });
    expect([...page.reports, ...rest.reports].map(({ id }) => id)).toEqual(reports.map(({ id }) => id));
    writeRows(server.folder, "update reports set closed_at = 1 where server_id = ?", [[server_id]]);
    expect(await reportsOf(alice, server_id)).toEqual([]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await aPlace(server);
      const page = { amount: 5, anchor: 0 };
      await expectHidden(mallory, "get_reports", { server_id, ...page }, { server_id: NOTHING });
    },
    async forbidden() {
      const { bob, server_id } = await aPlace(server);
      await expectRefused(bob, "forbidden", "get_reports", { server_id, amount: 5, anchor: 0 });
    },
  },
  async malformed() {
    const { alice, server_id } = await aPlace(server);
    await expectMalformed(alice, "get_reports", { server_id, amount: 0, anchor: 0 }, "amount");
    await expectMalformed(alice, "get_reports", { amount: 5, anchor: 0 }, "server_id");
  },
  also: {
    async "a bot and its owner learn nothing through each other, nor are they told"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const bot = await joinBot(server, alice);
      const rules = ["view_channel", "read_history", "send_messages", "manage_messages"];
      await done(alice, "add_bot", { server_id, bot_id: bot.id, rules });
      for (const who of [alice, bot]) await done(who, "get_server", { server_id });
      const [hers, its] = [await post(alice, channel_id, "hers"), await post(bot, channel_id, "its")];
      await Promise.all([alice, bot].map(({ client }) => client.rest()));
      for (const { id } of [hers, its] as Json[]) await report(bob, { message_id: id });
      for (const who of [alice, bot]) expect([await told(who), await reportsOf(who, server_id)]).toEqual([[], []]);
      // What somebody else wrote, both see to.
      const carol = await other(server_id, alice);
      const spam = await post(carol, channel_id, "spam");
      await report(bob, { message_id: spam["id"] });
      for (const who of [alice, bot]) {
        expect(await told(who)).toHaveLength(1);
        expect(await reportsOf(who, server_id)).toMatchObject([{ message_id: spam["id"] }]);
      }
    },
    async "leaves out what the reader wrote, and what they can't view"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const { role } = await done(alice, "add_role", { server_id, name: "mods", rules: ["manage_messages"] });
      await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
      const { channel } = await done(alice, "add_channel", { server_id, name: "hidden", roles: [] });
      const carol = await other(server_id, alice);
      const { role: in_it } = await done(alice, "add_role", { server_id, name: "in it" });
      await done(alice, "update_member", { server_id, user_id: carol.id, changes: { roles: [in_it.id] } });
      const allow = [{ role_id: in_it.id, allow: ["view_channel"], deny: [] }];
      const { overwrites } = (await done(alice, "get_server_channel", { channel_id: channel.id })).channel;
      await done(alice, "update_channel", {
        channel_id: channel.id,
        changes: { overwrites: [...overwrites, ...allow] },
      });
      const hidden = await post(alice, channel.id, "hidden");
      const his = await post(bob, channel_id, "his");
      for (const { id } of [hidden, his] as Json[]) await report(carol, { message_id: id });
      expect(await reportsOf(bob, server_id)).toEqual([]);
      expect((await reportsOf(alice, server_id)).map(({ message_id }) => message_id)).toEqual([his["id"]]);
      expect(await refusal(carol, "get_reports", { server_id, amount: 1, anchor: 0 })).toMatchObject({
        code: "forbidden",
      });
    },
  },
});
