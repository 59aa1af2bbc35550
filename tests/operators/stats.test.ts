import { afterAll, beforeAll, expect } from "bun:test";
import { done, foundServer } from "../harness/community.ts";
import { writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

operation("stats.show", {
  async command() {
    const { code, out } = await command(server, "stats");
    expect(code).toBe(0);
    for (const words of ["users", "messages today", "commit mean ms"]) expect(out).toContain(words);
    expect(out).toMatch(/^commit mean ms +\d+\.\d\d *$/m);
  },
  async http() {
    const admin = await administrator(server);
    const [alice, bob] = [await server.join(), await server.join()];
    const server_id = await foundServer(alice);
    const { categories } = await done(alice, "get_server_channels", { server_id });
    const channel_id = categories[0].channels[0].id;
    for (const content of ["one", "two"]) await done(alice, "add_message", { channel_id, content });
    const gone = await server.user();
    await server.call("DELETE", "/user", { password: "correct horse battery" }, gone.token);
    const yesterday = "update messages set created_at = 1, id = 5 where content = 'one'";
    writeRows(server.folder, yesterday, [[]]);
    const { status, body } = await server.call("GET", "/admin/stats", undefined, admin.token);
    expect(status).toBe(200);
    expect(body.stats).toMatchObject({ users: 3, online: 2, sessions: 2, messages_today: 1, upload_bytes: 0 });
    expect(body.stats.commits).toBeGreaterThan(0);
    expect(body.stats.commit_mean_ms).toBeGreaterThan(0);
    await Promise.all([alice.client.close(), bob.client.close()]);
  },
  errors: {},
});
