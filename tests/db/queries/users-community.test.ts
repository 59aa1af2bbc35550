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
      { id: alice, name: "Alice", created_at: 1_000, ...changes, custom_status: null, seq: 21, deleted: false },
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

describeStore("people with something in common", (db) => {
  const everybody = [alice, bob, carol, nobody];
  const relatedTo = async (user_id: number) => (await db.store.users.relatedTo(user_id, everybody)).toSorted();

  test("strangers have nothing, but everybody has themselves", async () => {
    expect(await relatedTo(alice)).toEqual([alice]);
    expect(await db.store.users.relatedTo(alice, [])).toEqual([]);
    expect(await db.store.users.relatedTo(alice, [bob])).toEqual([]);
  });

  test("a shared server, while both are in it", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob);
    expect(await relatedTo(alice)).toEqual([alice, bob]);
    expect(await relatedTo(bob)).toEqual([alice, bob]);
    expect(await relatedTo(carol)).toEqual([carol]);
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 6_000 }], now: 6_000 });
    expect(await relatedTo(alice)).toEqual([alice]);
    expect(await relatedTo(bob)).toEqual([bob]);
  });

  test("not a server that was removed", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob);
    await db.store.rooms.remove(orchard, { seq: 9_000, known_seq, now: 9_000 });
    expect(await relatedTo(alice)).toEqual([alice]);
  });

  test.each([
    ["friend", "friend"],
    ["incoming", "outgoing"],
    ["outgoing", "incoming"],
  ] as const)("%s and %s", async (mine, theirs) => {
    await db.setFriendship(alice, bob, mine, theirs);
    expect(await relatedTo(alice)).toEqual([alice, bob]);
    expect(await relatedTo(bob)).toEqual([alice, bob]);
  });

  test.each([
    ["blocked", "blocked_by"],
    ["none", "none"],
  ] as const)("not %s and %s", async (mine, theirs) => {
    await db.setFriendship(alice, bob, "friend", "friend");
    await db.setFriendship(alice, bob, mine, theirs);
    expect(await relatedTo(alice)).toEqual([alice]);
    expect(await relatedTo(bob)).toEqual([bob]);
  });
});
