import { afterAll, beforeAll, expect, test } from "bun:test";
import { refusal } from "../harness/community.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** In all processes. */
async function rooms(): Promise<number> {
  const counted = server.urls.map(async (url) => {
    const counts = await (await fetch(`${url}/metrics`)).text();
    return Number(/^orchard_actors\{kind="room"\} (\d+)$/m.exec(counts)?.[1]);
  });
  return (await Promise.all(counted)).reduce((sum, count) => sum + count, 0);
}

test("guessing the ids of servers starts no rooms", async () => {
  const mallory = await server.join();
  for (let server_id = 1; server_id <= 20; server_id += 1) {
    for (const [type, data] of [
      ["get_server", { server_id }],
      ["get_read_state", { server_id }],
      ["get_mentions", { server_id, amount: 1, anchor: 0 }],
      ["subscribe", { topics: [`server:${server_id}`] }],
    ] as const) {
      expect(await refusal(mallory, type, data)).toMatchObject({ code: "not_found" });
    }
  }
  expect(await rooms()).toBe(0);
});
