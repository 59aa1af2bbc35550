import { afterAll, beforeAll, expect } from "bun:test";
import { botOf } from "../bots/programs.ts";
import { aPlace, post } from "../community/messages/place.ts";
import { done } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

/** A message that is reported, and a person; the newest is the person's. */
async function reported() {
  const { alice, bob, server_id, channel_id } = await aPlace(server);
  const message = await post(alice, channel_id, "buy apples");
  await done(bob, "report", { message_id: message["id"], reason: "spam" });
  await done(bob, "report", { user_id: alice.id, reason: "spams everywhere" });
  const rows = readRows(server.folder, "select id from reports where reporter_id = ? order by id", [bob.id]);
  const [of_message, of_person] = rows.map(({ id }) => Number(id)) as [number, number];
  return { alice, bob, server_id, channel_id, message, of_message, of_person };
}

operation("report.list", {
  async command() {
    const { alice, bob, message, of_message, of_person } = await reported();
    const { json } = await command(server, "report", "list", "--json");
    expect(json["reports"].slice(0, 2)).toMatchObject([
      { id: of_person, user_id: alice.id, reporter_id: bob.id, message_id: null, reason: "spams everywhere" },
      { id: of_message, user_id: alice.id, message_id: message["id"], closed_date: null },
    ]);
  },
  async http() {
    const { of_message, of_person } = await reported();
    const { body } = await server.call("GET", `/admin/reports?amount=1&anchor=${of_person}`, undefined, admin.token);
    expect(body).toMatchObject({ success: true, reports: [{ id: of_message }] });
    await command(server, "report", "close", String(of_message));
    const open = await server.call("GET", "/admin/reports?amount=1", undefined, admin.token);
    expect(open.body.reports).toMatchObject([{ id: of_person }]);
    const any = await server.call("GET", "/admin/reports?closed=true&amount=2", undefined, admin.token);
    expect(any.body.reports).toMatchObject([{ id: of_person }, { id: of_message, closed_date: expect.any(String) }]);
  },
  errors: {},
  also: {
    async "an administrator learns nothing of what is reported of them, and can't close it"() {
      const { alice, of_message, of_person } = await reported();
      writeRows(server.folder, "update users set admin_since = 1 where id = ?", [[alice.id]]);
      const { body } = await server.call("GET", "/admin/reports?closed=true&amount=100", undefined, alice.token);
      const ids = body.reports.map(({ id }: { id: number }) => id);
      for (const id of [of_message, of_person]) {
        expect(ids).not.toContain(id);
        expect((await server.call("GET", `/admin/reports/${id}`, undefined, alice.token)).status).toBe(404);
        expect((await server.call("POST", `/admin/reports/${id}/close`, {}, alice.token)).status).toBe(404);
        expect((await command(server, "report", "show", String(id))).code).toBe(0);
      }
    },
    async "nor of what is reported of a bot of theirs"() {
      const [owner, bob] = [await administrator(server), await server.join()];
      const bot = await botOf(server, owner);
      await done(bob, "report", { user_id: bot.id, reason: "beeps" });
      const [{ id }] = readRows(server.folder, "select id from reports where user_id = ?", [bot.id]) as [
        { id: number },
      ];
      const listed = async ({ token }: TestUser) =>
        (await server.call("GET", "/admin/reports?amount=100", undefined, token)).body.reports.map(
          (one: { id: number }) => one.id,
        );
      expect(await listed(owner)).not.toContain(id);
      expect(await listed(admin)).toContain(id);
      expect((await server.call("GET", `/admin/reports/${id}`, undefined, owner.token)).status).toBe(404);
      expect((await server.call("POST", `/admin/reports/${id}/close`, {}, owner.token)).status).toBe(404);
    },
  },
});

operation("report.show", {
  async command() {
    const { of_message } = await reported();
    const { json } = await command(server, "report", "show", String(of_message), "--json");
    expect(json).toMatchObject({ report: { id: of_message }, person: null, messages: [{ content: "buy apples" }] });
  },
  async http() {
    const { alice, of_person } = await reported();
    const { body } = await server.call("GET", `/admin/reports/${of_person}`, undefined, admin.token);
    expect(body).toMatchObject({ report: { id: of_person }, person: { name: alice.name }, messages: [] });
  },
  errors: {
    async not_found() {
      expect((await server.call("GET", "/admin/reports/7", undefined, admin.token)).status).toBe(404);
    },
  },
});

const close = (id: number) => server.call("POST", `/admin/reports/${id}/close`, {}, admin.token);
const entries = () => readRows(server.folder, "select details from operation_entries where type = 'report.close'");

operation("report.close", {
  async command() {
    const { alice, server_id, of_message } = await reported();
    expect((await command(server, "report", "close", String(of_message))).code).toBe(0);
    const page = { server_id, amount: 5, anchor: 0 };
    expect((await done(alice, "get_reports", page)).reports).toEqual([]);
    expect(entries()).toContainEqual({ details: JSON.stringify({ report_id: of_message }) });
  },
  async http() {
    const { of_person } = await reported();
    expect(await close(of_person)).toEqual({ status: 200, body: { success: true } });
  },
  errors: {
    async not_found() {
      expect((await close(7)).status).toBe(404);
    },
    async conflict() {
      const { of_person } = await reported();
      await close(of_person);
      const before = entries().length;
      expect(await close(of_person)).toMatchObject({ status: 409, body: { code: "conflict" } });
      expect(entries()).toHaveLength(before);
    },
  },
});
