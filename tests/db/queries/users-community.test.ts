// What people show of themselves and to whom: profiles, and who has something in common.

import { expect, test } from "bun:test";
import { alice, bob, carol, describeStore, nobody } from "../describe-store.ts";
import { addMember, addServer, known_seq, orchard, save } from "./community.ts";

describeStore("profiles", (db) => {
  test("an update changes what it names, and the seq", async () => {
    const changes = { bio: "likes 🍎", status: "dnd", custom_status: "busy", profile_pic: "a.png" } as const;
    expect(await db.store.users.update(alice, changes, 20)).toBe("updated");
    expect(await db.store.users.update(alice, { custom_status: null, bio: undefined }, 21)).toBe("updated");
    expect(await db.store.users.profiles([alice])).toEqual([
      {
        id: alice,
        name: "Alice",
        created_at: 1_000,
        ...changes,
        custom_status: null,
        seq: 21,
        bot: false,
        deleted: false,
      },
    ]);
    expect(await db.store.maxId()).toBe(21);
  });

  test("a name is changed with its key; one that is taken changes nothing", async () => {
    expect(await db.store.users.update(alice, { name: "Eve", name_key: "eve" }, 20)).toBe("updated");
    expect((await db.store.users.byNameKey("eve"))?.id).toBe(alice);
    expect(await db.store.users.byNameKey("alice")).toBeNull();
    expect(await db.store.users.update(bob, { name: "EVE", name_key: "eve", bio: "x" }, 21)).toBe("name_taken");
    expect(await db.store.users.profiles([bob])).toMatchObject([{ name: "Bob", bio: null, seq: 0 }]);
    expect(await db.store.users.update(alice, { name: "eve", name_key: "eve" }, 22)).toBe("updated");
  });

  test("an update of what was read before is none where it has changed since", async () => {
    const since = (seq: number) => [null, { since: seq }] as const;
    expect(await db.store.users.update(alice, { bio: "one" }, 20, ...since(0))).toBe("updated");
    for (const seq of [0, 19, 21]) {
      expect(await db.store.users.update(alice, { bio: "two" }, 22, ...since(seq))).toBe("gone");
    }
    expect(await db.store.users.profiles([alice])).toMatchObject([{ bio: "one", seq: 20 }]);
    expect(await db.store.users.update(alice, { bio: "two" }, 23, ...since(20))).toBe("updated");
    expect(await db.store.users.profiles([alice])).toMatchObject([{ bio: "two", seq: 23 }]);
  });

  test("who is gone can't be updated", async () => {
    await db.removeUser(alice, 20);
    expect(await db.store.users.update(alice, { bio: "x" }, 30)).toBe("gone");
    expect(await db.store.users.update(nobody, {}, 30)).toBe("gone");
  });

  test("profiles come by id, a deleted user's empty and flagged", async () => {
    await db.store.users.update(alice, { bio: "x", profile_pic: "a.png" }, 10);
    await db.removeUser(alice, 20);
    expect(await db.store.users.profiles([bob, alice, nobody])).toMatchObject([
      { id: alice, name: "deleted user", bio: null, profile_pic: null, custom_status: null, seq: 20, deleted: true },
      { id: bob, name: "Bob", deleted: false },
    ]);
    expect(await db.store.users.profiles([])).toEqual([]);
  });

  test("texts that SQLite cannot hold are made storable", async () => {
    await db.store.users.update(alice, { bio: "a\0\ud800" }, 20);
    expect((await db.store.users.byId(alice))?.bio).toBe("a\ufffd\ufffd");
  });
});

