// What one change tells can be more than one frame. Who was cut off within it, and so has a part of it that nobody knows,
// is brought to what is there all the same.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Frame, Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { aPlace, seqsOf, sync } from "./asking.ts";

const NAMES = ["one", "two", "three"];

let server: TestServer;
let alice: Present;
let bob: Present;
let server_id: number;
let topic: string;
let everybody: number;

beforeAll(async () => {
  server = await startServer();
  ({ alice, bob, server_id } = await aPlace(server));
  topic = `server:${server_id}`;
  const { roles } = await done(alice, "get_server_roles", { server_id });
  everybody = roles.at(-1).id;
});
afterAll(() => server.stop());

/** A category of three channels that bob may view or not. */
async function aCategory(is_shown: boolean): Promise<{ category_id: number; channel_ids: number[] }> {
  const overwrites = is_shown ? [] : hidden();
  const { category } = await done(alice, "add_category", { server_id, name: "of three", overwrites });
  const channel_ids: number[] = [];
  for (const name of NAMES) {
    channel_ids.push((await done(alice, "add_channel", { server_id, category_id: category.id, name })).channel.id);
  }
  return { category_id: category.id, channel_ids };
}

const hidden = () => [{ role_id: everybody, allow: [], deny: ["view_channel"] }];

const setOverwrites = (category_id: number, overwrites: Json[]) =>
  done(alice, "update_category", { category_id, changes: { overwrites } });

/** What bob is told of the server by what alice does. */
async function toldOf(change: () => Promise<unknown>): Promise<Frame[]> {
  await seqsOf(bob, [topic]);
  const earlier = bob.client.seen.length;
  await change();
  // What comes after it comes behind it.
  await seqsOf(bob, [topic]);
  return bob.client.seen.slice(earlier).filter((frame) => frame["topic"] === topic);
}

const idsOf = (events: Json[], type: string): number[] =>
  events.flatMap((event) => (event.type === type ? (event.data.channel_id ?? event.data.channel.id) : []));

test("who gained sight of some of it loads the server again, though all of it is hidden by now", async () => {
  const { category_id, channel_ids } = await aCategory(false);
  const told = await toldOf(() => setOverwrites(category_id, []));
  expect(idsOf(told, "channel_added")).toEqual(channel_ids);
  await setOverwrites(category_id, hidden());
  for (const { seq } of told.slice(0, NAMES.length)) {
    expect(await sync(bob, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
  }
  const { events } = (await sync(bob, { [topic]: told[NAMES.length]?.["seq"] }))[topic];
  expect(idsOf(events, "channel_deleted").toSorted()).toEqual(channel_ids.toSorted());
});

test("who lost sight of some of it loads the server again, though all of it is shown by now", async () => {
  const { category_id, channel_ids } = await aCategory(true);
  const told = await toldOf(() => setOverwrites(category_id, hidden()));
  expect(idsOf(told, "channel_deleted").toSorted()).toEqual(channel_ids.toSorted());
  await setOverwrites(category_id, []);
  expect(await sync(bob, { [topic]: told[0]?.["seq"] })).toEqual({ [topic]: { reset: true } });
  const { events } = (await sync(bob, { [topic]: told[NAMES.length]?.["seq"] }))[topic];
  expect(idsOf(events, "channel_added").toSorted()).toEqual(channel_ids.toSorted());
});

test("who gained some of it by a role loads the server again; who was told all of it is told no more than is left", async () => {
  const { category_id, channel_ids } = await aCategory(false);
  const { role } = await done(alice, "add_role", { server_id, name: "three" });
  await setOverwrites(category_id, [...hidden(), { role_id: role.id, allow: ["view_channel"], deny: [] }]);
  const giving = (roles: number[]) => done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles } });
  const told = await toldOf(() => giving([role.id]));
  expect(idsOf(told, "channel_added")).toEqual(channel_ids);
  const [all, last] = told.slice(-2).map((frame): number => frame["seq"]);
  const changed = (await sync(bob, { [topic]: all ?? 0 }))[topic].events;
  expect(changed).toMatchObject([{ type: "member_changed", data: { member: { user_id: bob.id } } }]);
  expect((await sync(bob, { [topic]: last ?? 0 }))[topic].events).toEqual([]);
  await giving([]);
  expect(await sync(bob, { [topic]: told[0]?.["seq"] })).toEqual({ [topic]: { reset: true } });
});

test("who was told of some by which roles they can be viewed is told of the rest", async () => {
  const { category_id, channel_ids } = await aCategory(true);
  const { role } = await done(alice, "add_role", { server_id, name: "viewing" });
  for (const channel_id of channel_ids) await done(bob, "get_server_channel", { channel_id });
  const told = await toldOf(() =>
    setOverwrites(category_id, [{ role_id: role.id, allow: [], deny: ["view_channel"] }]),
  );
  expect(idsOf(told, "channel_updated").toSorted()).toEqual(channel_ids.toSorted());
  for (const { seq } of told.slice(0, NAMES.length - 1)) {
    expect(await sync(bob, { [topic]: seq })).toEqual({ [topic]: { reset: true } });
  }
  const { events } = (await sync(bob, { [topic]: told[NAMES.length - 1]?.["seq"] }))[topic];
  expect(idsOf(events, "channel_updated")).toEqual([]);
});
