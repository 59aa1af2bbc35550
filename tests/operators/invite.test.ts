// Invites to make an account: made and deleted by operations, spent by registering.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

const public_url = "https://chat.example.org";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  const open = await startServer({ public_url });
  admin = await administrator(open);
  server = await open.restart({ registration: "invite" });
});
afterAll(() => server.stop());

const register = (invite?: string | null, username = uniqueName(), password = PASSWORD) =>
  server.call("POST", "/user/register", { username, password, invite });
const anInvite = async (...options: string[]) =>
  (await command(server, "invite", "add", ...options, "--json")).json.invite;
const usesOf = (code: string) =>
  readRows(server.folder, "select uses from registration_invites where code = ?", [code]);

operation("invite.add", {
  async command() {
    const invite = await anInvite("--uses", "2", "--days", "7");
    expect(invite).toEqual({
      ...{ code: expect.stringMatching(/^[0-9a-f]{32}$/), url: `${public_url}/invite/${invite.code}` },
      ...{ creator_id: null, created_date: expect.any(String), uses: 0, max_uses: 2, expires_date: expect.any(String) },
    });
    expect(Date.parse(invite.expires_date) - Date.parse(invite.created_date)).toBe(7 * 24 * 60 * 60 * 1000);
    expect((await register(invite.code)).status).toBe(201);
  },
  async http() {
    const { status, body } = await server.call("POST", "/admin/invites", {}, admin.token);
    expect(status).toBe(201);
    expect(body.invite).toMatchObject({ creator_id: admin.id, max_uses: null, expires_date: null });
    expect((await register(body.invite.code)).status).toBe(201);
  },
  errors: {
    async limit_reached() {
      const own = await startServer();
      const rows = Array.from({ length: limits.registration_invites }, (_, nth) => [`${nth}`]);
      writeRows(own.folder, "insert into registration_invites (code, created_at) values (?, 1)", rows);
      const { code, err } = await command(own, "invite", "add");
      expect([code, err]).toEqual([1, expect.stringContaining("delete some")]);
      await own.stop();
    },
  },
  also: {
    async "is in the log of operations, without its code"() {
      const { code } = await anInvite("--uses", "3");
      const entries = readRows(server.folder, "select * from operation_entries order by id desc limit 1");
      expect(entries).toMatchObject([{ type: "invite.add", door: "command_line" }]);
      expect(JSON.parse(String(entries[0]?.["details"]))).toEqual({ uses: 3, days: null });
      expect(JSON.stringify(entries)).not.toContain(code);
    },
  },
});

operation("invite.list", {
  async command() {
    const [first, second] = [await anInvite(), await anInvite("--uses", "1")];
    await register(second.code);
    const { json } = await command(server, "invite", "list", "--json");
    expect(json.invites.slice(0, 2)).toEqual([{ ...second, uses: 1 }, first]);
    expect((await command(server, "invite", "list")).out).toContain(first.code);
  },
  async http() {
    const { code } = await anInvite();
    const { body } = await server.call("GET", "/admin/invites", undefined, admin.token);
    expect(body.invites[0]).toMatchObject({ code });
  },
  errors: {},
});

operation("invite.delete", {
  async command() {
    const { code } = await anInvite();
    expect(await command(server, "invite", "delete", code)).toMatchObject({ code: 0 });
    expect((await register(code)).status).toBe(403);
  },
  async http() {
    const { code } = await anInvite();
    expect((await server.call("DELETE", `/admin/invites/${code}`, undefined, admin.token)).status).toBe(200);
    expect((await register(code)).status).toBe(403);
  },
  errors: {
    async not_found() {
      const { body } = await server.call("DELETE", "/admin/invites/none", undefined, admin.token);
      expect(body).toMatchObject({ code: "not_found" });
    },
  },
});

describe("registering by invite", () => {
  test("is for the invited: missing, unknown, expired and spent ones let nobody in", async () => {
    const [spent, expired] = [await anInvite("--uses", "1"), await anInvite("--days", "1")];
    await register(spent.code);
    writeRows(server.folder, "update registration_invites set expires_at = ? where code = ?", [
      [Date.now(), expired.code],
    ]);
    for (const invite of [undefined, null, "", "none", "%", spent.code, spent.code.toUpperCase(), expired.code]) {
      expect(await register(invite)).toEqual({
        status: 403,
        body: {
          ...{ success: false, code: "forbidden" },
          message: "This server takes new accounts by invite, and this is no good one.",
        },
      });
    }
    expect(usesOf(spent.code)).toEqual([{ uses: 1 }]);
  });

  test("spends a use only where it makes an account", async () => {
    const { code } = await anInvite("--uses", "1");
    expect((await register(code, admin.name)).status).toBe(409);
    expect((await register(code, "a")).status).toBe(400);
    expect((await register(code, uniqueName(), "short")).status).toBe(400);
    expect(usesOf(code)).toEqual([{ uses: 0 }]);
    expect((await register(code)).status).toBe(201);
  });

  test("who isn't invited learns nothing of names", async () => {
    expect((await register("none", admin.name)).body).toEqual((await register("none")).body);
  });

  test("eight at once with one use are one account", async () => {
    const { code } = await anInvite("--uses", "1");
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(403)]);
    expect(usesOf(code)).toEqual([{ uses: 1 }]);
  });

  test("where all may come, an invite is left alone", async () => {
    const own = await startServer();
    const { json } = await command(own, "invite", "add", "--uses", "1", "--json");
    const account = { username: uniqueName(), password: PASSWORD, invite: json.invite.code };
    expect((await own.call("POST", "/user/register", account)).status).toBe(201);
    expect(readRows(own.folder, "select uses from registration_invites")).toEqual([{ uses: 0 }]);
    await own.stop();
  });
});