describeStore("whom somebody sees more of than what is public", (db) => {
  const everybody = [alice, bob, carol, nobody];
  const seenBy = async (user_id: number) => {
    const seen = await db.store.users.seenBy(user_id, everybody);
    return seen.map(({ id, hides }) => (hides ? -id : id)).toSorted((one, other) => Math.abs(one) - Math.abs(other));
  };

  test("of strangers nobody, but everybody themselves", async () => {
    expect(await seenBy(alice)).toEqual([alice]);
    expect(await db.store.users.seenBy(alice, [])).toEqual([]);
    expect(await db.store.users.seenBy(alice, [bob])).toEqual([]);
    expect(await db.store.users.sightBetween(alice, [])).toEqual({ sees: [], seen_by: [] });
  });

  test("who is in a server with them, while both are in it", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob);
    expect(await seenBy(alice)).toEqual([alice, bob]);
    expect(await seenBy(bob)).toEqual([alice, bob]);
    expect(await seenBy(carol)).toEqual([carol]);
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 6_000 }], now: 6_000 });
    expect(await seenBy(alice)).toEqual([alice]);
    expect(await seenBy(bob)).toEqual([bob]);
  });

  test("not who was in a server that was removed", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob);
    await db.store.rooms.remove(orchard, { seq: 9_000, known_seq, now: 9_000 });
    expect(await seenBy(alice)).toEqual([alice]);
  });

  test.each([
    ["friends", "friend", "friend", [alice, bob], [alice, bob]],
    ["who asked them for a friendship, not whom they asked", "incoming", "outgoing", [alice, bob], [bob]],
    ["the same the other way round", "outgoing", "incoming", [alice], [alice, bob]],
    ["not whom they have blocked, nor who has blocked them", "blocked", "blocked_by", [alice], [bob]],
    ["nor who blocks them in return", "blocked", "blocked", [alice], [bob]],
    ["nor who was a friend", "none", "none", [alice], [bob]],
  ] as const)("%s", async (_, mine, theirs, alice_sees, bob_sees) => {
    await db.setFriendship(alice, bob, "friend", "friend");
    await db.setFriendship(alice, bob, mine, theirs);
    expect([await seenBy(alice), await seenBy(bob)]).toEqual([[...alice_sees], [...bob_sees]]);
    const { sees, seen_by } = await db.store.users.sightBetween(alice, [bob]);
    expect([sees.length, seen_by.length]).toEqual([alice_sees.length - 1, bob_sees.length - 1]);
  });

  test("who blocked them hides, in a server that both are in; they don't", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob);
    await db.setFriendship(alice, bob, "blocked", "none");
    expect([await seenBy(alice), await seenBy(bob)]).toEqual([
      [alice, bob],
      [-alice, bob],
    ]);
    expect(await db.store.users.sightBetween(bob, [alice])).toEqual({ sees: [alice], seen_by: [alice] });
    const hiding = async (viewer_id: number) =>
      (await db.store.rooms.members({ server_id: orchard, viewer_id, after: 0, limit: 9 })).map(({ hides }) => hides);
    expect([await hiding(alice), await hiding(bob)]).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(await db.store.friendships.blockersOf(bob, [alice, carol])).toEqual([alice]);
    expect(await db.store.friendships.blockersOf(alice, [bob])).toEqual([]);
    expect(await db.store.friendships.blockedBy(alice)).toEqual([bob]);
  });

  test("who blocked whose bot they are hides, and who hides from both is told apart", async () => {
    const robot = 90;
    const token = { login: 91, token_hash: "a" };
    const bot = { id: robot, owner_id: bob, name: "Bot", name_key: "bot", at_most: 9, note: null, now: 1_500, token };
    await db.store.bots.create(bot, undefined);
    await addServer(db, orchard);
    await addMember(db, orchard, robot);
    const hides = async () => (await db.store.users.seenBy(robot, [alice]))[0]?.hides;
    const listed = async () =>
      (await db.store.rooms.members({ server_id: orchard, viewer_id: robot, after: 0, limit: 1 }))[0]?.hides;
    expect([await hides(), await listed()]).toEqual([0, 0]);
    await db.setFriendship(alice, bob, "blocked", "none");
    expect([await hides(), await listed()]).toEqual([2, 2]);
    await db.setFriendship(alice, robot, "blocked", "none", 3_000);
    expect([await hides(), await listed()]).toEqual([3, 3]);
    await db.setFriendship(alice, bob, "none", "none", 4_000);
    expect([await hides(), await listed()]).toEqual([1, 1]);
    expect(await db.store.friendships.blockersOf(bob, [alice])).toEqual([]);
    await db.setFriendship(alice, bob, "blocked", "none", 5_000);
    expect(await db.store.friendships.blockersOf(robot, [alice, carol])).toEqual([alice]);
    expect(new Set(await db.store.friendships.blockedBy(alice))).toEqual(new Set([bob, robot]));
    expect((await db.store.conversations.acquainted(alice, robot)).is_blocked).toBe(true);
    expect((await db.store.conversations.acquainted(robot, alice)).is_blocked).toBe(true);
    expect((await db.store.conversations.acquainted(carol, robot)).is_blocked).toBe(false);
    expect(await db.store.friendships.blockedBy(bob)).toEqual([]);
  });
});
