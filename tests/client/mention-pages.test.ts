// Where one was mentioned, page after page.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Client, type MentionPlaces, mentionsOf } from "../../src/client/index.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { foundServer, inviteInto, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function idsOf(client: Client, places: MentionPlaces = {}): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of mentionsOf(client, places)) ids.push(id);
  return ids;
}

test("all of it comes, newest first, over any number of pages; and of one place alone", async () => {
  const [alice, bob] = [await present(server), await present(server)];
  const places = [await foundServer(alice.client), await foundServer(alice.client)];
  const said: { id: number; at: number }[] = [];
  for (const { server_id } of places) await inviteInto(server_id, alice.client, bob.client);
  for (let at = 0; at < 7; at += 1) {
    const { channel_id = 0 } = places[at % 2] ?? {};
    const { id } = await alice.client.send(channel_id, `<@${bob.user.id}> ${at}`);
    said.push({ id, at: at % 2 });
    await alice.client.send(channel_id, "nobody");
  }
  // Newest by id: of two nodes, one may have made ids ahead of the clock.
  said.sort((one, other) => other.id - one.id);
  const posted = said.map(({ id }) => id);
  expect(await idsOf(bob.client)).toEqual(posted);
  expect(await idsOf(bob.client, { amount: 2 })).toEqual(posted);
  expect(await idsOf(bob.client, { server_id: places[0]?.server_id ?? 0 })).toEqual(
    said.flatMap(({ id, at }) => (at === 0 ? id : [])),
  );
  expect(await idsOf(alice.client)).toEqual([]);
  for (const { client } of [alice, bob]) client.close();
});

test("a program that stops reading asks for no more", async () => {
  const [alice, bob] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  for (let at = 0; at < 4; at += 1) await alice.client.send(channel_id, `@everyone ${at}`);
  const read: string[] = [];
  for await (const { content } of mentionsOf(bob.client, { amount: 2 })) {
    read.push(content);
    if (read.length === 2) break;
  }
  expect(read).toEqual(["@everyone 3", "@everyone 2"]);
  const refused = await mentionsOf(bob.client, { server_id: 12_345 })
    .next()
    .catch((error) => error);
  expect(refused).toMatchObject({ code: "not_found" });
  for (const { client } of [alice, bob]) client.close();
});
