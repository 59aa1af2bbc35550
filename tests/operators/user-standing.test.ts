// Who may log in, who runs the server, and what those concerned see of it.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { botOf } from "../bots/programs.ts";
import { foundServer, inviteInto } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { PASSWORD, type Present, startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { seqsOf, sync } from "../sync/asking.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

/** What the log of operations has of the user. */
const entriesOf = (user_id: number) =>
  readRows(server.folder, "select type, door, actor_id from operation_entries where user_id = ? order by id", [
    user_id,
  ]);

const logIn = (name: string, password = PASSWORD) => server.call("POST", "/user/login", { username: name, password });
const act = (user: { id: number }, verb: string, body: object = {}, by = admin) =>
  server.call("POST", `/admin/users/${user.id}/${verb}`, body, by.token);

/** An event on the user's own topic, but for its numbers. */
const notice = (name: string, door: string) => ({
  ...{ type: "account_notice", topic: "self", seq: expect.any(Number) },
  data: { operation: name, door, created_date: expect.any(String) },
});

async function expectLoggedOut({ client, token }: Present, code: number): Promise<void> {
  expect((await client.closed).code).toBe(code);
  expect((await server.call("GET", "/validate_jwt", undefined, token)).status).toBe(401);
  const again = await fetch(`${server.url}/api/v1/uploads`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  expect(again.status).toBe(401);
}

operation("user.suspend", {
  async command() {
    const spammer = await server.join();
    const ran = await command(server, "user", "suspend", spammer.name, "--reason", "spam", "--until", "7d", "--json");
    expect(ran).toMatchObject({ code: 0, json: { success: true } });
    await expectLoggedOut(spammer, 4003);
    const { status, body } = await logIn(spammer.name);
    expect(status).toBe(403);
    const until = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(body).toEqual({
      success: false,
      code: "suspended",
      message: expect.any(String),
      details: { reason: "spam", until },
    });
    expect(entriesOf(spammer.id)).toEqual([{ type: "user.suspend", door: "command_line", actor_id: null }]);
  },
  async http() {
    const spammer = await server.join();
    const friend = await server.join();
    const server_id = await foundServer(spammer, "Spam and more");
    await inviteInto(server_id, spammer, friend);
    await friend.client.rest();
    expect(await act(spammer, "suspend", { reason: "spam" })).toEqual({ status: 200, body: { success: true } });
    await expectLoggedOut(spammer, 4003);
    // Nothing that they own changes.
    const kept = await friend.client.ask({ type: "get_server", data: { server_id } });
    expect(kept["data"].server).toMatchObject({ owner_id: spammer.id, num_members: 2 });
    const { body } = await server.call("GET", `/admin/users/${spammer.id}`, undefined, admin.token);
    expect(body.user).toMatchObject({ suspended: { until: null, reason: "spam" }, logins: [] });
    expect(entriesOf(spammer.id)).toEqual([{ type: "user.suspend", door: "http", actor_id: admin.id }]);
    await friend.client.close();
  },
  errors: {
    async not_found() {
      expect((await act({ id: 1 }, "suspend")).body.code).toBe("not_found");
      expect((await command(server, "user", "suspend", "id:1")).code).toBe(1);
    },
    async forbidden() {
      const other = await administrator(server);
      expect((await act(other, "suspend")).body.code).toBe("forbidden");
      expect((await act(admin, "suspend")).body.code).toBe("forbidden");
      expect((await command(server, "user", "suspend", other.name)).code).toBe(0);
      expect((await logIn(other.name)).body.code).toBe("suspended");
    },
  },
  also: {
    async "only the right password tells of it"() {
      const spammer = await server.user();
      await act(spammer, "suspend", { reason: "spam" });
      const wrong = await logIn(spammer.name, "wrong horse battery");
      expect(wrong.body).toEqual((await logIn("nobody-at-all", "wrong horse battery")).body);
      expect(wrong.status).toBe(401);
    },
    async "it is over when its time is"() {
      const spammer = await server.user();
      await act(spammer, "suspend", { until: "1d" });
      expect((await logIn(spammer.name)).body.code).toBe("suspended");
      writeRows(server.folder, "update users set suspended_until = ? where id = ?", [[Date.now() - 1, spammer.id]]);
      expect((await logIn(spammer.name)).status).toBe(200);
      const { body } = await server.call("GET", `/admin/users/${spammer.id}`, undefined, admin.token);
      expect(body.user.suspended).toBeNull();
    },
    async "administrators do nothing to each other's bots, and what they like to their own"() {
      const [other, mine] = await Promise.all([administrator(server), botOf(server, admin)]);
      const theirs = await botOf(server, other);
      for (const verb of ["suspend", "unsuspend", "logout"]) {
        expect((await act(theirs, verb)).body.code).toBe("forbidden");
      }
      const remove = ({ id }: TestUser) =>
        server.call("DELETE", `/admin/users/${id}`, { password: PASSWORD }, admin.token);
      expect((await remove(theirs)).body.code).toBe("forbidden");
      expect((await server.call("GET", "/validate_jwt", undefined, theirs.token)).status).toBe(200);
      expect((await act(mine, "suspend")).status).toBe(200);
      expect((await remove(mine)).status).toBe(200);
      expect((await command(server, "user", "suspend", `id:${theirs.id}`)).code).toBe(0);
    },
    async "a time that has passed is refused"() {
      const spammer = await server.user();
      for (const until of ["2020-01-01", "soon", "0d"]) {
        expect((await act(spammer, "suspend", { until })).body).toMatchObject({ details: { path: "until" } });
      }
      expect((await logIn(spammer.name)).status).toBe(200);
    },
    async "a log-in under way while it is made doesn't outlive it"() {
      const spammer = await server.user();
      const attempts = Array.from({ length: 8 }, () => logIn(spammer.name));
      await act(spammer, "suspend");
      for (const { status, body } of await Promise.all(attempts)) {
        if (status !== 200) expect(body.code).toBe("suspended");
        else expect((await server.call("GET", "/validate_jwt", undefined, body.token)).status).toBe(401);
      }
    },
  },
});

operation("user.unsuspend", {
  async command() {
    const user = await server.user();
    await command(server, "user", "suspend", user.name);
    expect((await command(server, "user", "unsuspend", user.name)).code).toBe(0);
    expect((await logIn(user.name)).status).toBe(200);
  },
  async http() {
    const user = await server.join();
    const seqs = await seqsOf(user, ["self"]);
    await act(user, "suspend", { reason: "by mistake" });
    expect((await act(user, "unsuspend")).status).toBe(200);
    const client = await server.connect(await server.login(user.name));
    // What happened while they were away, they catch up on.
    const { events } = (await sync({ ...user, client }, seqs))["self"];
    expect(events).toEqual([notice("user.suspend", "http"), notice("user.unsuspend", "http")]);
    await client.close();
  },
  errors: {
    async not_found() {
      expect((await act({ id: 1 }, "unsuspend")).body.code).toBe("not_found");
    },
    async forbidden() {
      const other = await administrator(server);
      await command(server, "user", "suspend", other.name);
      expect((await act(other, "unsuspend")).body.code).toBe("forbidden");
    },
    async conflict() {
      const user = await server.user();
      expect((await act(user, "unsuspend")).body.code).toBe("conflict");
    },
  },
});

operation("user.logout", {
  async command() {
    const user = await server.join();
    expect((await command(server, "user", "logout", `id:${user.id}`)).code).toBe(0);
    await expectLoggedOut(user, 4002);
    expect((await logIn(user.name)).status).toBe(200);
  },
  async http() {
    const user = await server.join();
    expect((await act(user, "logout")).status).toBe(200);
    await expectLoggedOut(user, 4002);
    expect(entriesOf(user.id)).toEqual([{ type: "user.logout", door: "http", actor_id: admin.id }]);
  },
  errors: {
    async not_found() {
      expect((await act({ id: 1 }, "logout")).body.code).toBe("not_found");
    },
    async forbidden() {
      expect((await act(await administrator(server), "logout")).body.code).toBe("forbidden");
    },
  },
});

test("whoever comes to run the server is nobody's to become by a link of before", async () => {
  const user = await server.user();
  const { body } = await act(user, "password", { password: PASSWORD });
  const [, token] = String(body.link).split("#");
  await command(server, "user", "admin", user.name, "on");
  const reset = await server.call("POST", "/user/reset", { token, password: "wrong horse battery" });
  expect(reset.status).not.toBe(200);
  expect((await logIn(user.name)).status).toBe(200);
});

operation("user.admin", {
  async command() {
    const user = await server.join();
    const users = () => server.call("GET", "/admin/users", undefined, user.token);
    expect((await users()).status).toBe(404);
    expect((await command(server, "user", "admin", user.name, "on")).code).toBe(0);
    // At once, by the log-in that there is.
    expect((await users()).status).toBe(200);
    expect(await user.client.take("account_notice")).toEqual(notice("user.admin", "command_line"));
    expect((await command(server, "user", "admin", user.name, "off")).code).toBe(0);
    expect((await users()).status).toBe(404);
    const unread = await command(server, "user", "admin", user.name, "perhaps");
    expect([unread.code, unread.err]).toEqual([2, "orchard: <on|off> wants on or off\n"]);
    await user.client.close();
  },
  async http() {
    const user = await server.join();
    expect((await act(user, "admin", { admin: true, password: PASSWORD })).status).toBe(200);
    expect(await user.client.take("account_notice")).toEqual(notice("user.admin", "http"));
    // Their own right they may lay down.
    expect((await act(user, "admin", { admin: false, password: PASSWORD }, user)).status).toBe(200);
    expect(await user.client.rest()).toEqual([]);
    await user.client.close();
  },
  errors: {
    async not_found() {
      expect((await act({ id: 1 }, "admin", { admin: true, password: PASSWORD })).body.code).toBe("not_found");
    },
    async forbidden() {
      const other = await administrator(server);
      expect((await act(other, "admin", { admin: false, password: PASSWORD })).body.code).toBe("forbidden");
    },
    async conflict() {
      const own = await startServer();
      const only = await administrator(own);
      const off = () =>
        own.call("POST", `/admin/users/${only.id}/admin`, { admin: false, password: PASSWORD }, only.token);
      expect((await off()).body.code).toBe("conflict");
      const second = await administrator(own);
      const both = [only, second].map(({ id, token }) =>
        own.call("POST", `/admin/users/${id}/admin`, { admin: false, password: PASSWORD }, token),
      );
      // One of two at the same time stays.
      expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 409]);
      for (const { name } of [only, second]) expect((await command(own, "user", "admin", name, "off")).code).toBe(0);
      await own.stop();
    },
  },
  also: {
    async "the administrator proves to know their own password"() {
      const user = await server.user();
      expect((await act(user, "admin", { admin: true })).body).toMatchObject({ details: { path: "password" } });
      const wrong = await act(user, "admin", { admin: true, password: "wrong horse battery" });
      expect(wrong).toMatchObject({ status: 401, body: { details: { path: "password" } } });
      expect(entriesOf(user.id)).toEqual([]);
    },
  },
});
