// The users aggregate: accounts, their reads, and their end with all that hangs on them.
// What others learn of an end is checked by the seqs that their own rows get.

import { expect, test } from "bun:test";
import type { DatabaseError } from "../../../src/db/engine/driver.ts";
import { alice, bob, carol, describeStore, nobody } from "../describe-store.ts";

describeStore("users", (db) => {
  test("a created user is found by id and by name key", async () => {
    expect(await db.store.users.byId(alice)).toEqual({
      id: alice,
      name: "Alice",
      email: null,
      profile_pic: null,
      bio: null,
      status: "online",
      custom_status: null,
      dms: "servers",
      last_online: 1_000,
      created_at: 1_000,
      seq: 0,
      bot_owner_id: null,
    });
    const credentials = { id: alice, name: "Alice", password_hash: "hash of Alice" };
    expect(await db.store.users.byNameKey("alice")).toEqual(credentials);
    expect(await db.store.users.credentials(alice)).toEqual(credentials);
  });

  test("who does not exist is null", async () => {
    expect(await db.store.users.byId(nobody)).toBeNull();
    expect(await db.store.users.byNameKey("nobody")).toBeNull();
    expect(await db.store.users.credentials(nobody)).toBeNull();
  });

  test("a taken name is a value, a taken id a fault", async () => {
    expect(await db.addUser(50, "ALICE")).toBe("name_taken");
    expect(await db.store.users.byId(50)).toBeNull();
    const error = await db.addUser(alice, "Dave").catch((caught: unknown) => caught);
    expect((error as DatabaseError).fault.constraint).toBe("users.id");
  });

  test("many at once: those that exist, by id", async () => {
    expect((await db.store.users.byIds([bob, nobody, alice, bob])).map((user) => user.id)).toEqual([alice, bob]);
    expect(await db.store.users.byIds([])).toEqual([]);
  });

  test("last_online is what was set", async () => {
    await db.store.users.setLastOnline([{ id: alice, last_online: 5_000 }]);
    expect((await db.store.users.byId(alice))?.last_online).toBe(5_000);
  });

  test("last_online of many at once: the later of two stands, nothing else changes, and nobody is made", async () => {
    const before = await db.store.users.byIds([alice, bob]);
    const { setLastOnline } = db.store.users;
    await Promise.all([
      setLastOnline([{ id: alice, last_online: 6_000 }]),
      setLastOnline([{ id: nobody, last_online: 6_500 }]),
      setLastOnline([{ id: bob, last_online: 8_000 }]),
      setLastOnline([{ id: alice, last_online: 7_000 }]),
    ]);
    const after = before.map((user) => ({ ...user, last_online: user.id === alice ? 7_000 : 8_000 }));
    expect(await db.store.users.byIds([alice, bob])).toEqual(after);
    expect(await db.store.users.byNameKey("alice")).toMatchObject({ id: alice, password_hash: "hash of Alice" });
    expect(await db.store.users.byId(nobody)).toBeNull();
  });

  test("the highest id counts tombstones and holds up to 2^53 - 1", async () => {
    expect(await db.store.maxId()).toBe(carol);
    const highest = 2 ** 53 - 1;
    await db.addUser(highest, "Zoe");
    await db.removeUser(highest, 2_000);
    expect(await db.store.maxId()).toBe(highest);
  });

  test("a removed user is gone, and the name is free", async () => {
    expect(await db.removeUser(alice, 2_000)).toEqual({
      ...{ peers: [], server_ids: [], partners: [], conversation_ids: [] },
    });
    expect(await db.store.users.profiles([alice])).toMatchObject([{ seq: 2_000, deleted: true }]);
    expect(await db.store.users.byId(alice)).toBeNull();
    expect(await db.store.users.byIds([alice, bob])).toHaveLength(1);
    expect(await db.store.users.byNameKey("alice")).toBeNull();
    expect(await db.store.users.credentials(alice)).toBeNull();
    expect(await db.addUser(50, "Alice")).toBe("created");
  });

  test("removing again, or nobody, is stale", async () => {
    const end = (id: number) => db.plain.users.end({ id, checked_hash: "hash of Alice", seq: 3_000, now: 3_000 });
    await db.removeUser(alice, 2_000);
    expect(await db.isStale(end(alice))).toBe(true);
    expect(await db.isStale(end(nobody))).toBe(true);
    expect(await db.store.users.profiles([alice])).toMatchObject([{ seq: 2_000 }]);
  });

  test("a removed user's logins and friendships go, and their peers are named", async () => {
    await db.store.logins.create({ id: 7, user_id: alice, created_at: 1_000, expires_at: 9_000 }, "hash of Alice");
    await db.setFriendship(alice, bob, "friend", "friend");
    await db.setFriendship(alice, bob, "none", "none");
    await db.setFriendship(alice, bob, "outgoing", "incoming");
    await db.setFriendship(carol, alice, "blocked", "none");
    await db.setFriendship(bob, carol, "friend", "friend");
    const removed = await db.removeUser(alice, 3_000);
    expect(removed.peers.toSorted((a, b) => a.user_id - b.user_id)).toEqual([
      { user_id: bob, seq: 3_000, after: expect.any(Number) },
      { user_id: carol, seq: 3_000, after: expect.any(Number) },
    ]);
    expect(await db.store.logins.find(7)).toBeNull();
    expect((await db.store.friendships.listFor(bob)).map((row) => row.id)).toEqual([carol]);
    expect(await db.store.friendships.listFor(alice)).toEqual([]);
  });

  test("a peer whose friendship had already ended is not told again", async () => {
    await db.setFriendship(alice, bob, "friend", "friend");
    await db.setFriendship(alice, bob, "none", "none");
    expect((await db.removeUser(alice, 3_000)).peers).toEqual([]);
  });
});
