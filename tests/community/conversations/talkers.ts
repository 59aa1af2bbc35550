// What the tests of conversations share: people who have one, the requests in short, and what is told of them.

import { expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto, refusal } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import type { Present, TestServer } from "../../harness/server.ts";
import { befriend } from "../people/acquaintances.ts";

export const NOTHING = 12_345;

/** So many people, each with each a friend, and nothing unread. */
export async function friends(server: TestServer, count: number): Promise<Present[]> {
  const people = await Promise.all(Array.from({ length: count }, () => server.join()));
  for (const [at, one] of people.entries()) for (const other of people.slice(at + 1)) await befriend(one, other);
  return people;
}

/** Two who share a server and are no friends. */
export async function neighbours(server: TestServer): Promise<[Present, Present]> {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  await inviteInto(await foundServer(alice), alice, bob);
  await settled(alice, bob);
  return [alice, bob];
}

export async function open(by: Present, ...others: Present[]): Promise<Json> {
  const { conversation } = await done(by, "open_conversation", { user_ids: others.map(({ id }) => id) });
  return conversation;
}

export async function say(by: Present, { channel_id }: Json, content: string, more: Json = {}): Promise<Json> {
  return (await done(by, "add_message", { channel_id, content, ...more })).message;
}

/** Two friends who talk: both have it in their list, and nothing is unread. */
export async function talking(server: TestServer): Promise<{ alice: Present; bob: Present; conversation: Json }> {
  const [alice, bob] = await server.friends();
  const { id } = await open(alice, bob);
  const conversation = await viewOf(alice, id);
  await say(alice, conversation, "hello");
  await open(bob, alice);
  await settled(alice, bob);
  return { alice, bob, conversation: await viewOf(alice, id) };
}

/** A group of alice's with the others, nothing unread. */
export async function aGroup(server: TestServer, size = 3): Promise<{ people: Present[]; group: Json }> {
  const people = await friends(server, size);
  const [alice, ...others] = people as [Present, ...Present[]];
  const group = await open(alice, ...others);
  await settled(...people);
  return { people, group };
}

export async function listOf(who: Present, amount = 100): Promise<Json[]> {
  return (await done(who, "get_conversations", { amount, anchor: 0 })).conversations;
}

/** As it is listed for them. */
export async function viewOf(who: Present, id: number): Promise<Json> {
  return (await listOf(who)).find((conversation) => conversation.id === id);
}

/**
 * All that concerns them was told, and is read: their own topics are answered for as of what is stored, and what was told
 * before the answer came before it.
 */
export async function settled(...people: Present[]): Promise<void> {
  await Promise.all(people.map((one) => done(one, "get_conversations", { amount: 1, anchor: 0 })));
  await Promise.all(people.map(({ client }) => client.rest()));
}

/** The events about conversations that came so far, when all was told. */
export async function news(who: Present): Promise<Frame[]> {
  await done(who, "get_conversations", { amount: 1, anchor: 0 });
  return (await who.client.rest()).filter(({ type }) => String(type).startsWith("conversation_"));
}

export const added = (conversation: Json) => ({
  ...{ type: "conversation_added", topic: "self", seq: expect.any(Number), data: { conversation } },
});
export const changed = (id: number, changes: Json) => ({
  ...{ type: "conversation_changed", topic: "self", seq: expect.any(Number) },
  data: { conversation: expect.objectContaining({ id, ...changes }) },
});
export const deleted = (conversation_id: number) => ({
  ...{ type: "conversation_deleted", topic: "self", seq: expect.any(Number), data: { conversation_id } },
});

export const memberIds = ({ members }: Json): number[] => members.map(({ user_id }: Json) => user_id);

/** Of a message between two the request is refused to its author, once the other has blocked them. */
export async function expectBlocked(server: TestServer, type: string, more: Json = {}): Promise<void> {
  const { alice, bob, conversation: talk } = await talking(server);
  const { id: message_id } = await say(alice, talk, "hello");
  await settled(bob);
  await done(bob, "update_friend", { user_id: alice.id, action: "block" });
  const about = type === "add_message" ? { channel_id: talk.channel_id, content: "x" } : { message_id };
  expect(await refusal(alice, type, { ...about, ...more })).toMatchObject({ code: "blocked" });
  expect(await news(bob)).toEqual([]);
}

/** As many requests wait for them as may. */
export function fillRequests(server: TestServer, { id: user_id }: Present): void {
  const first_id = user_id - 10_000;
  const ids = Array.from({ length: limits.conversation_requests_per_user }, (_, at) => first_id + at);
  writeRows(
    server.folder,
    "insert into conversations (id, kind, channel_id, created_at, seq) values (?, 'direct', ?, 0, 1)",
    ids.map((id) => [id, id + 1_000]),
  );
  writeRows(
    server.folder,
    `insert into conversation_members
      (conversation_id, user_id, state, is_hidden, joined_at, added_by, refused, requested_at, added_seq, seq)
      values (?, ?, 'request', 0, 0, 0, '[]', ?, 1, 1)`,
    ids.map((id) => [id, user_id, Date.now()]),
  );
}
