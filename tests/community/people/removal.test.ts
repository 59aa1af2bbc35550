// The end of an account with what it wrote: its messages go as if each were deleted, and its images; what dies in the
// middle goes on at the next start, and whoever was away is told.

import { afterEach, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { ofOneProcess } from "../../harness/one-process.ts";
import { PASSWORD, type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, seqsOf, sync } from "../../sync/asking.ts";
import { pngOf } from "../../uploads/samples.ts";
import { aPlace, listen, post, postMany } from "../messages/place.ts";

let server: TestServer;
afterEach(() => server.stop());

const remove = ({ token }: { token: string }) =>
  server.call("DELETE", "/user", { password: PASSWORD, messages: true }, token);

async function upload({ token }: Present): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: await pngOf(3, 2) });
  return ((await response.json()) as Json)["id"];
}

const newest = async (who: Pick<Present, "client">, channel_id: number): Promise<Json[]> =>
  (await done(who, "get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true })).messages;

/** Asks until nothing is left to do of any account. */
async function untilDone(who: Pick<Present, "client">): Promise<void> {
  while (readRows(server.folder, "select user_id from account_removals").length > 0) await who.client.rest();
}

test("its messages and images go, others' stay, and all who listen are told of each", async () => {
  server = await startServer();
  const { alice, bob, channel_id } = await aPlace(server);
  await listen(channel_id, alice);
  const image = await upload(bob);
  const with_image = await post(bob, channel_id, "look", { attachments: [image] });
  const [kept, gone] = [await post(alice, channel_id, "mine"), await post(bob, channel_id, "his")];
  await alice.client.rest();
  expect(await remove(bob)).toEqual({ status: 200, body: { success: true } });
  const told = [await alice.client.take("message_deleted"), await alice.client.take("message_deleted")];
  expect(told.map(({ data }) => data.id)).toEqual([with_image["id"], gone["id"]]);
  expect(await newest(alice, channel_id)).toMatchObject([{ id: kept["id"] }]);
  await untilDone(alice);
  expect((await fetch(`${server.url}/api/v1/uploads/${image}`)).status).toBe(404);
  expect(readRows(server.folder, "select * from uploads")).toEqual([]);
  expect(readRows(server.folder, "select 1 from messages where content in ('look', 'his')")).toEqual([]);
});

test("without being asked for it, they stay", async () => {
  server = await startServer();
  const { alice, bob, channel_id } = await aPlace(server);
  const said = await post(bob, channel_id, "his");
  await server.call("DELETE", "/user", { password: PASSWORD }, bob.token);
  expect(readRows(server.folder, "select * from account_removals")).toEqual([]);
  expect(await newest(alice, channel_id)).toMatchObject([{ id: said["id"], content: "his" }]);
});

ofOneProcess("a removal broken off by the server's stop: the nodes that stop later do it to its end")(
  "what was left in the middle goes on at the next start, and an old copy catches up with it",
  async () => {
    server = await startServer();
    const { alice, bob, channel_id } = await aPlace(server);
    await postMany(bob, channel_id, 250);
    const kept = await post(alice, channel_id, "mine");
    const topic = `channel:${channel_id}`;
    const seqs = await seqsOf(alice, [topic]);
    await remove(bob);
    // Stopped after a slice or two, or before the first.
    server = await server.restart();
    const left = readRows(server.folder, "select user_id, messages from account_removals");
    expect(left).toEqual([{ user_id: bob.id, messages: 1 }]);
    const back = { ...alice, client: await server.connect(alice) };
    await untilDone(back);
    const answer = (await sync(back, seqs))[topic];
    expect(answer.events).toHaveLength(250);
    for (const { type } of answer.events) expect(type).toBe("message_deleted");
    expect(await newest(await returned(server, back), channel_id)).toMatchObject([{ id: kept["id"] }]);
  },
);

test("an end that was begun and broke off before it was done is done at the next start", async () => {
  server = await startServer();
  const { alice, bob, server_id, channel_id } = await aPlace(server);
  await post(alice, channel_id, "hers");
  const { role } = await done(alice, "add_role", { server_id, name: "heirs", rules: ["admin"] });
  await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
  writeRows(server.folder, "insert into account_removals values (?, 1, 1)", [[alice.id]]);
  server = await server.restart();
  const back = { ...bob, client: await server.connect(bob) };
  await untilDone(back);
  expect((await done(back, "get_server", { server_id })).server).toMatchObject({ owner_id: bob.id, locked: false });
  expect(await newest(back, channel_id)).toEqual([]);
  const login = await server.call("POST", "/user/login", { username: alice.name, password: PASSWORD });
  expect(login.status).toBe(401);
});
