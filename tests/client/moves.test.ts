// Channels that are moved: a program never sees an order that is neither the one before nor the one after.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { foundServer, inviteInto, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const orderIn = ({ cache }: Client, server_id: number) =>
  [...(cache.servers.get(server_id)?.channels?.values() ?? [])].map(({ name }) => name).join(" ");

/** Each order that the program could see, once for each time that it came to be. */
function watch(client: Client, server_id: number): string[] {
  const seen = [orderIn(client, server_id)];
  client.on("change", () => {
    const order = orderIn(client, server_id);
    if (order !== seen.at(-1)) seen.push(order);
  });
  return seen;
}

test("orders are seen whole, by who moves and by who is told", async () => {
  const [alice, bob] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  const loaded = await alice.client.ask("get_server_channels", { server_id });
  const category_id = loaded.categories[0]?.id ?? 0;
  const ids = [channel_id];
  for (const name of ["b", "c", "d"]) {
    ids.push((await alice.client.ask("add_channel", { server_id, name, category_id })).channel.id);
  }
  await bob.client.ask("get_server_channels", { server_id });
  const seen = [watch(alice.client, server_id), watch(bob.client, server_id)];
  const channels = ids.toReversed().map((id, position) => ({ id, category_id, position }));
  await alice.client.ask("move_channels", { server_id, channels });
  expect(orderIn(alice.client, server_id)).toBe("d c b general");
  await bob.client.settled();
  await alice.client.settled();
  expect(seen).toEqual([
    ["general b c d", "d c b general"],
    ["general b c d", "d c b general"],
  ]);
  await alice.client.ask("update_channel", { channel_id, changes: { position: 0 } });
  await bob.client.settled();
  expect(seen[1]).toEqual(["general b c d", "d c b general", "general d c b"]);
  for (const { client } of [alice, bob]) client.close();
});
