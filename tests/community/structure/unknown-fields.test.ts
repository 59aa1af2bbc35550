import { afterAll, beforeAll, expect, test } from "bun:test";
import { done, foundServer } from "../../harness/community.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { anOrchard, promote, told } from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test("update_server makes nobody the owner, and counts no members", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  await promote(orchard, bob, ["manage_server"]);
  const changes = { name: "Mine", owner_id: bob.id, num_members: -5, seq: 1, default_role_id: 1 };
  const { server: changed } = await done(bob, "update_server", { server_id, changes });
  expect(changed).toMatchObject({ name: "Mine", owner_id: alice.id, num_members: 2 });
  expect(await alice.client.rest()).toEqual([told(orchard, "server_updated", { name: "Mine" })]);
  expect((await done(alice, "get_server", { server_id })).server).toMatchObject({ owner_id: alice.id });
});

test("update_server of one's own server leaves another's alone", async () => {
  const { alice, mallory, server_id } = await anOrchard(server);
  const own = await foundServer(mallory, "Mallory's");
  const changes = { name: "Stolen", id: server_id, owner_id: mallory.id };
  const { server: changed } = await done(mallory, "update_server", { server_id: own, changes });
  expect(changed).toMatchObject({ id: own, name: "Stolen" });
  expect((await done(alice, "get_servers")).servers).toMatchObject([{ id: server_id, name: "Orchard" }]);
});
