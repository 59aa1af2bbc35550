// What ends of conversations with the account of somebody in them, with their age, and with the patience of requests;
// and what somebody takes along of them.

import { afterEach, expect, test } from "bun:test";
import { strFromU8, unzipSync } from "fflate";
import { firstIdAt } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, refusal } from "../../harness/community.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { PASSWORD, type Present, startServer, type TestServer } from "../../harness/server.ts";
import {
  aGroup,
  changed,
  listOf,
  memberIds,
  neighbours,
  news,
  open,
  say,
  settled,
  talking,
  viewOf,
} from "./talkers.ts";

let server: TestServer;
afterEach(() => server.stop());

const remove = ({ token }: Present) => server.call("DELETE", "/user", { password: PASSWORD }, token);
const epochOf = ({ client }: Present): string => (client.seen[0] as Frame)["data"].epoch;
const newest = ({ channel_id }: Json) => ({ channel_id, amount: 50, anchor: 0, direction: true });

test("who is left of two keeps what was said, and says nothing more", async () => {
  server = await startServer();
  const { alice, bob, conversation: talk } = await talking(server);
  await say(alice, talk, "good-bye");
  await settled(bob);
  expect((await remove(alice)).status).toBe(200);
  const [event] = await news(bob);
  const { members } = await viewOf(bob, talk.id);
  expect(event).toEqual(changed(talk.id, { members }));
  expect(members.find(({ user_id }: Json) => user_id === alice.id)).toMatchObject({ name: "deleted user" });
  const page = await done(bob, "get_message_chunk", newest(talk));
  expect(page.messages.map(({ content }: Json) => content)).toEqual(["hello", "good-bye"]);
  const refused = await refusal(bob, "add_message", { channel_id: talk.channel_id, content: "are you there?" });
  expect(refused).toMatchObject({ code: "forbidden" });
  // With the last of the two it ends.
  await remove(bob);
  const [ended] = readRows(server.folder, "select deleted_at from conversations where id = ?", [talk.id]);
  expect(ended).toEqual({ deleted_at: expect.any(Number) });
});

test("a group goes on without whose account has ended, and changes as ever", async () => {
  server = await startServer();
  const { people, group } = await aGroup(server, 4);
  const [alice, ...others] = people as [Present, ...Present[]];
  const [next, ...rest] = others.toSorted((one, other) => one.id - other.id) as [Present, Present, Present];
  for (const one of people) await done(one, "get_message_chunk", newest(group));
  await settled(...people);
  await remove(alice);
  for (const one of others) {
    const shown = await viewOf(one, group.id);
    expect(shown).toMatchObject({ owner_id: next.id });
    expect(memberIds(shown)).not.toContain(alice.id);
    expect(await news(one)).toEqual([changed(group.id, { owner_id: next.id })]);
  }
  // The room, awake all the while, has taken it in: it decides on what is stored.
  await done(next, "update_conversation", { conversation_id: group.id, changes: { name: "Without alice" } });
  await done(next, "remove_conversation_member", { conversation_id: group.id, user_id: rest[0]?.id });
  expect(memberIds(await viewOf(next, group.id))).toEqual([next.id, rest[1]?.id as number]);
});

test("messages of a conversation in which nobody is left go, with how far they were read", async () => {
  server = await startServer();
  const { people, group } = await aGroup(server, 3);
  const { id: message_id } = await say(people[0] as Present, group, "nobody reads this again");
  await done(people[1] as Present, "mark_read", { channel_id: group.channel_id, message_id });
  for (const { id: user_id, client } of people) {
    await done({ client }, "remove_conversation_member", { conversation_id: group.id, user_id });
  }
  server = await server.restart();
  const left = () =>
    readRows(
      server.folder,
      `select (select count(*) from messages where channel_id = ?1) as messages,
        (select count(*) from read_states where channel_id = ?1) as marks`,
      [group.channel_id],
    );
  const who = await server.join();
  while (JSON.stringify(left()) !== JSON.stringify([{ messages: 0, marks: 0 }])) await who.client.rest();
});

