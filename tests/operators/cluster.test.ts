import { afterAll, beforeAll, expect } from "bun:test";
import { administrator, command, operation } from "../harness/operators.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const alone = { number: 0, is_asked: true, state: "alone", slots: null, has_people: true, lag_ms: null };

operation("cluster.status", {
  async command() {
    const { client } = await server.join();
    const { code, json } = await command(server, "cluster", "status", "--json");
    expect(code).toBe(0);
    expect(json.nodes).toEqual([
      expect.objectContaining({ ...alone, pid: process.pid, version: "test", waiting_bytes: null, sessions: 1 }),
    ]);
    expect(json.free_slots).toBeNull();
    expect((await command(server, "cluster", "status")).out).toContain("alone");
    await client.close();
  },
  async http() {
    const admin = await administrator(server);
    const { status, body } = await server.call("GET", "/admin/nodes", undefined, admin.token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ nodes: [alone], free_slots: null });
  },
  errors: {},
});
