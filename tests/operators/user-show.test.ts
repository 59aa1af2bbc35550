import { afterAll, beforeAll, expect } from "bun:test";
import { foundServer } from "../harness/community.ts";
import { writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

operation("user.show", {
  async command() {
    const alice = await server.join();
    const server_id = await foundServer(alice, "Film night");
    const { code, json } = await command(server, "user", "show", alice.name.toUpperCase(), "--json");
    expect(code).toBe(0);
    expect(json).toMatchObject({
      success: true,
      user: {
        ...{ id: alice.id, name: alice.name, email: null, sessions: 1, servers: 1, upload_bytes: 0 },
        ...{ suspended: null, admin: false },
        servers_owned: [{ id: server_id, name: "Film night", num_members: 1 }],
        logins: [{ id: expect.any(Number), address: "127.0.0.1", created_date: expect.any(String) }],
      },
    });
    const table = await command(server, "user", "show", `id:${alice.id}`);
    for (const word of [alice.name, "Film night", "upload bytes"]) expect(table.out).toContain(word);
    await alice.client.close();
  },
  async http() {
    const alice = await server.user();
    const sizes = [17, 4].map((bytes, id) => [2 ** 52 + id, alice.id, bytes]);
    const upload = `insert into uploads (id, user_id, hash, type, width, height, bytes, created_at)
      values (?, ?, 'a', 'image/png', 1, 1, ?, 1)`;
    writeRows(server.folder, upload, sizes);
    const { status, body } = await server.call("GET", `/admin/users/${alice.id}`, undefined, admin.token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, user: { id: alice.id, sessions: 0, upload_bytes: 21 } });
    expect(JSON.stringify(body)).not.toContain("argon2");
  },
  errors: {
    async not_found() {
      const nobody = await command(server, "user", "show", "nobody.at-all");
      expect(nobody).toMatchObject({ code: 1, out: "", err: 'orchard: There is nobody called "nobody.at-all".\n' });
      const { status, body } = await server.call("GET", "/admin/users/1", undefined, admin.token);
      expect(status).toBe(404);
      expect(body.code).toBe("not_found");
    },
  },
  also: {
    async "an id that is none is refused"() {
      const { status, body } = await server.call("GET", "/admin/users/alice", undefined, admin.token);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: "bad_request", details: { path: "user_id" } });
    },
  },
});
