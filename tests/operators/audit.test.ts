import { afterAll, beforeAll, expect } from "bun:test";
import { administrator, command, operation } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

const audit = async (query: string) => (await server.call("GET", `/admin/audit?${query}`, undefined, admin.token)).body;

operation("audit.list", {
  async command() {
    const user = await server.user();
    await command(server, "user", "suspend", user.name, "--reason", "unmentionable", "--until", "1d");
    await command(server, "user", "unsuspend", user.name);
    const { json } = await command(server, "audit", "--who", user.name, "--json");
    expect(json.entries).toMatchObject([
      { type: "user.unsuspend", door: "command_line", actor: null, user: { id: user.id, name: user.name } },
      { type: "user.suspend", details: { until: expect.any(String) } },
    ]);
    expect(JSON.stringify(json)).not.toContain("unmentionable");
    expect((await command(server, "audit")).out).toContain("user.suspend");
  },
  async http() {
    const user = await server.user();
    await server.call("POST", `/admin/users/${user.id}/logout`, {}, admin.token);
    await server.call("POST", `/admin/users/${user.id}/admin`, { admin: true, password: PASSWORD }, admin.token);
    const of_user = await audit(`who=id:${user.id}`);
    expect(of_user.entries).toMatchObject([
      { type: "user.admin", door: "http", actor: { id: admin.id, name: admin.name }, details: { admin: true } },
      { type: "user.logout" },
    ]);
    const [newest] = of_user.entries;
    expect((await audit(`who=id:${user.id}&amount=1`)).has_more).toBe(true);
    expect((await audit(`who=id:${user.id}&anchor=${newest.id}`)).entries).toMatchObject([{ type: "user.logout" }]);
    expect((await audit(`who=id:${user.id}&what=user.logout`)).entries).toHaveLength(1);
    expect((await audit(`who=${encodeURIComponent(admin.name)}&what=user.admin`)).entries.length).toBeGreaterThan(0);
    expect((await audit("since=2999-01-01")).entries).toEqual([]);
    expect((await audit("since=1h")).entries.length).toBeGreaterThan(0);
    expect(JSON.stringify(await audit(""))).not.toContain(PASSWORD);
  },
  errors: {
    async not_found() {
      expect((await audit("who=nobody-at-all")).code).toBe("not_found");
    },
  },
  also: {
    async "an account that was made by an operation has its beginning there, too"() {
      const user = await server.user();
      const { json } = await command(server, "user", "add", `${user.name}-2`, "--link", "--json");
      const made = (await audit(`who=${user.name}-2`)).entries;
      expect(made).toMatchObject([{ type: "user.add", user: json["user"], details: { admin: false } }]);
    },
    async "what was refused leaves none"() {
      const user = await server.user();
      await command(server, "user", "unsuspend", user.name);
      expect((await audit(`who=id:${user.id}`)).entries).toEqual([]);
    },
  },
});
