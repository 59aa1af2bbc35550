// Pins as a program has them: whole once they were loaded, in the server's order, whatever happens to them.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { clientOf, foundServer, inviteInto, loadChannel, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const pinned = ({ cache }: Client, channel_id: number) =>
  [...(cache.pins.get(channel_id)?.values() ?? [])].map(({ content }) => content);

test("pins are live, in the server's order, and caught up with", async () => {
  const [alice, bob] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  await loadChannel(bob.client, channel_id);
  const posted: number[] = [];
  for (const content of ["one", "two", "three"]) posted.push((await alice.client.send(channel_id, content)).id);
  const [one = 0, two = 0, three = 0] = posted;
  const pin = (message_id: number) => alice.client.ask("pin_message", { message_id });
  for (const id of [two, three, one]) await pin(id);
  await bob.client.settled();
  expect(pinned(bob.client, channel_id)).toEqual(["one", "three", "two"]);
  expect(bob.client.cache.windows.get(channel_id)?.messages.get(two)?.pinned).toBe(true);
  await alice.client.ask("update_message", { message_id: three, content: "three, changed" });
  await alice.client.ask("unpin_message", { message_id: one });
  await bob.client.settled();
  expect(pinned(bob.client, channel_id)).toEqual(["three, changed", "two"]);

  const snapshot = bob.client.snapshot();
  bob.client.close();
  await pin(one);
  await alice.client.ask("delete_message", { message_id: two });
  const again = clientOf(server, bob.user, { snapshot });
  await again.connect();
  await again.settled();
  expect(pinned(again, channel_id)).toEqual(["one", "three, changed"]);

  const later = again.snapshot();
  again.close();
  await pin((await alice.client.send(channel_id, "four")).id);
  const last = clientOf(server, bob.user, { snapshot: later });
  await last.connect();
  await last.settled();
  expect(pinned(last, channel_id)).toEqual(["four", "one", "three, changed"]);
  for (const client of [alice.client, last]) client.close();
});

test("pins of a conversation are live, too", async () => {
  const [alice, bob] = await server.friends();
  const [mine, theirs] = [clientOf(server, alice), clientOf(server, bob)];
  await Promise.all([mine.connect(), theirs.connect()]);
  const { conversation } = await mine.ask("open_conversation", { user_ids: [bob.id] });
  const { channel_id } = conversation;
  const { id } = await mine.send(channel_id, "the address");
  await theirs.ask("get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
  await theirs.ask("get_pins", { channel_id });
  await mine.ask("pin_message", { message_id: id });
  await theirs.settled();
  expect(pinned(theirs, channel_id)).toEqual(["the address"]);
  expect(theirs.cache.windows.get(channel_id)?.messages.get(id)).toMatchObject({
    pinned: true,
    conversation_id: conversation.id,
  });
  await theirs.ask("unpin_message", { message_id: id });
  await theirs.settled();
  expect(pinned(theirs, channel_id)).toEqual([]);
  for (const client of [mine, theirs]) client.close();
});

test("what may not be read any more is forgotten", async () => {
  const [alice, bob] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  await bob.client.ask("get_server_channels", { server_id });
  const { id } = await alice.client.send(channel_id, "the rules");
  await alice.client.ask("pin_message", { message_id: id });
  await bob.client.ask("get_pins", { channel_id });
  expect(pinned(bob.client, channel_id)).toEqual(["the rules"]);
  await alice.client.ask("update_channel", { channel_id, changes: { roles: [] } });
  await bob.client.settled();
  expect(bob.client.cache.pins.has(channel_id)).toBe(false);
  for (const { client } of [alice, bob]) client.close();
});
