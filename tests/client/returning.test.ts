// A client whose server was away, or that was away itself: what it kept is brought up to date.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import { writeRows } from "../harness/database.ts";
import type { TestServer } from "../harness/server.ts";
import {
  clientOf,
  foundServer,
  inviteInto,
  loadAll,
  next,
  present,
  type RestartableServer,
  sharedPicture,
  startRestartable,
} from "./programs.ts";

let server: RestartableServer;
beforeAll(async () => {
  server = await startRestartable();
});
afterAll(() => server.end());

const contentsOf = (client: Client, channel_id: number) =>
  [...(client.cache.windows.get(channel_id)?.messages.values() ?? [])].map(({ content }) => content);

async function expectFresh(now: TestServer, one: Awaited<ReturnType<typeof present>>): Promise<void> {
  await one.client.settled();
  const { client: fresh } = await present(now, { user: one.user });
  await loadAll(fresh);
  expect(sharedPicture(one.client.cache, fresh.cache)).toEqual(sharedPicture(fresh.cache, one.client.cache));
  fresh.close();
}

test("a server that starts again, and what happened while one came back", async () => {
  const [alice, bob] = [await present(server.now), await present(server.now)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  await Promise.all([loadAll(alice.client), loadAll(bob.client)]);
  const synced = Promise.all([next(alice.client, "synced"), next(bob.client, "synced")]);
  await server.stop();
  const sent = [alice.client.send(channel_id, "from alice"), bob.client.send(channel_id, "from bob")];
  await server.start();
  await Promise.all([...sent, synced]);
  for (const one of [alice, bob]) {
    await expectFresh(server.now, one);
    expect(contentsOf(one.client, channel_id).toSorted()).toEqual(["from alice", "from bob"]);
    one.client.close();
  }
});

test("a program that was closed goes on from its snapshot", async () => {
  const [alice, bob] = [await present(server.now), await present(server.now)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  await loadAll(bob.client);
  const snapshot = bob.client.snapshot();
  bob.client.close();
  await alice.client.ask("add_channel", { server_id, name: "attic" });
  await alice.client.ask("add_role", { server_id, name: "mods" });
  for (const word of ["one", "two"]) await alice.client.send(channel_id, word);
  const later = clientOf(server.now, bob.user, { snapshot });
  await later.connect();
  expect(contentsOf(later, channel_id)).toEqual(["one", "two"]);
  expect([...(later.cache.servers.get(server_id)?.channels?.values() ?? [])].map(({ name }) => name)).toEqual([
    "attic",
    "general",
  ]);
  await expectFresh(server.now, { user: bob.user, client: later });
  for (const one of [alice.client, later]) one.close();
});

test("a restored backup: what is kept is thrown away and loaded again", async () => {
  const alice = await present(server.now);
  const { channel_id } = await foundServer(alice.client);
  await loadAll(alice.client);
  await alice.client.send(channel_id, "in the backup");
  const synced = next(alice.client, "synced");
  await server.stop();
  writeRows(server.now.folder, "delete from settings where key = 'epoch'", [[]]);
  writeRows(server.now.folder, "update messages set content = 'restored' where channel_id = ?", [[channel_id]]);
  await server.start();
  await synced;
  expect(contentsOf(alice.client, channel_id)).toEqual(["restored"]);
  await expectFresh(server.now, alice);
  alice.client.close();
});
