// Passwords and accounts that others make: at the machine a password is given, over HTTP a link alone.

import { afterAll, beforeAll, expect } from "bun:test";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command, commandWith, operation } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

let server: TestServer;
let admin: TestUser;
const public_url = "https://orchard.example.org/chat";
beforeAll(async () => {
  server = await startServer({ public_url });
  admin = await administrator(server);
});
afterAll(() => server.stop());

const NEW = "another horse battery";
const logIn = async (name: string, password: string) =>
  (await server.call("POST", "/user/login", { username: name, password })).status;
const reset = (token: string, password = NEW) => server.call("POST", "/user/reset", { token, password });
const tokenIn = (link: string) => /^https:\/\/orchard\.example\.org\/chat\/reset#([\w-]{43})\n?$/.exec(link)?.[1] ?? "";

operation("user.password", {
  async command() {
    const user = await server.join();
    const ran = await commandWith(server, { piped: `${NEW}\nmore` }, "user", "password", user.name, "--password-stdin");
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect((await user.client.closed).code).toBe(4002);
    expect(await logIn(user.name, PASSWORD)).toBe(401);
    expect(await logIn(user.name, NEW)).toBe(200);
  },
  async http() {
    const user = await server.join();
    const asked = { link: false, new_password: NEW };
    const { status, body } = await server.call("POST", `/admin/users/${user.id}/password`, asked, admin.token);
    expect(status).toBe(200);
    const token = tokenIn(body.link);
    // Until it is used nothing changes, but that the owner of the account is told.
    const { data } = await user.client.take("account_notice");
    expect(data).toMatchObject({ operation: "user.password", door: "http" });
    expect(await logIn(user.name, NEW)).toBe(401);
    expect((await reset(token)).body).toEqual({ success: true });
    expect((await user.client.closed).code).toBe(4002);
    expect(await logIn(user.name, NEW)).toBe(200);
    expect((await reset(token)).body.code).toBe("forbidden");
  },
  errors: {
    async not_found() {
      const nobody = await server.call("POST", "/admin/users/1/password", {}, admin.token);
      expect(nobody.body.code).toBe("not_found");
      expect((await command(server, "user", "password", "id:1", "--link")).code).toBe(1);
    },
    async forbidden() {
      const other = await administrator(server);
      const { body } = await server.call("POST", `/admin/users/${other.id}/password`, {}, admin.token);
      expect(body.code).toBe("forbidden");
    },
  },
  also: {
    async "a link is printed alone, and kept as a hash"() {
      const user = await server.user();
      const { code, out } = await command(server, "user", "password", user.name, "--link");
      expect(code).toBe(0);
      const token = tokenIn(out);
      expect(token).toHaveLength(43);
      const stored = JSON.stringify([
        ...readRows(server.folder, "select * from links"),
        ...readRows(server.folder, "select * from operation_entries"),
      ]);
      expect(stored).not.toContain(token);
      expect((await reset(token, "short")).body).toMatchObject({ code: "bad_request", details: { path: "password" } });
      expect((await reset(token)).status).toBe(200);
    },
    async "a link is good for a day, and until the password is set in another way"() {
      const user = await server.user();
      const link = async () => tokenIn((await command(server, "user", "password", user.name, "--link")).out);
      const late = await link();
      writeRows(server.folder, "update links set expires_at = ? where user_id = ?", [[Date.now() - 1, user.id]]);
      expect((await reset(late)).body.code).toBe("forbidden");
      const [one, other] = [await link(), await link()];
      expect((await reset(one)).status).toBe(200);
      expect((await reset(other)).body.code).toBe("forbidden");
    },
    async "whoever sits at a terminal is asked, twice"() {
      const user = await server.user();
      const ask = (...answers: string[]) => commandWith(server, { answers }, "user", "password", user.name);
      expect(await ask(NEW, "a different one")).toMatchObject({ code: 1, err: "orchard: the two are not the same\n" });
      expect((await ask(NEW, NEW)).code).toBe(0);
      expect(await logIn(user.name, NEW)).toBe(200);
    },
    async "without a terminal it wants --password-stdin"() {
      const ran = await command(server, "user", "password", admin.name);
      expect(ran).toMatchObject({ code: 2, err: expect.stringContaining("--password-stdin") });
    },
    async "a suspended user who sets a password stays out"() {
      const user = await server.user();
      const link = tokenIn((await command(server, "user", "password", user.name, "--link")).out);
      await command(server, "user", "suspend", user.name);
      expect((await reset(link)).status).toBe(200);
      expect(await logIn(user.name, NEW)).toBe(403);
    },
  },
});

operation("user.add", {
  async command() {
    const name = uniqueName("carol");
    const ran = await commandWith(server, { piped: `${NEW}\r\n` }, "user", "add", name, "--password-stdin", "--json");
    expect(ran.json).toEqual({ success: true, user: { id: expect.any(Number), name }, link: null });
    expect(await logIn(name, NEW)).toBe(200);
    const boss = uniqueName("boss");
    await commandWith(server, { piped: NEW }, "user", "add", boss, "--admin", "--password-stdin");
    const { token } = await server.login(boss, NEW);
    expect((await server.call("GET", "/admin/users", undefined, token)).status).toBe(200);
  },
  async http() {
    const name = uniqueName("dave");
    const { status, body } = await server.call("POST", "/admin/users", { name, new_password: NEW }, admin.token);
    expect(status).toBe(201);
    expect(body).toEqual({ success: true, user: { id: expect.any(Number), name }, link: expect.any(String) });
    expect(await logIn(name, NEW)).toBe(401);
    expect((await reset(tokenIn(body.link))).status).toBe(200);
    expect(await logIn(name, NEW)).toBe(200);
  },
  errors: {
    async conflict() {
      const { body } = await server.call("POST", "/admin/users", { name: admin.name.toUpperCase() }, admin.token);
      expect(body).toMatchObject({ code: "conflict", details: { path: "name" } });
    },
  },
  also: {
    async "an administrator is made by who proves to know their own password"() {
      const name = uniqueName("erin");
      const { status } = await server.call("POST", "/admin/users", { name, admin: true }, admin.token);
      expect(status).toBe(400);
      const made = { name, admin: true, password: PASSWORD };
      expect((await server.call("POST", "/admin/users", made, admin.token)).status).toBe(201);
      expect(
        readRows(server.folder, "select admin_since from users where name = ?", [name])[0]?.["admin_since"],
      ).not.toBeNull();
    },
    async "also where registration is closed"() {
      const closed = await startServer({ registration: "closed" });
      const { code } = await commandWith(closed, { piped: NEW }, "user", "add", "frank", "--password-stdin");
      expect(code).toBe(0);
      await closed.stop();
    },
    async "a name or a password that can't be one is refused"() {
      expect((await commandWith(server, { piped: NEW }, "user", "add", "!", "--password-stdin")).code).toBe(1);
      expect(
        (await commandWith(server, { piped: "short" }, "user", "add", uniqueName(), "--password-stdin")).code,
      ).toBe(1);
    },
  },
});
