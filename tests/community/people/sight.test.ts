// Losing sight: who has nothing in common with somebody any more hears nothing more of them, at once, on any session.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { ask, befriend, eventsOf } from "./acquaintances.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Those of `watchers` who hear that this person plays something. */
async function heardBy(person: Present, watchers: Present[]): Promise<Present[]> {
  person.client.send({ type: "now-playing", message: `game ${Math.random()}` });
  await person.client.rest();
  const heard = await Promise.all(watchers.map(async (watcher) => (await eventsOf(watcher.client)).length > 0));
  return watchers.filter((_, index) => heard[index]);
}

/** Looking up what two people have in common takes a moment: a look-up that began later has ended. */
async function lookedUp(): Promise<void> {
  const [one, other] = await server.friends();
  await ask(one, "get_user", { user_id: other.id });
  await ask(one, "delete_friend", { user_id: other.id });
  while ((await heardBy(other, [one])).length > 0);
}

/** Founder and members of a server, each of whom has loaded all. */
async function household(size: number): Promise<{ server_id: number; people: Present[] }> {
  const people = await Promise.all(Array.from({ length: size }, () => server.join()));
  const [founder, ...guests] = people as [Present, ...Present[]];
  const server_id = await foundServer(founder);
  await inviteInto(server_id, founder, ...guests);
  for (const who of people) await ask(who, "get_users", { user_ids: people.map(({ id }) => id) });
  await Promise.all(people.map(({ client }) => client.rest()));
  return { server_id, people };
}

describe("a request", () => {
  test.each([
    ["declined", "update_friend", { action: "decline" }],
    ["answered by a block", "update_friend", { action: "block" }],
    ["withdrawn", "delete_friend", {}],
  ])("that is %s ends what whoever was asked hears by their list", async (how, type, data) => {
    const [alice, bob, carol] = await Promise.all([server.join(), server.join(), server.join()]);
    for (const who of [bob, carol]) await done(who, "add_friend", { user_id: alice.id });
    const phone = { ...alice, client: await server.connect(alice) };
    for (const who of [alice, phone, bob]) await ask(who, "get_friends");
    await Promise.all([alice, phone].map(({ client }) => client.rest()));
    expect(await heardBy(bob, [alice, phone])).toEqual([alice, phone]);
    const [who, whom] = how === "withdrawn" ? [bob, alice] : [alice, bob];
    await done(who, type, { user_id: whom.id, ...data });
    await done(alice, "update_friend", { user_id: carol.id, action: "accept" });
    await lookedUp();
    await Promise.all([alice, phone, bob].map(({ client }) => client.rest()));
    expect(await heardBy(bob, [alice, phone])).toEqual([]);
    expect(await heardBy(alice, [bob])).toEqual([]);
    await done(carol, "update_user", { changes: { bio: "Plays chess." } });
    for (const { client } of [alice, phone]) {
      expect(await eventsOf(client)).toMatchObject([{ topic: `user:${carol.id}` }]);
    }
  });
});

describe("a friendship", () => {
  test.each([
    ["that one ends", "delete_friend", {}],
    ["that a block ends", "update_friend", { action: "block" }],
  ])("%s ends what both hear, on all sessions", async (_, type, data) => {
    const [alice, bob] = await server.friends();
    const phone = { ...alice, client: await server.connect(alice) };
    await ask(alice, "get_user", { user_id: bob.id });
    await ask(phone, "get_friends");
    await ask(bob, "get_user", { user_id: alice.id });
    expect(await heardBy(bob, [alice, phone])).toEqual([alice, phone]);
    await done(alice, type, { user_id: bob.id, ...data });
    await lookedUp();
    await Promise.all([alice, phone, bob].map(({ client }) => client.rest()));
    expect(await heardBy(bob, [alice, phone])).toEqual([]);
    expect(await heardBy(alice, [bob])).toEqual([]);
    expect((await ask(alice, "get_user", { user_id: bob.id }))["data"].user).toEqual({
      ...{ id: bob.id, name: bob.name, profile_pic: null },
    });
  });

  test("that ends leaves those who share a server as they were", async () => {
    const [alice, bob] = await server.friends();
    await inviteInto(await foundServer(alice), alice, bob);
    await ask(alice, "get_user", { user_id: bob.id });
    await ask(alice, "delete_friend", { user_id: bob.id });
    await lookedUp();
    await alice.client.rest();
    expect(await heardBy(bob, [alice])).toEqual([alice]);
  });

  test("that was made anew is heard of anew", async () => {
    const [alice, bob] = await server.friends();
    await ask(alice, "get_user", { user_id: bob.id });
    for (let round = 0; round < 10; round += 1) {
      await ask(alice, "delete_friend", { user_id: bob.id });
      await befriend(alice, bob);
      await ask(alice, "get_user", { user_id: bob.id });
      expect(await heardBy(bob, [alice])).toEqual([alice]);
    }
    await lookedUp();
    await alice.client.rest();
    expect(await heardBy(bob, [alice])).toEqual([alice]);
  });

  test("a request that is declined ends it as well", async () => {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    await ask(alice, "add_friend", { user_id: bob.id });
    for (const [one, other] of [[alice, bob] as const, [bob, alice] as const]) {
      await ask(one, "get_user", { user_id: other.id });
      await one.client.rest();
    }
    // Who sent it is told nothing yet.
    expect(await heardBy(bob, [alice])).toEqual([]);
    expect(await heardBy(alice, [bob])).toEqual([bob]);
    await ask(bob, "update_friend", { user_id: alice.id, action: "decline" });
    await lookedUp();
    await bob.client.rest();
    expect(await heardBy(alice, [bob])).toEqual([]);
  });
});

describe("a server in common", () => {
  test("that somebody leaves: those left hear no more of them, nor they of those", async () => {
    const { server_id, people } = await household(3);
    const [alice, bob, carol] = people as [Present, Present, Present];
    await ask(carol, "leave_server", { server_id });
    await lookedUp();
    await Promise.all(people.map(({ client }) => client.rest()));
    expect(await heardBy(carol, [alice, bob])).toEqual([]);
    expect(await heardBy(alice, [bob, carol])).toEqual([bob]);
  });

  test.each(["remove_member", "ban_member"])("from which somebody is sent away by %s", async (type) => {
    const { server_id, people } = await household(3);
    const [alice, bob, carol] = people as [Present, Present, Present];
    await done(alice, type, { server_id, user_id: carol.id });
    await lookedUp();
    await Promise.all(people.map(({ client }) => client.rest()));
    expect(await heardBy(carol, [alice, bob])).toEqual([]);
    expect(await heardBy(bob, [alice, carol])).toEqual([alice]);
  });

  test("that is deleted: only friends hear of each other still", async () => {
    const { server_id, people } = await household(3);
    const [alice, bob, carol] = people as [Present, Present, Present];
    await befriend(alice, bob);
    await ask(alice, "delete_server", { server_id });
    await lookedUp();
    await Promise.all(people.map(({ client }) => client.rest()));
    expect(await heardBy(alice, [bob, carol])).toEqual([bob]);
    expect(await heardBy(carol, [alice, bob])).toEqual([]);
  });

  test("of two, one of which is left, is enough", async () => {
    const { server_id, people } = await household(2);
    const [alice, bob] = people as [Present, Present];
    await inviteInto(await foundServer(alice), alice, bob);
    await ask(bob, "leave_server", { server_id });
    await lookedUp();
    await alice.client.rest();
    expect(await heardBy(bob, [alice])).toEqual([alice]);
  });
});
