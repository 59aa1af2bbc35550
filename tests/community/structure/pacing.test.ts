// One change can bring each of many members megabytes: each is sent them as fast as they read, in order, and whatever
// is said meanwhile comes after them.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { rule_names } from "../../../src/domain/permissions.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer, type TestUser } from "../../harness/server.ts";
import { SlowReader } from "../../harness/slow-reader.ts";

const CHANNELS = 250;
const MEMBERS = 6;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Place {
  alice: Present;
  members: Present[];
  server_id: number;
  category_id: number;
}

/** A category that only alice sees, full of channels with as many overwrites as there may be. */
async function aHiddenCategory(): Promise<Place> {
  const alice = await server.join();
  const { server: founded } = await done(alice, "add_server", { name: "Orchard" });
  const server_id = founded.id;
  const { roles } = await done(alice, "get_server_roles", { server_id });
  const overwrites = [{ role_id: roles[0].id, allow: [], deny: ["view_channel"] }];
  const { category } = await done(alice, "add_category", { server_id, name: "hidden", overwrites });
  const others = rule_names.filter((rule) => rule !== "admin" && rule !== "view_channel");
  const long: Json[] = [];
  for (let at = 0; at < limits.overwrites; at += 1) {
    const { role } = await done(alice, "add_role", { server_id, name: `role ${at}`, position: 1 });
    long.push({ role_id: role.id, allow: others, deny: [] });
  }
  const { channel } = await done(alice, "add_channel", {
    ...{ server_id, name: "c", category_id: category.id, overwrites: long },
  });
  const copy = `insert into channels (id, server_id, category_id, name, description, position, overwrites, seq)
    select id + ?, server_id, category_id, name, description, position + ?, overwrites, seq from channels where id = ?`;
  const rows = Array.from({ length: CHANNELS - 1 }, (_, at) => [at + 1, at + 1, channel.id]);
  writeRows(server.folder, copy, rows);
  server = await server.restart();
  const back = async (user: TestUser) => ({ ...user, client: await server.connect(user) });
  const owner = await back(alice);
  const members = await Promise.all(Array.from({ length: MEMBERS }, () => server.join()));
  await inviteInto(server_id, owner, ...members);
  return { alice: owner, members, server_id, category_id: category.id };
}

const show = ({ alice, category_id }: Place) =>
  done(alice, "update_category", { category_id, changes: { overwrites: [] } });

/** What the frames say was added, in order; and whether the seqs never fall. */
function added(frames: readonly Frame[]) {
  const events = frames.filter(({ topic }) => String(topic).startsWith("server:"));
  const seqs = events.map(({ seq }) => Number(seq));
  const channels = events.flatMap(({ type, data }) => (type === "channel_added" ? [data.channel.id] : []));
  return { channels, in_order: seqs.every((seq, at) => at === 0 || seq >= (seqs[at - 1] as number)) };
}

test("nobody is cut off, and what is said meanwhile comes after it", async () => {
  const place = await aHiddenCategory();
  const { alice, members, server_id } = place;
  const listed = await done(alice, "get_server_channels", { server_id });
  const wanted = listed.categories.at(-1).channels.map(({ id }: Json) => id);
  for (const member of members) await done(member, "get_server_channels", { server_id });
  const slow = await SlowReader.open(server.url, (members[0] as Present).token);
  await slow.ask({ type: "get_server_channels", data: { server_id } });
  slow.stall();
  await show(place);
  await done(alice, "update_server", { server_id, changes: { name: "Seen" } });
  for (const { client } of members) {
    const frames = await client.rest();
    expect(added(frames)).toEqual({ channels: wanted, in_order: true });
    expect(frames.at(-1)).toMatchObject({ type: "server_updated", data: { name: "Seen" } });
  }
  // Asked before all has come to who reads nothing: answered after it.
  for (const member of members) slow.send({ type: "ping", id: `of ${member.id}` });
  slow.read();
  const pong = await slow.until(({ id }) => id === `of ${members.at(-1)?.id}`);
  expect(added(pong)).toEqual({ channels: wanted, in_order: true });
  expect(pong.filter(({ topic }) => topic).at(-1)).toMatchObject({ type: "server_updated" });
  slow.end();
}, 60_000);

test("who is cut off in the middle of it is brought the rest by sync", async () => {
  const place = await aHiddenCategory();
  const { alice, members, server_id } = place;
  const [bob] = members as [Present];
  const { seq } = await done(bob, "get_server_channels", { server_id });
  await show(place);
  const first = await bob.client.take("channel_added");
  await bob.client.close();
  const again = { ...bob, client: await server.connect(bob) };
  const { topics } = await done(again, "sync", {
    epoch: (await epochOf(bob)) as string,
    topics: { [`server:${server_id}`]: first["seq"] },
  });
  expect(first["seq"]).toBeGreaterThan(seq);
  // Too much for one answer: it is loaded anew.
  expect(topics[`server:${server_id}`]).toEqual({ reset: true });
  const fresh = await done(again, "get_server_channels", { server_id });
  expect(fresh.categories).toEqual((await done(alice, "get_server_channels", { server_id })).categories);
}, 60_000);

async function epochOf(user: TestUser): Promise<string> {
  const client = await server.connect(user);
  const epoch = client.seen[0]?.["data"].epoch;
  await client.close();
  return epoch;
}