test("a request that nobody took for long leaves the list, and is one again with the next message", async () => {
  server = await startServer();
  const [alice, bob] = await neighbours(server);
  const talk = await open(alice, bob);
  await say(alice, talk, "hello");
  const { seq: self, conversations } = await done(bob, "get_conversations", { amount: 9, anchor: 0 });
  expect(conversations).toMatchObject([{ state: "request" }]);
  const long_ago = Date.now() - limits.conversation_request_age_ms - 1;
  writeRows(server.folder, "update conversation_members set requested_at = ? where state = 'request'", [[long_ago]]);
  server = await server.restart();
  const back = { ...bob, client: await server.connect(bob) };
  while ((await listOf(back)).length > 0);
  const { topics } = await done(back, "sync", { epoch: epochOf(back), topics: { self } });
  expect(topics.self.events).toMatchObject([{ type: "conversation_deleted", data: { conversation_id: talk.id } }]);
  const alice_back = { ...alice, client: await server.connect(alice) };
  expect(await listOf(alice_back)).toMatchObject([{ id: talk.id, state: "open" }]);
  await say(alice_back, talk, "hello?");
  expect(await listOf(back)).toMatchObject([{ id: talk.id, state: "request" }]);
});

test("what is older than the operator keeps goes in conversations, too", async () => {
  server = await startServer();
  const { alice, bob, conversation: talk } = await talking(server);
  const at = Date.now() - 8 * 24 * 60 * 60 * 1000;
  const old = firstIdAt(at);
  writeRows(
    server.folder,
    `insert into messages
      (id, channel_id, server_id, author_id, content, created_at, attachments, mentions, mentions_everyone, seq)
      values (?, ?, ?, ?, 'long ago', ?, '[]', '[]', 0, ?)`,
    [[old, talk.channel_id, talk.id, alice.id, at, old]],
  );
  server = await server.restart({ retention_days: "7" });
  const back = { ...bob, client: await server.connect(bob) };
  const contents = async () =>
    (await done(back, "get_message_chunk", newest(talk))).messages.map(({ content }: Json) => content);
  while ((await contents()).includes("long ago"));
  expect(await contents()).toEqual(["hello"]);
});

test("one's own words are taken along from conversations, and nobody else's", async () => {
  server = await startServer();
  const { alice, bob, conversation: talk } = await talking(server);
  const hers = await say(alice, talk, "mine to keep");
  await say(bob, talk, "the secret of bob");
  const headers = { authorization: `Bearer ${alice.token}` };
  const response = await fetch(`${server.url}/api/v1/user/export`, { headers });
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const linesOf = (name: string): Json[] =>
    strFromU8(files[name] as Uint8Array)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const place = { server_id: null, conversation_id: talk.id, channel_id: talk.channel_id };
  expect(linesOf("messages.jsonl").at(-1)).toMatchObject({ id: hers.id, ...place, content: "mine to keep" });
  expect(linesOf("conversations.jsonl")).toEqual([
    {
      ...{ conversation_id: talk.id, kind: "direct", channel_id: talk.channel_id, name: null, owner_id: null },
      ...{ member_ids: [alice.id, bob.id].toSorted(), joined_date: talk.created_date },
    },
  ]);
  expect(linesOf("profile.jsonl")).toMatchObject([{ dms: "servers" }]);
  const everything = Object.values(files).map((bytes) => strFromU8(bytes));
  expect(everything.join()).not.toContain("secret of bob");
});

test("a message of a conversation is reported to who runs the server alone", async () => {
  server = await startServer();
  const { alice, bob, conversation: talk } = await talking(server);
  const { id: message_id } = await say(bob, talk, "something nasty");
  await settled(alice, bob);
  await done(alice, "report", { message_id, reason: "nasty" });
  const [kept] = readRows(server.folder, "select server_id, channel_id, user_id from reports");
  expect(kept).toEqual({ server_id: null, channel_id: talk.channel_id, user_id: bob.id });
  await settled(alice);
  expect(await bob.client.rest()).toEqual([]);
});
