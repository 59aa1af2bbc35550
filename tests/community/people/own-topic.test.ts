// Somebody's own topic, of which the row that was told last may be gone: what was read in a channel is purged once the
// channel is deleted.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { done, foundServer } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Has read something, and nothing of that is stored any more. */
async function whoseMarkIsPurged(): Promise<{ alice: Present; marked: number }> {
  const alice = await server.join();
  const phone = await server.connect(alice);
  const server_id = await foundServer(alice);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const channel_id = categories[0].channels[0].id;
  const { message } = await done(alice, "add_message", { channel_id, content: "hello" });
  await done(alice, "mark_read", { channel_id, message_id: message.id });
  const told = (await phone.rest()).find(({ type }) => type === "read_state_changed");
  writeRows(server.folder, "delete from read_states where user_id = ?", [[alice.id]]);
  return { alice, marked: told?.["seq"] };
}

test("friends are listed as of what was told", async () => {
  const { alice, marked } = await whoseMarkIsPurged();
  expect(await done(alice, "get_friends")).toEqual({ friends: [], seq: marked });
});

test("servers are listed", async () => {
  const { alice } = await whoseMarkIsPurged();
  expect((await done(alice, "get_servers")).servers).toHaveLength(1);
});

test("who comes back from before it is brought up to date, as of what was told", async () => {
  const { alice, marked } = await whoseMarkIsPurged();
  const epoch = alice.client.seen.find(({ type }) => type === "ready")?.["data"].epoch;
  const { topics } = await done(alice, "sync", { epoch, topics: { self: 1 } });
  expect(topics.self.seq).toBe(marked);
  expect(topics.self.events.map(({ type }: { type: string }) => type)).toEqual(["server_added"]);
});
