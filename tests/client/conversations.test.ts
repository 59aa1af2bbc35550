// Conversations in a program's cache: their order, what is unread in them, who is in them, over connections and pages.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import type { TestUser } from "../harness/server.ts";
import {
  clientOf,
  loadConversations,
  next,
  present,
  type RestartableServer,
  sharedPicture,
  startRestartable,
} from "./programs.ts";

let server: RestartableServer;
beforeAll(async () => {
  server = await startRestartable();
});
afterAll(() => server.end());

interface Person {
  user: TestUser;
  client: Client;
}

async function befriend(one: Person, other: Person): Promise<void> {
  await one.client.ask("add_friend", { user_id: other.user.id });
  await other.client.ask("add_friend", { user_id: one.user.id });
}

/** So many, each a friend of the first, who has loaded the list. */
async function circle(count: number): Promise<[Person, ...Person[]]> {
  const people = await Promise.all(Array.from({ length: count }, () => present(server.now)));
  const [first, ...others] = people as [Person, ...Person[]];
  for (const other of others) await befriend(first, other);
  await loadConversations(first.client);
  return [first, ...others];
}

const open = async ({ client }: Person, ...others: Person[]) =>
  (await client.ask("open_conversation", { user_ids: others.map(({ user }) => user.id) })).conversation;

const listOf = ({ client }: Person) => [...(client.cache.conversations?.values() ?? [])];

test("they stand by activity, each with what is unread in it", async () => {
  const [alice, bob, carol] = (await circle(3)) as [Person, Person, Person];
  const [with_bob, with_carol] = [await open(alice, bob), await open(alice, carol)];
  await alice.client.settled();
  expect(listOf(alice).map(({ id, unread }) => [id, unread])).toEqual([
    [with_carol.id, 0],
    [with_bob.id, 0],
  ]);
  await bob.client.send(with_bob.channel_id, "one");
  await bob.client.send(with_bob.channel_id, `two <@${alice.user.id}>`);
  await alice.client.settled();
  expect(listOf(alice).map(({ id, unread, mentions }) => [id, unread, mentions])).toEqual([
    [with_bob.id, 2, 1],
    [with_carol.id, 0, 0],
  ]);
  const message_id = alice.client.cache.conversations?.get(with_bob.id)?.last_message_id ?? 0;
  const other = await present(server.now, { user: alice.user });
  await loadConversations(other.client);
  await other.client.ask("mark_read", { channel_id: with_bob.channel_id, message_id });
  for (const one of [alice, other]) {
    await one.client.settled();
    expect(one.client.cache.conversations?.get(with_bob.id)).toMatchObject({ unread: 0, mentions: 0 });
  }
  await alice.client.ask("close_conversation", { conversation_id: with_bob.id });
  await other.client.settled();
  expect(listOf(other).map(({ id }) => id)).toEqual([with_carol.id]);
});

test("what moved to the top from below what is loaded comes with its page", async () => {
  const [alice, bob, carol, dave] = (await circle(4)) as [Person, Person, Person, Person];
  const old = await open(alice, bob);
  await open(alice, carol);
  await open(alice, dave);
  const page = await present(server.now, { user: alice.user });
  await page.client.ask("get_conversations", { amount: 1, anchor: 0 });
  expect(listOf(page)).toHaveLength(1);
  await bob.client.send(old.channel_id, "here I am");
  await page.client.settled();
  expect(listOf(page)[0]).toMatchObject({ id: old.id, unread: 1 });
});

test("who is in them is heard of, and by their new names", async () => {
  const [alice, bob, carol] = (await circle(3)) as [Person, Person, Person];
  const group = await open(alice, bob, carol);
  await loadConversations(bob.client);
  await bob.client.settled();
  // Bob knows carol from the group alone.
  expect(bob.client.cache.users.get(carol.user.id)).toMatchObject({ status: "online" });
  await carol.client.ask("update_user", { changes: { name: `carola-${carol.user.id}` } });
  await bob.client.settled();
  const names = () => bob.client.cache.conversations?.get(group.id)?.members.map(({ name }) => name);
  expect(names()).toContain(`carola-${carol.user.id}`);
  await alice.client.ask("remove_conversation_member", { conversation_id: group.id, user_id: carol.user.id });
  await bob.client.settled();
  expect(names()).not.toContain(`carola-${carol.user.id}`);
  expect(bob.client.cache.users.has(carol.user.id)).toBe(false);
});

test("what one wants to be told of is kept, whichever session chose it", async () => {
  const [alice, bob] = (await circle(2)) as [Person, Person];
  const { id: conversation_id } = await open(alice, bob);
  const phone = await present(server.now, { user: alice.user });
  for (const { client } of [alice, phone]) await client.ask("get_notification_settings");
  const muted_until = "2031-05-01T10:00:00.000Z";
  await phone.client.ask("update_notification_settings", { conversation_id, level: "none" });
  await alice.client.settled();
  await alice.client.ask("update_notification_settings", { conversation_id, muted_until });
  const setting = { conversation_id, level: "none" as const, muted_until };
  for (const { client } of [alice, phone]) {
    await client.settled();
    expect([...(client.cache.notification_settings ?? [])]).toEqual([[`conversation:${conversation_id}`, setting]]);
  }
});

test("a program that was closed, and one whose server was away, have what a new one loads", async () => {
  const people = (await circle(4)) as [Person, Person, Person, Person];
  const [alice, bob, carol, dave] = people;
  const [first, second, gone] = [await open(alice, bob), await open(alice, bob, carol), await open(alice, dave, carol)];
  await bob.client.send(first.channel_id, "before");
  await loadConversations(alice.client);
  await alice.client.settled();
  const snapshot = alice.client.snapshot();
  alice.client.close();
  await bob.client.send(first.channel_id, "while away");
  await carol.client.ask("update_conversation", { conversation_id: second.id, changes: { name: "Pickers" } });
  await dave.client.ask("remove_conversation_member", { conversation_id: gone.id, user_id: dave.user.id });
  const synced = [bob, carol, dave].map(({ client }) => next(client, "synced"));
  await server.stop();
  await server.start();
  await Promise.all(synced);
  const later = { user: alice.user, client: clientOf(server.now, alice.user, { snapshot }) };
  await later.client.connect();
  await later.client.settled();
  const fresh = await present(server.now, { user: alice.user });
  await loadConversations(fresh.client);
  await fresh.client.settled();
  expect(listOf(fresh)).toHaveLength(3);
  const [kept, loaded] = [later.client.cache, fresh.client.cache];
  expect(sharedPicture(kept, loaded)).toEqual(sharedPicture(loaded, kept));
});
