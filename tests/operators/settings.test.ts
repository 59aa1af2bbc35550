import { afterAll, beforeAll, expect } from "bun:test";
import { refusal } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

const set = (name: string, value: string) => server.call("POST", "/admin/settings", { name, value }, admin.token);
const register = () => server.call("POST", "/user/register", { username: uniqueName(), password: PASSWORD });

operation("settings.list", {
  async command() {
    const { json } = await command(server, "settings", "list", "--json");
    expect(json.settings).toContainEqual({
      ...{ name: "registration", value: "open", fixed: false },
      doc: "who may make an account: open, invite, closed",
    });
  },
  async http() {
    const fixed = await startServer({ registration: "closed", fixed_settings: { registration: "closed" } });
    const own = await fixed.restart();
    const { json } = await command(own, "settings", "list", "--json");
    expect(json.settings).toContainEqual(
      expect.objectContaining({ name: "registration", value: "closed", fixed: true }),
    );
    await own.stop();
    const { status, body } = await server.call("GET", "/admin/settings", undefined, admin.token);
    expect(status).toBe(200);
    expect(body.settings.map(({ name }: { name: string }) => name)).toContain("server_creation");
  },
  errors: {},
});

operation("settings.set", {
  async command() {
    expect((await command(server, "settings", "set", "registration", "closed")).code).toBe(0);
    expect((await register()).status).toBe(403);
    server = await server.restart();
    expect((await register()).status).toBe(403);
    expect((await command(server, "settings", "set", "registration", "")).code).toBe(0);
    expect((await register()).status).toBe(201);
    const { json } = await command(server, "audit", "--what", "settings.set", "--json");
    const details = { name: "registration", before: "open", value: "closed" };
    expect(json.entries.at(-1)).toMatchObject({ type: "settings.set", details });
  },
  async http() {
    expect((await set("instance_name", "The Orchard")).body.setting).toMatchObject({ value: "The Orchard" });
    const greeting = await fetch(server.url).then((response) => response.json());
    expect(greeting).toMatchObject({ instance: { name: "The Orchard", icon: "" } });
  },
  errors: {
    async not_found() {
      expect((await set("jwt_secret", "x".repeat(40))).body.code).toBe("not_found");
      expect((await set("__proto__", "x")).body.code).toBe("not_found");
    },
    async conflict() {
      const fixed = await startServer({ fixed_settings: { registration: "open" } });
      expect((await command(fixed, "settings", "set", "registration", "closed")).code).toBe(1);
      await fixed.stop();
    },
  },
  also: {
    async "who may make servers"() {
      await set("server_creation", "admins");
      const alice = await server.join();
      expect(await refusal(alice, "add_server", { name: "Mine" })).toMatchObject({ code: "forbidden" });
      await command(server, "user", "admin", alice.name, "on");
      await alice.client.take("account_notice");
      const made = await alice.client.ask({ type: "add_server", data: { name: "Mine" } });
      expect(made["type"]).toBe("add_server");
      await set("server_creation", "everyone");
      await alice.client.close();
    },
    async "of two at once each says what it found"() {
      const entries = () =>
        readRows(server.folder, "select details from operation_entries where type = 'settings.set' order by id").map(
          ({ details }) => JSON.parse(String(details)),
        );
      await set("instance_name", "zero");
      const from = entries().length;
      const names = ["one", "two", "three"];
      await Promise.all(names.map((name) => set("instance_name", name)));
      const told = entries().slice(from);
      expect(told.map(({ value }) => value).toSorted()).toEqual(names.toSorted());
      const chain = ["zero", ...told.map(({ value }) => value)];
      expect(told.map(({ before }) => before)).toEqual(chain.slice(0, -1));
      await set("instance_name", "");
    },
    async "a value that is none is refused"() {
      expect((await set("registration", "perhaps")).body).toMatchObject({ details: { path: "value" } });
      expect((await set("instance_name", "two\nlines")).body).toMatchObject({ details: { path: "value" } });
    },
  },
});
