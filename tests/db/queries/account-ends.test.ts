// The end of an account: of the user, all that hangs on them, and nothing of anybody else; or nothing at all.

import { expect, test } from "bun:test";
import type { SelfSeq } from "../../../src/db/queries/self-topics.ts";
import { alice, bob, carol, describeStore } from "../describe-store.ts";
import { statement } from "../engine/driver-contract.ts";
import { addMember, addMessages, addOrchard, addServer, meadow, messageOf, orchard, save } from "./community.ts";

const now = 9_000;

describeStore("the end of an account", (db) => {
  const end = (seq = now) => db.plain.users.end({ id: bob, checked_hash: "hash of Bob", seq, now });
  const numMembers = async (id: number) => (await db.store.rooms.load(id))?.server.num_members;

  /** Bob is in two servers and has left a third, of which a role stays his; he has a friend, a log-in, roles and a message. */
  async function setUp(): Promise<void> {
    const { server } = await addOrchard(db);
    const other = await addServer(db, meadow, { owner_id: carol });
    const third = await addServer(db, 3_000);
    await addMember(db, meadow, bob, { role_ids: [2_100, 2_101] });
    await addMember(db, orchard, bob, { role_ids: [1_100] });
    await addMember(db, orchard, carol, { role_ids: [1_100] });
    await addMember(db, 3_000, bob, { role_ids: [3_100] });
    await save(db, 3_000, { left_members: [{ user_id: bob, seq: 5_500, role_ids: [3_100] }], now: 5_500 });
    for (const [of, num_members] of [[server, 3] as const, [other.server, 2] as const, [third.server, 1] as const]) {
      await save(db, of.id, { server: { ...of, num_members }, now: 5_600 });
    }
    await addMessages(db, [messageOf(11, { author_id: bob })]);
    await db.store.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 11, seq: 5_700 });
    await db.store.logins.create({ id: 80, user_id: bob, created_at: 1, expires_at: 99_000 }, "hash of Bob");
    await db.store.logins.create({ id: 81, user_id: carol, created_at: 1, expires_at: 99_000 }, "hash of Carol");
    await db.setFriendship(bob, alice, "friend", "friend", 5_800);
    await db.setFriendship(carol, bob, "outgoing", "incoming", 5_900);
    await db.setFriendship(alice, carol, "blocked", "none", 12_000);
  }

  test("ends their memberships, with the numbers of members and their roles", async () => {
    await setUp();
    const performed = await db.plain.writer.perform(end());
    if (performed.state !== "stored") throw new Error(performed.state);
    expect(performed.value.server_ids.toSorted()).toEqual([orchard, meadow]);
    expect([await numMembers(orchard), await numMembers(meadow), await numMembers(3_000)]).toEqual([2, 1, 1]);
    expect([await db.store.rooms.memberIds(orchard), await db.store.rooms.memberIds(meadow)]).toEqual([
      [alice, carol],
      [carol],
    ]);
    expect(await db.store.rooms.listOf(bob)).toEqual([]);
    const roles = ((await db.tables()).get("member_roles") ?? []).map(({ user_id, role_id }) => [user_id, role_id]);
    expect(roles).toEqual([[carol, 1_100]]);
    for (const id of [orchard, meadow]) {
      expect(await db.store.rooms.departedSince(id, 6_000)).toEqual([{ user_id: bob, seq: now }]);
      expect(await db.store.rooms.lastSeq(id)).toBe(now);
    }
    expect(await db.store.rooms.departedSince(3_000, 0)).toEqual([{ user_id: bob, seq: 5_500 }]);
  });

  test("is counted once by who loads a server, whether it came before or after", async () => {
    await setUp();
    const before = await db.store.rooms.load(orchard);
    await db.removeUser(bob, now);
    const after = await db.store.rooms.load(orchard);
    const departedSince = async (since = 0) => (await db.store.rooms.departedSince(orchard, since)).length;
    expect([before?.server.num_members, await departedSince(before?.last_seq)]).toEqual([3, 1]);
    expect([after?.server.num_members, await departedSince(after?.last_seq)]).toEqual([2, 0]);
  });

  test("tells for a while which servers and conversations they were in, and of no others", async () => {
    await setUp();
    const group = { id: 60, channel_id: 61, name: null, owner_id: alice, user_ids: [bob], seq: 6_000, now: 6_000 };
    await db.plain.writer.perform(db.plain.conversations.found({ ...group, note: null }));
    expect(await db.store.manyPeople.leftLately(1_000_000)).toEqual([]);
    await db.removeUser(bob, now);
    const left = [orchard, meadow, 60].map((id) => ({ user_id: bob, id }));
    expect(new Set(await db.store.manyPeople.leftLately(50))).toEqual(new Set(left));
    await db.store.users.update(carol, { bio: "later" }, now + 100);
    expect(await db.store.manyPeople.leftLately(50)).toEqual([]);
  });

  test("ends their friendships on both sides, each numbered in its own topic, and their log-ins", async () => {
    await setUp();
    const { peers } = await db.store.users.end({ id: bob, checked_hash: "hash of Bob", seq: now, now });
    expect(peers.toSorted((a, b) => a.user_id - b.user_id)).toEqual([
      { user_id: alice, seq: 12_001, after: 12_000 },
      { user_id: carol, seq: now, after: expect.any(Number) },
    ]);
    expect((await db.store.friendships.listFor(alice)).map(({ id }) => id)).toEqual([carol]);
    expect(await db.store.friendships.listFor(carol)).toEqual([]);
    const changes = await db.store.users.selfChangedSince({ user_id: alice, since: 12_000, limit: 9 });
    expect(changes.friendships).toMatchObject([{ peer_id: bob, state: "none", seq: 12_001 }]);
    expect(await db.store.logins.find(80)).toBeNull();
    expect(await db.store.logins.find(81)).not.toBeNull();
  });

  test("leaves what they wrote, and an empty profile", async () => {
    await setUp();
    await db.removeUser(bob, now);
    expect(await db.store.messages.byId(11)).toMatchObject({ author_id: bob, content: "message 11" });
    expect(await db.store.users.profiles([bob])).toMatchObject([{ name: "deleted user", seq: now, deleted: true }]);
  });

  test("is found, where its answer was lost, as it was answered", async () => {
    await setUp();
    const write = end();
    expect(await write.find()).toBeNull();
    const performed = await db.plain.writer.perform(write);
    if (performed.state !== "stored") throw new Error(performed.state);
    const [found, { value }] = [await write.find(), performed];
    const numbered = (peers: readonly SelfSeq[] = []) => new Set(peers.map(({ user_id, seq }) => `${user_id} ${seq}`));
    expect(numbered(found?.peers)).toEqual(numbered(value.peers));
    expect(new Set(found?.server_ids)).toEqual(new Set(value.server_ids));
  });

  test("is nothing at all where one part of it can't be done", async () => {
    await setUp();
    const before = await db.tables();
    const { job } = end();
    for (let parts = 1; parts <= job.length; parts += 1) {
      const broken = [...job.slice(0, parts), statement("INSERT INTO guards (holds) VALUES (0)")];
      expect(await db.isStale({ ...end(), job: broken })).toBe(true);
    }
    expect(await db.tables()).toEqual(before);
  });

  test("is nothing at all while they own a server, and all of it once they do not", async () => {
    await setUp();
    const { server } = await addServer(db, 4_000, { owner_id: bob });
    const before = await db.tables();
    expect(await db.isStale(end())).toBe(true);
    expect(await db.tables()).toEqual(before);
    await addMember(db, 4_000, carol);
    await save(db, 4_000, { server: { ...server, owner_id: carol, num_members: 2 }, now: 8_000 });
    expect(await db.isStale(end())).toBe(false);
    expect(await numMembers(4_000)).toBe(1);
  });

  test("of two at once is done once", async () => {
    await setUp();
    expect(await Promise.all([db.isStale(end()), db.isStale(end(now + 1))])).toEqual([false, true]);
    expect([await numMembers(orchard), await numMembers(meadow)]).toEqual([2, 1]);
    expect(await db.store.users.profiles([bob])).toMatchObject([{ seq: now }]);
  });

  test("undoes what its neighbours wait for: a message after it does not come in", async () => {
    await setUp();
    const { perform } = db.plain.writer;
    const [, late, kept] = await Promise.all([
      perform(end()),
      perform(db.plain.messages.add(messageOf(12, { author_id: bob }))),
      perform(db.plain.messages.add(messageOf(13))),
    ]);
    expect([late, kept]).toEqual([
      { state: "stored", value: { added: false } },
      { state: "stored", value: { added: true } },
    ]);
  });
});
