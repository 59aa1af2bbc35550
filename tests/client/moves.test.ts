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

/** The same with the categories before it, and each channel's: one that isn't there is `?`. */
function placesIn({ cache }: Client, server_id: number): string {
  const { categories, channels } = cache.servers.get(server_id) ?? {};
  const nameOf = (id: number | null) => (id === null ? "" : (categories?.get(id)?.name ?? "?"));
  const listed = [...(channels?.values() ?? [])].map(({ name, category_id }) => `${nameOf(category_id)}/${name}`);
  return [...[...(categories?.values() ?? [])].map(({ name }) => name), ...listed].join(" ");
}

/** Each order that the program could see, once for each time that it came to be. */
function watch(client: Client, server_id: number, look = orderIn): string[] {
  const seen = [look(client, server_id)];
  client.on("change", () => {
    const order = look(client, server_id);
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

test("by who gains or loses sight of a channel or a category as well", async () => {
  const [{ client: alice }, { client: bob }] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { categories } = await alice.ask("get_server_channels", { server_id });
  const start = categories[0]?.id ?? 0;
  await alice.ask("update_category", { category_id: start, changes: { name: "A" } });
  const role_id = (await alice.ask("get_server_roles", { server_id })).roles[0]?.id ?? 0;
  const overwrites = [{ role_id, allow: [], deny: ["view_channel" as const] }];
  const cellar = (await alice.ask("add_category", { server_id, name: "K", overwrites })).category.id;
  const add = async (name: string, category_id: number, allow: "view_channel"[] = []) => {
    const more = allow.length > 0 ? { overwrites: [{ role_id, allow, deny: [] }] } : {};
    return (await alice.ask("add_channel", { server_id, name, category_id, ...more })).channel.id;
  };
  await add("b", start);
  const [hidden, open] = [await add("h", cellar), await add("v", cellar, ["view_channel"])];
  await bob.ask("get_server_channels", { server_id });
  const seen = watch(bob, server_id, placesIn);
  const moving = (id: number, category_id: number, position: number) => ({ id, category_id, position });
  await alice.ask("move_channels", { server_id, channels: [moving(hidden, start, 0)] });
  await bob.settled();
  // It was the last that showed where it stood.
  await alice.ask("move_channels", { server_id, channels: [moving(open, start, 0)] });
  await bob.settled();
  await alice.ask("update_channel", { channel_id: open, changes: { category_id: cellar, position: 0 } });
  await bob.settled();
  const channels = [moving(hidden, cellar, 0), moving(channel_id, start, 5)];
  await alice.ask("move_channels", { server_id, channels });
  await bob.settled();
  expect(seen).toEqual([
    "A K A/general A/b K/v",
    "A K A/h A/general A/b K/v",
    "A A/v A/h A/general A/b",
    "A K A/h A/general A/b K/v",
    "A K A/b A/general K/v",
  ]);
  for (const client of [alice, bob]) client.close();
});
