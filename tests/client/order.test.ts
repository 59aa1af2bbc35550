// Lists in the cache stand as the server lists them, whichever way it came that they changed.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import { seededRandom } from "../harness/random.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { connectedFake } from "./fake-server.ts";
import { clientOf, foundServer, inviteInto, loadAll, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const SEED = 12;
const MOVES = 40;

const idsOf = (things: ReadonlyMap<number, unknown> | null | undefined) => [...(things?.keys() ?? [])];

/** How the cache lists a server, and how the server does. */
function kept(client: Client, server_id: number) {
  const known = client.cache.servers.get(server_id);
  return {
    servers: idsOf(client.cache.servers),
    categories: idsOf(known?.categories),
    channels: idsOf(known?.channels),
    roles: idsOf(known?.roles),
    members: idsOf(known?.members),
  };
}

async function listed(client: Client, server_id: number): Promise<ReturnType<typeof kept>> {
  const [{ servers }, { categories }, { roles }, { members }] = await Promise.all([
    client.ask("get_servers"),
    client.ask("get_server_channels", { server_id }),
    client.ask("get_server_roles", { server_id }),
    client.ask("get_server_members", { server_id, amount: 100, anchor: 0 }),
  ]);
  return {
    servers: servers.map(({ id }) => id),
    categories: categories.flatMap(({ id }) => id ?? []),
    channels: categories.flatMap(({ channels }) => channels.map(({ id }) => id)),
    roles: roles.map(({ id }) => id),
    members: members.map(({ user_id }) => user_id),
  };
}

/** A server of some categories, channels and roles. */
async function furnished(owner: Client): Promise<number> {
  const { server_id } = await foundServer(owner);
  for (const name of ["one", "two"]) {
    const { category } = await owner.ask("add_category", { server_id, name });
    for (const channel of ["a", "b", "c"]) {
      await owner.ask("add_channel", { server_id, name: `${name}-${channel}`, category_id: category.id });
    }
    await owner.ask("add_role", { server_id, name });
  }
  await owner.ask("add_channel", { server_id, name: "outside" });
  await loadAll(owner);
  return server_id;
}

describe("after things were moved", () => {
  test("by oneself, the reply has done it already", async () => {
    const { client } = await present(server);
    const server_id = await furnished(client);
    const { channels, categories } = kept(client, server_id);
    const [first = 0, last = 0] = [channels[0], channels.at(-1)];
    await client.ask("update_channel", { channel_id: last, changes: { category_id: null, position: 0 } });
    await client.ask("update_category", { category_id: categories[0] ?? 0, changes: { position: 50 } });
    const after = kept(client, server_id);
    expect(after.channels.slice(0, 2).toSorted()).toEqual([first, last].toSorted());
    expect(after.categories.at(-1)).toBe(categories[0] as number);
    await client.settled();
    expect(kept(client, server_id)).toEqual(await listed(client, server_id));
    client.close();
  });

  test(`by others, heard of at once or after an absence, seed ${SEED}`, async () => {
    const random = seededRandom(SEED);
    const [{ client: alice }, { client: bob }, carol] = [
      await present(server),
      await present(server),
      await present(server),
    ];
    const server_id = await furnished(alice);
    await inviteInto(server_id, alice, bob, carol.client);
    await Promise.all([loadAll(bob), loadAll(carol.client)]);
    const snapshot = carol.client.snapshot();
    carol.client.close();
    for (let moves = 0; moves < MOVES; moves += 1) {
      const { channels, categories, roles } = kept(alice, server_id);
      const [channel_id, category_id, role_id] = [random.pick(channels), random.pick(categories), random.pick(roles)];
      const position = random.whole(1, 6);
      const kind = random.whole(0, 4);
      if (kind === 0) await alice.ask("update_category", { category_id, changes: { position } });
      else if (kind === 1) {
        await alice
          .ask("update_role", { role_id, changes: { position } })
          .catch(({ code }) => expect(code).toBe("conflict"));
      } else {
        const place = kind === 2 ? {} : { category_id: random.pick([null, category_id]) };
        await alice.ask("update_channel", { channel_id, changes: { position, ...place } });
      }
    }
    await alice.ask("add_channel", {
      server_id,
      name: "new",
      category_id: kept(alice, server_id).categories[0] ?? 0,
    });
    const later = clientOf(server, carol.user, { snapshot });
    await later.connect();
    for (const client of [alice, bob, later]) {
      await client.settled();
      const before = kept(client, server_id);
      expect(before).toEqual(await listed(client, server_id));
      client.close();
    }
  });
});

test("members and servers that come later stand where the server has them", async () => {
  const [{ client: early, user }, { client: owner }] = [await present(server), await present(server)];
  const { server_id } = await foundServer(owner);
  const other = await foundServer(early, "Other");
  await loadAll(owner);
  // Who registered before is listed before.
  await inviteInto(server_id, owner, early);
  await inviteInto(other.server_id, early, owner);
  await owner.settled();
  const { servers, members } = kept(owner, server_id);
  const truth = await listed(owner, server_id);
  expect(members.length).toBe(2);
  expect({ servers, members }).toEqual({ servers: truth.servers, members: truth.members });
  // One that is known already doesn't stand before those that were joined earlier.
  const { client: again } = await present(server, { user });
  await again.ask("get_server", { server_id });
  await again.ask("get_servers");
  expect(kept(again, server_id).servers).toEqual([other.server_id, server_id]);
  for (const client of [early, owner, again]) client.close();
});

test("a server that lists no positions is asked for the list again, once for all that moved", async () => {
  const fake = await connectedFake();
  const { client, socket } = fake;
  const list = (...ids: number[]) => ({
    categories: [{ id: null, name: null, position: -1, channels: ids.map((id) => ({ id, name: `${id}` })) }],
    seq: 100,
  });
  const loaded = client.ask("get_server_channels", { server_id: 1 });
  await socket().answer("get_server_channels", list(5, 6, 7));
  await loaded;
  await socket().answer("get_server", { server: { id: 1, name: "Orchard", image: null, owner_id: 7 } });
  for (const [id, position] of [
    [7, 0],
    [5, 2],
  ]) {
    socket().event("channel_updated", "server:1", 101, { server_id: 1, channel: { id, position } });
  }
  await socket().answer("get_server_channels", list(7, 6, 5));
  expect(idsOf(client.cache.servers.get(1)?.channels)).toEqual([7, 6, 5]);
  expect(socket().sent).toEqual([]);
  client.close();
});
