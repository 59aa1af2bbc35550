// Where ids run ahead of the clock, as they do at whoever goes on in another's place: what was said before somebody came
// isn't said to them, and nobody waits for longer than they have to.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { firstIdAt } from "../../../src/domain/ids.ts";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { aGroup, open, say } from "../conversations/talkers.ts";
import { aPlace, post } from "./place.ts";

const HOUR_MS = 3_600_000;

let server: TestServer;

beforeEach(async () => {
  const first = await startServer();
  const ahead = firstIdAt(Date.now() + HOUR_MS);
  const early = "insert into users (id, name, last_online, created_at, seq) values (1, 'early', 0, 0, ?)";
  server = await first.restart({}, () => writeRows(first.folder, early, [[ahead]]));
});
afterEach(() => server.stop());

/** How many mentions are counted for them there, and which are listed. */
async function mentionsOf(who: Present, channel_id: number, place: Json): Promise<[count: number, listed: number[]]> {
  const { channels } = await done(who, "get_read_state", place);
  const { messages } = await done(who, "get_mentions", { amount: 10, anchor: 0, ...place });
  const count = channels.find((one: Json) => one.channel_id === channel_id).mentions;
  return [count, messages.map(({ id }: Json) => id)];
}

test("who comes into a server isn't meant by what was said to all before", async () => {
  const { alice, server_id, channel_id } = await aPlace(server);
  await post(alice, channel_id, "@everyone, before");
  const carol = await server.join();
  await inviteInto(server_id, alice, carol);
  expect(await mentionsOf(carol, channel_id, { server_id })).toEqual([0, []]);
  const { id } = await post(alice, channel_id, "@everyone, after");
  expect(await mentionsOf(carol, channel_id, { server_id })).toEqual([1, [id]]);
  await done(alice, "remove_member", { server_id, user_id: carol.id });
  await post(alice, channel_id, "@everyone, while she was away");
  await inviteInto(server_id, alice, carol);
  expect(await mentionsOf(carol, channel_id, { server_id })).toEqual([0, []]);
});

test("who is brought into a group isn't meant by what was said to all before", async () => {
  const { people, group } = await aGroup(server, 4);
  const [alice, bob, carol, dave] = people as [Present, Present, Present, Present];
  const { id: conversation_id, channel_id } = await open(alice, bob, carol);
  await say(alice, { channel_id }, "@everyone, before");
  await done(alice, "add_conversation_member", { conversation_id, user_id: dave.id });
  expect(await mentionsOf(dave, channel_id, { conversation_id })).toEqual([0, []]);
  const { id } = await say(alice, { channel_id }, "@everyone, after");
  expect(await mentionsOf(dave, channel_id, { conversation_id })).toEqual([1, [id]]);
  // Who was in it from its beginning is meant by all.
  const { id: first } = await say(alice, group, "@everyone");
  expect(await mentionsOf(bob, group.channel_id, { conversation_id: group.id })).toEqual([1, [first]]);
});

test("of when somebody wrote last, the message tells and not its id", async () => {
  const place = await aPlace(server);
  const { alice, bob, channel_id } = place;
  await done(alice, "update_channel", { channel_id, changes: { slow_mode_s: 60 } });
  const { id } = await post(bob, channel_id, "two minutes ago");
  const earlier = "update messages set created_at = created_at - 120000 where id = ?";
  server = await server.restart({}, () => writeRows(server.folder, earlier, [[id]]));
  await post({ client: await server.connect(bob) }, channel_id, "now");
});
