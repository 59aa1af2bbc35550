import { afterAll, beforeAll, expect } from "bun:test";
import { writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

const list = (query: string) => server.call("GET", `/admin/users?${query}`, undefined, admin.token);
const idsOf = ({ body }: { body: { users: { id: number }[] } }) => body.users.map(({ id }) => id);

operation("user.list", {
  async command() {
    const alice = await server.user(uniqueName("Ärgernis"));
    const found = await command(server, "user", "list", "--search", "äRGER", "--json");
    expect(found.json).toEqual({ success: true, users: [expect.objectContaining({ id: alice.id })], has_more: false });
    const table = await command(server, "user", "list");
    expect(table.out).toContain(alice.name);
    expect(table.out.split("\n")[0]).toMatch(/^id +name +email/);
  },
  async http() {
    const [one, other] = [await server.user(uniqueName("paul")), await server.user(uniqueName("paul"))];
    writeRows(server.folder, "update users set email = ? where id = ?", [["Someone@Example.org", other.id]]);
    expect(idsOf(await list("search=paul-"))).toEqual([one.id, other.id]);
    expect(idsOf(await list("search=one@example"))).toEqual([other.id]);
    expect(idsOf(await list("search=%25"))).toEqual([]);
    const first = await list("search=paul-&amount=1");
    expect(first.body).toMatchObject({ has_more: true, users: [{ id: one.id }] });
    const second = await list(`search=paul-&amount=1&anchor=${one.id}`);
    expect(second.body).toMatchObject({ has_more: false, users: [{ id: other.id, sessions: 0, servers: 0 }] });
  },
  errors: {},
  also: {
    async "by how they stand"() {
      const [one, other] = [await server.user(), await server.user()];
      await command(server, "user", "suspend", one.name);
      expect(idsOf(await list("status=suspended"))).toEqual([one.id]);
      expect(idsOf(await list("status=admin"))).toEqual([admin.id]);
      expect(idsOf(await list("status=active"))).toContain(other.id);
      expect(idsOf(await list("status=active"))).not.toContain(one.id);
      expect((await list("status=gone")).body).toMatchObject({ code: "bad_request", details: { path: "status" } });
      expect((await list("amount=101")).body).toMatchObject({ details: { path: "amount" } });
    },
    async "those who are gone are left out"() {
      const gone = await server.user(uniqueName("gone"));
      await server.call("DELETE", "/user", { password: "correct horse battery" }, gone.token);
      expect(idsOf(await list("search=gone-"))).toEqual([]);
    },
  },
});
