// Pins of conversations: as those of a server's channel, but that every member pins.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, refusal } from "../../harness/community.ts";
import { readRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { aGroup, say, settled, talking } from "./talkers.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const pin = (who: Present, { id }: Json) => done(who, "pin_message", { message_id: id });
const unpin = (who: Present, { id }: Json) => done(who, "unpin_message", { message_id: id });
const pinsOf = async (who: Present, { channel_id }: Json): Promise<Json[]> =>
  (await done(who, "get_pins", { channel_id })).messages;
const epochOf = ({ client }: Present): string => (client.seen[0] as Frame)["data"].epoch;

test("any member of a group pins what anybody wrote, and takes it from the pins", async () => {
  const { people, group } = await aGroup(server);
  const [alice, bob, carol] = people as [Present, Present, Present];
  const place = { server_id: null, conversation_id: group.id };
  const [one, two] = [await say(alice, group, "the rules"), await say(bob, group, "the address")];
  expect(await done(carol, "get_pins", { channel_id: group.channel_id })).toEqual({
    ...{ messages: [], next_anchor: null, seq: expect.any(Number) },
  });
  await settled(carol);
  const { message } = await pin(bob, one);
  expect(message).toEqual({ ...one, ...place, pinned: true });
  const topic = `channel:${group.channel_id}`;
  expect(await carol.client.rest()).toEqual([
    {
      ...{ type: "message_changed", topic, seq: expect.any(Number) },
      data: { id: one.id, channel_id: group.channel_id, pinned: true },
    },
  ]);
  await pin(carol, two);
  expect(await pinsOf(alice, group)).toEqual([
    { ...two, pinned: true },
    { ...one, pinned: true },
  ]);
  // What a member may of a message they may of no more of it.
  expect(await refusal(bob, "delete_message", { message_id: one.id })).toMatchObject({ code: "forbidden" });
  await unpin(carol, one);
  expect(await pinsOf(bob, group)).toEqual([{ ...two, pinned: true }]);
  // There is nobody to whom a log would be shown.
  expect(readRows(server.folder, "select id from audit_entries where server_id = ?", [group.id])).toEqual([]);
});

test("who isn't in it, or isn't any more, finds nothing to pin", async () => {
  const { people, group } = await aGroup(server);
  const [alice, bob] = people as [Present, Present];
  const message = await say(alice, group, "the rules");
  await pin(alice, message);
  const dave = await server.join();
  await done(bob, "remove_conversation_member", { conversation_id: group.id, user_id: bob.id });
  for (const type of ["pin_message", "unpin_message"]) {
    const unknown = await refusal(dave, type, { message_id: 12_345 });
    expect(unknown).toMatchObject({ code: "not_found" });
    for (const one of [bob, dave]) expect(await refusal(one, type, { message_id: message.id })).toEqual(unknown);
  }
  for (const one of [bob, dave]) {
    expect(await refusal(one, "get_pins", { channel_id: group.channel_id })).toMatchObject({ code: "not_found" });
  }
  await done(alice, "delete_message", { message_id: message.id });
  expect(await refusal(alice, "pin_message", { message_id: message.id })).toMatchObject({ code: "not_found" });
  expect(await pinsOf(alice, group)).toEqual([]);
});

test("there are as many as in a channel, and no more", async () => {
  const { alice, bob, conversation: talk } = await talking(server);
  const said: Json[] = [];
  for (let at = 0; at <= limits.pins_per_channel; at += 1) said.push(await say(alice, talk, `number ${at}`));
  const [first, ...others] = said as [Json, ...Json[]];
  for (const message of others) await pin(bob, message);
  const refused = await refusal(alice, "pin_message", { message_id: first.id });
  expect(refused).toMatchObject({ code: "limit_reached", details: { limit: "pins_per_channel" } });
  expect(await pinsOf(alice, talk)).toHaveLength(limits.pins_per_channel);
  await unpin(alice, others[3] as Json);
  await pin(alice, first);
});

test("a block keeps both from pinning, and neither from taking from the pins", async () => {
  const { alice, bob, conversation: talk } = await talking(server);
  const [pinned, other] = [await say(alice, talk, "pinned"), await say(alice, talk, "other")];
  await pin(bob, pinned);
  await done(alice, "update_friend", { user_id: bob.id, action: "block" });
  for (const one of [alice, bob]) {
    expect(await refusal(one, "pin_message", { message_id: other.id })).toMatchObject({ code: "blocked" });
  }
  expect(await pinsOf(bob, talk)).toMatchObject([{ id: pinned.id, pinned: true }]);
  await unpin(bob, pinned);
  expect(await pinsOf(alice, talk)).toEqual([]);
});

test("pins outlive a restart, and `sync` brings those that one missed", async () => {
  const { alice, bob, conversation: talk } = await talking(server);
  const [one, two] = [await say(alice, talk, "one"), await say(bob, talk, "two")];
  await pin(alice, one);
  const epoch = epochOf(bob);
  const { seq } = await done(bob, "get_pins", { channel_id: talk.channel_id });
  await bob.client.close();
  await unpin(alice, one);
  await pin(alice, two);
  server = await server.restart();
  const back = { ...bob, client: await server.connect(bob) };
  const topic = `channel:${talk.channel_id}`;
  const { topics } = await done(back, "sync", { epoch, topics: { [topic]: seq } });
  expect(topics[topic].events).toMatchObject([
    { type: "message_changed", data: { id: one.id, pinned: false } },
    { type: "message_changed", data: { id: two.id, pinned: true } },
  ]);
  expect(await pinsOf(back, talk)).toEqual([{ ...two, pinned: true }]);
});
