// Where channels and categories come to stand, as members are shown them, and who is told that they made room.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { addChannel, anOrchard, type Orchard, promote, quiet, told } from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** The names of the channels in the category, as bob is shown them. */
async function shown({ bob, server_id }: Orchard, category_id: number | null): Promise<string> {
  const { categories } = await done(bob, "get_server_channels", { server_id });
  const inside = categories.find(({ id }: Json) => id === category_id)?.channels ?? [];
  return inside.map(({ name }: Json) => name).join(" ");
}

/** A category with channels of these names, in this order. */
async function aCategory(orchard: Orchard, ...names: string[]) {
  const { category } = await done(orchard.alice, "add_category", { server_id: orchard.server_id, name: "Rows" });
  const ids: Record<string, number> = {};
  for (const name of names) ids[name] = await addChannel(orchard, { name, category_id: category.id });
  return { id: category.id as number, ids };
}

const move = ({ alice }: Orchard, channel_id: number | undefined, changes: Json) =>
  done(alice, "update_channel", { channel_id, changes });

test("a channel lands at the position, before and after others, and those that made room are told", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob } = orchard;
  const { id, ids } = await aCategory(orchard, "a", "b", "c", "d");
  await quiet(alice, bob);
  expect((await move(orchard, ids["d"], { position: 1 })).channel.position).toBe(1);
  expect(await bob.client.rest()).toEqual([
    told(orchard, "channel_updated", { channel: { id: ids["d"], position: 1 }, more: true }),
    told(orchard, "channel_updated", { channel: { id: ids["b"], position: 2 }, more: true }),
    told(orchard, "channel_updated", { channel: { id: ids["c"], position: 3 } }),
  ]);
  expect(await shown(orchard, id)).toBe("a d b c");
  await move(orchard, ids["a"], { position: 2 });
  expect(await shown(orchard, id)).toBe("d b a c");
  await move(orchard, ids["c"], { position: 0 });
  expect(await shown(orchard, id)).toBe("c d b a");
  await quiet(bob);
  await move(orchard, ids["c"], { position: 0 });
  expect(await bob.client.rest()).toEqual([]);
});

test("between categories a channel lands at the position too, and last where none is given", async () => {
  const orchard = await anOrchard(server);
  const from = await aCategory(orchard, "x", "y");
  const { id, ids } = await aCategory(orchard, "a", "b");
  await move(orchard, from.ids["y"], { category_id: id, position: 1 });
  expect(await shown(orchard, id)).toBe("a y b");
  await move(orchard, from.ids["x"], { category_id: id });
  expect(await shown(orchard, id)).toBe("a y b x");
  await move(orchard, ids["a"], { category_id: null, position: 0 });
  expect(await shown(orchard, null)).toBe("a");
});

test("who can't view a channel that makes room is told nothing of it", async () => {
  const orchard = await anOrchard(server);
  const { bob, default_role_id } = orchard;
  const { id, ids } = await aCategory(orchard, "a", "b");
  const overwrites = [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }];
  await move(orchard, ids["a"], { overwrites });
  await quiet(bob);
  await move(orchard, ids["b"], { position: 0 });
  expect(await bob.client.rest()).toEqual([
    told(orchard, "channel_updated", { channel: { id: ids["b"], position: 0 } }),
  ]);
  expect(await shown(orchard, id)).toBe("b");
});

test("categories land likewise", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id, category_id } = orchard;
  const one = await aCategory(orchard, "in-one");
  const two = await aCategory(orchard, "in-two");
  const order = async () =>
    (await done(bob, "get_server_channels", { server_id })).categories.map(({ id }: Json) => id);
  await done(alice, "update_category", { category_id: two.id, changes: { position: 0 } });
  expect(await order()).toEqual([two.id, category_id, one.id]);
  await quiet(bob);
  await done(alice, "update_category", { category_id: two.id, changes: { position: 1 } });
  expect(await bob.client.rest()).toEqual([
    told(orchard, "category_updated", { category: { id: two.id, position: 1 }, more: true }),
    told(orchard, "category_updated", { category: { id: category_id, position: 0 } }),
  ]);
  expect(await order()).toEqual([category_id, two.id, one.id]);
});

test("where an older version stored several at one position, a move lands where it is wanted all the same", async () => {
  const orchard = await anOrchard(server);
  const { id } = await aCategory(orchard, "a", "b", "c", "d");
  writeRows(server.folder, "update channels set position = 0 where category_id = ?", [[id]]);
  const people = [orchard.alice, orchard.bob] as const;
  server = await server.restart();
  const [alice, bob] = await Promise.all(
    people.map(async (person) => ({ ...person, client: await server.connect(person) })),
  );
  const again = { ...orchard, alice, bob } as Orchard;
  const { categories } = await done(again.bob, "get_server_channels", { server_id: orchard.server_id });
  const { channels } = categories.find((category: Json) => category.id === id);
  expect(channels.map(({ name }: Json) => name).join(" ")).toBe("a b c d");
  await move(again, channels[3].id, { position: 1 });
  expect(await shown(again, id)).toBe("a d b c");
});

test("to move a channel takes no right over those that make room", async () => {
  const orchard = await anOrchard(server);
  const { bob, alice } = orchard;
  const role_id = await promote(orchard, bob, ["manage_channels"]);
  const { id, ids } = await aCategory(orchard, "a", "b");
  const overwrites = [{ role_id, allow: [], deny: ["manage_channels"] }];
  await move(orchard, ids["a"], { overwrites });
  await done(bob, "update_channel", { channel_id: ids["b"], changes: { position: 0 } });
  expect(await shown({ ...orchard, bob: alice }, id)).toBe("b a");
});
