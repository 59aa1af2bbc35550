// Servers as rooms load and save them: structure, members and bans, and their ends.
// Which changes are allowed is not asked here.

import { expect, test } from "bun:test";
import { alice, bob, carol, describeStore, nobody } from "../describe-store.ts";
import {
  addMember,
  addMessages,
  addOrchard,
  addServer,
  foundingOf,
  known_seq,
  meadow,
  memberOf,
  messageOf,
  orchard,
  save,
  structureOf,
} from "./community.ts";

describeStore("rooms", (db) => {
  test("a created server is loaded as it was given, with its owner in it", async () => {
    const structure = await addServer(db, orchard, { description: "äpfel 🍎", image: "https://x.example/1.png" });
    expect(await db.store.rooms.load(orchard)).toEqual({ ...structure, last_seq: orchard + 5 });
    expect(await db.store.rooms.member(orchard, alice)).toEqual(
      memberOf(alice, { joined_at: orchard, seq: orchard + 5 }),
    );
    expect(await db.store.rooms.load(nobody)).toBeNull();
    expect(await db.store.rooms.member(orchard, bob)).toBeNull();
  });

  test("what was never given leaves nothing behind: a create is all or none", async () => {
    const broken = { ...foundingOf(orchard), owner: memberOf(alice, { joined_at: Number.NaN }) };
    expect(await db.store.rooms.create(broken).catch((error) => error)).toMatchObject({
      fault: { kind: "constraint" },
    });
    expect(await db.store.rooms.load(orchard)).toBeNull();
  });

  test("the parts of a server lead to it while they stand", async () => {
    await addServer(db, orchard);
    const { rooms } = db.store;
    expect(await rooms.serverOf("role", orchard + 1)).toBe(orchard);
    expect(await rooms.serverOf("category", orchard + 2)).toBe(orchard);
    expect(await rooms.serverOf("channel", orchard + 3)).toBe(orchard);
    expect(await rooms.serverOf("channel", orchard + 1)).toBeNull();
    await save(db, orchard, { deleted_channels: [{ id: orchard + 3, seq: 9_000 }], now: 9_000 });
    expect(await rooms.serverOf("channel", orchard + 3)).toBeNull();
  });

  test("a save replaces what it names and leaves the rest", async () => {
    const { server, roles, categories, channels } = await addServer(db, orchard);
    const renamed = { ...server, name: "Orchard", num_members: 7, seq: 9_000 };
    const role = { id: 1_100, name: "mod", color: "#ff0000", rules: 1, position: 1, seq: 9_001 };
    const moved = channels.map((channel) => ({ ...channel, category_id: null, overwrites: [], seq: 9_002 }));
    await save(db, orchard, { server: renamed, roles: [role], channels: moved, now: 9_000 });
    expect(await db.store.rooms.load(orchard)).toEqual({
      ...{ server: renamed, roles: [...roles, role], categories, channels: moved, last_seq: 9_002 },
    });
    expect(await db.store.rooms.lastSeq(orchard)).toBe(9_002);
  });

  test("a save can leave overwrites as they are stored, of a place that changes otherwise, and keeps no history then", async () => {
    const { categories, channels } = await addServer(db, orchard);
    const moved = channels.map((channel) => ({ ...channel, position: 7, overwrites: [], seq: 9_002 }));
    const places = {
      categories: categories.map((category) => ({ ...category, name: "x", seq: 9_001 })),
      channels: moved,
    };
    const kept_overwrites = new Set([orchard + 2, orchard + 3]);
    await save(db, orchard, { ...places, kept_overwrites, now: 9_000 });
    expect(await db.store.rooms.load(orchard)).toMatchObject({
      categories: places.categories,
      channels: [{ ...moved[0], overwrites: channels[0]?.overwrites }],
    });
    const query = { server_id: orchard, user_id: alice, since: 8_000, limit: 10 };
    expect(await db.store.rooms.changedSince(query)).toMatchObject({ former: [] });
    await save(db, orchard, { channels: moved, now: 9_100 });
    expect(await db.store.rooms.changedSince(query)).toMatchObject({ former: [{ kind: "channel", id: orchard + 3 }] });
  });

  test("what is deleted is gone from the server, and its seq is the last", async () => {
    const { server, roles } = await addServer(db, orchard);
    await save(db, orchard, {
      deleted_categories: [{ id: orchard + 2, seq: 9_001 }],
      deleted_channels: [{ id: orchard + 3, seq: 9_002 }],
      now: 9_000,
    });
    expect(await db.store.rooms.load(orchard)).toEqual({
      ...{ server, roles, categories: [], channels: [], last_seq: 9_002 },
    });
    expect(await db.store.rooms.lastSeq(orchard)).toBe(9_002);
    expect(await db.store.maxId()).toBe(9_002);
  });

  test("a part of another server is not deleted", async () => {
    await addServer(db, orchard);
    await addServer(db, meadow);
    await save(db, orchard, { deleted_channels: [{ id: meadow + 3, seq: 9_000 }], now: 9_000 });
    expect(await db.store.rooms.serverOf("channel", meadow + 3)).toBe(meadow);
  });

  test("a member's roles are replaced, and a deleted role is taken from all", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob, { role_ids: [1_100, 1_101] });
    await addMember(db, orchard, carol, { role_ids: [1_101, 1_102, 1_101] });
    await addMember(db, orchard, bob, { role_ids: [1_101, 1_102], nickname: "Bobby", seq: 9_000 });
    expect(await db.store.rooms.member(orchard, bob)).toEqual(
      memberOf(bob, { role_ids: [1_101, 1_102], nickname: "Bobby", joined_seq: 5_000, seq: 9_000 }),
    );
    await save(db, orchard, { deleted_roles: [{ id: 1_101, seq: 9_001 }], now: 9_001 });
    expect((await db.store.rooms.member(orchard, bob))?.role_ids).toEqual([1_102]);
    expect((await db.store.rooms.member(orchard, carol))?.role_ids).toEqual([1_102]);
  });

  test("who left is gone without their roles, and may come back", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob, { role_ids: [1_100] });
    const left_members = [{ user_id: bob, seq: 9_000 }];
    await save(db, orchard, { left_members, now: 9_000 });
    expect(await db.store.rooms.member(orchard, bob)).toBeNull();
    expect(await db.store.rooms.listOf(bob)).toEqual([]);
    expect(await db.store.rooms.countOf(bob)).toBe(0);
    expect(await db.store.maxId()).toBe(9_000);
    await addMember(db, orchard, bob, { joined_at: 9_500, seq: 9_500 });
    expect(await db.store.rooms.member(orchard, bob)).toEqual(memberOf(bob, { joined_at: 9_500, seq: 9_500 }));
  });

  test("who left keeps the roles that were named, until these are deleted or others are given", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob, { role_ids: [1_100, 1_101, 1_102] });
    await addMember(db, orchard, carol, { role_ids: [1_100, 1_101] });
    const left_members = [
      { user_id: bob, seq: 9_000, role_ids: [1_100, 1_102] },
      { user_id: carol, seq: 9_000, role_ids: [1_101] },
    ];
    await save(db, orchard, { left_members, now: 9_000 });
    const former = (user_id: number) => db.store.rooms.formerRoles(orchard, user_id);
    expect([await former(bob), await former(carol)]).toEqual([[1_100, 1_102], [1_101]]);
    await save(db, orchard, { deleted_roles: [{ id: 1_100, seq: 9_001 }], now: 9_001 });
    expect(await former(bob)).toEqual([1_102]);
    await addMember(db, orchard, bob, { role_ids: [], seq: 9_500 });
    await addMember(db, orchard, carol, { role_ids: [1_101], seq: 9_501 });
    expect(await db.store.rooms.member(orchard, bob)).toMatchObject({ role_ids: [] });
    expect(await db.store.rooms.member(orchard, carol)).toMatchObject({ role_ids: [1_101] });
    expect(await former(bob)).toEqual([]);
  });

  test("a member who is saved again keeps the number in their own topic", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob, { seq: 9_500 });
    await save(db, orchard, { members: [memberOf(bob, { seq: 6_000 })], now: 6_000 });
    expect(await db.store.maxId()).toBe(9_500);
    expect(await db.store.rooms.lastSeq(orchard)).toBe(6_000);
  });

  test("one's servers come in the order of joining; mutual ones are those of both", async () => {
    await addServer(db, meadow);
    await addServer(db, orchard, { image: "a.png" });
    await addServer(db, 3_000, { owner_id: carol });
    await addMember(db, meadow, bob, { joined_at: 1 });
    await addMember(db, 3_000, bob, { joined_at: 2 });
    const [first, second] = [
      { id: orchard, name: "server 1000", image: "a.png" },
      { id: meadow, name: "server 2000", image: null },
    ];
    expect(await db.store.rooms.listOf(alice)).toEqual([first, second]);
    expect(await db.store.rooms.countOf(alice)).toBe(2);
    expect(await db.store.rooms.mutual(alice, bob)).toEqual([second]);
    expect(await db.store.rooms.mutual(alice, carol)).toEqual([]);
    expect(await db.store.rooms.ownedBy(alice)).toEqual([orchard, meadow]);
    expect(await db.store.rooms.ownedBy(bob)).toEqual([]);
  });

  test("members come in pages by user, with their names", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, carol, { nickname: "C", role_ids: [1_100] });
    await addMember(db, orchard, bob);
    const { rooms } = db.store;
    const first = await rooms.members({ server_id: orchard, after: 0, limit: 2 });
    expect(first.map(({ user_id, name }) => [user_id, name])).toEqual([
      [alice, "Alice"],
      [bob, "Bob"],
    ]);
    expect(await rooms.members({ server_id: orchard, after: bob, limit: 2 })).toEqual([
      {
        ...memberOf(carol, { nickname: "C", role_ids: [1_100] }),
        ...{ name: "Carol", profile_pic: null, user_seq: 0, hides: 0 },
      },
    ]);
    expect(await rooms.members({ server_id: meadow, after: 0, limit: 2 })).toEqual([]);
    expect(await rooms.memberIds(orchard)).toEqual([alice, bob, carol]);
  });

  test("members are filtered by name, role and list, alone and together", async () => {
    await addServer(db, orchard);
    await db.addUser(4, "Zoë%_");
    await addMember(db, orchard, bob, { nickname: "ÉCLAIR", role_ids: [1_100] });
    await addMember(db, orchard, carol, { role_ids: [1_100] });
    await addMember(db, orchard, 4, { nickname: "d", role_ids: [1_101] });
    const page = { server_id: orchard, after: 0, limit: 10 };
    const named = async (name: string, filter: { role_id?: number; user_ids?: number[] } = {}) =>
      (await db.store.rooms.named({ ...page, ...filter }, name)).user_ids;
    const ids = async (filter: { role_id?: number; user_ids?: number[] }) =>
      (await db.store.rooms.members({ ...page, ...filter })).map((one) => one.user_id);
    expect(await named("écl")).toEqual([bob]);
    expect(await named("Éclair")).toEqual([bob]);
    expect(await named("OË")).toEqual([4]);
    expect(await named("zoe")).toEqual([4]);
    expect(await named("%_")).toEqual([4]);
    expect(await named("_")).toEqual([4]);
    expect(await named("aro")).toEqual([carol]);
    expect(await named("'\"\\")).toEqual([]);
    expect(await ids({ role_id: 1_100 })).toEqual([bob, carol]);
    expect(await named("car", { role_id: 1_100 })).toEqual([carol]);
    expect(await ids({ user_ids: [4, carol, nobody] })).toEqual([carol, 4]);
    expect(await ids({ user_ids: [] })).toEqual([]);
    expect(await named("C", { user_ids: [4, carol], role_id: 1_100 })).toEqual([carol]);
    const slice = { ...page, limit: 2 };
    expect(await db.store.rooms.named(slice, "o")).toEqual({ user_ids: [bob], next: bob });
    expect(await db.store.rooms.named({ ...slice, after: bob }, "o")).toEqual({ user_ids: [carol, 4], next: 4 });
    expect(await db.store.rooms.named({ ...slice, after: 4 }, "o")).toEqual({ user_ids: [], next: null });
    expect(await db.store.rooms.members({ server_id: meadow, after: 0, limit: 9, role_id: 1_100 })).toEqual([]);
  });

  test("bans are kept, counted, renewed and lifted", async () => {
    await addServer(db, orchard);
    const ban = { user_id: bob, reason: "spam", banned_by: alice, created_at: 6_000 };
    const second = { user_id: carol, reason: null, banned_by: alice, created_at: 7_000 };
    await save(db, orchard, { bans: [ban, second], now: 7_000 });
    expect(await db.store.rooms.ban(orchard, bob)).toEqual(ban);
    expect(await db.store.rooms.ban(meadow, bob)).toBeNull();
    const [first_listed, second_listed] = [
      { ...second, name: "Carol" },
      { ...ban, name: "Bob" },
    ];
    const start = { created_at: 7_001, user_id: 0 };
    expect(await db.store.rooms.bans(orchard, start, 2)).toEqual([first_listed, second_listed]);
    expect(await db.store.rooms.bans(orchard, start, 1)).toEqual([first_listed]);
    expect(await db.store.rooms.bans(orchard, second, 2)).toEqual([second_listed]);
    await save(db, orchard, { bans: [{ ...ban, reason: "more spam" }], now: 8_000 });
    expect((await db.store.rooms.ban(orchard, bob))?.reason).toBe("more spam");
    expect(await db.store.rooms.banCount(orchard)).toBe(2);
    await save(db, orchard, { lifted_bans: [bob, nobody], now: 9_000 });
    expect(await db.store.rooms.ban(orchard, bob)).toBeNull();
    expect(await db.store.rooms.banCount(orchard)).toBe(1);
  });

  test("a removed server is nowhere any more, and each of its rows has the seq of its end", async () => {
    await addServer(db, orchard);
    await addServer(db, meadow);
    await addMember(db, orchard, bob, { role_ids: [1_100] });
    const ban = { user_id: carol, reason: null, banned_by: alice, created_at: 6_000 };
    await save(db, orchard, { bans: [ban], now: 6_000 });
    await db.store.rooms.remove(orchard, { seq: 9_000, known_seq, now: 9_000 });
    const { rooms } = db.store;
    expect(await rooms.load(orchard)).toBeNull();
    expect(await rooms.listOf(bob)).toEqual([]);
    expect((await rooms.listOf(alice)).map(({ id }) => id)).toEqual([meadow]);
    expect(await rooms.ownedBy(alice)).toEqual([meadow]);
    expect(await rooms.member(orchard, bob)).toBeNull();
    expect(await rooms.memberIds(orchard)).toEqual([]);
    expect(await rooms.members({ server_id: orchard, after: 0, limit: 9 })).toEqual([]);
    expect(await rooms.serverOf("role", orchard + 1)).toBeNull();
    expect(await rooms.banCount(orchard)).toBe(0);
    expect(await rooms.lastSeq(orchard)).toBe(9_000);
    await save(db, orchard, { server: structureOf(orchard).server, now: 9_500 });
    expect(await rooms.load(orchard)).toBeNull();
  });

  test("the messages of deleted channels and servers are purged in slices, with all that derives from them", async () => {
    await addOrchard(db);
    await addServer(db, meadow);
    const doomed = [11, 12, 13].map((id) => messageOf(id, { content: "apple", author_id: bob, mentions: [alice] }));
    const kept = messageOf(20, { channel_id: meadow + 3, server_id: meadow, content: "apple" });
    await addMessages(db, [...doomed, kept]);
    expect(await db.store.rooms.purge(10)).toBe(0);
    await save(db, orchard, { deleted_channels: [{ id: orchard + 3, seq: 9_000 }], now: 9_000 });
    expect(await db.store.rooms.purge(2)).toBe(2);
    expect(await db.store.rooms.purge(2)).toBe(1);
    expect(await db.store.rooms.purge(2)).toBe(0);
    const found = async (server_id: number) => {
      const asked = { server_id, channel_ids: [server_id + 3], query: "apple", before: 0, amount: 10 };
      return (await db.store.messages.search(asked)).messages.map(({ id }) => id);
    };
    expect([await found(orchard), await found(meadow)]).toEqual([[], [20]]);
    expect(await db.store.readStates.of(alice, [{ channel_id: orchard + 3, since: 0 }], 10)).toMatchObject([
      { unread: 0, mentions: 0 },
    ]);
    await db.store.rooms.remove(meadow, { seq: 9_001, known_seq, now: 9_001 });
    expect(await db.store.rooms.purge(10)).toBe(1);
  });

  test("any number of rows is saved at once", async () => {
    await addServer(db, orchard);
    const ids = Array.from({ length: 300 }, (_, index) => 5_000 + index);
    const roles = ids.map((id) => ({ id, name: `role ${id}`, color: null, rules: 0, position: 1, seq: id }));
    await save(db, orchard, { roles, now: 9_000 });
    expect((await db.store.rooms.load(orchard))?.roles).toHaveLength(301);
  });

  test("texts that SQLite cannot hold come back with U+FFFD in them", async () => {
    await addServer(db, orchard, { name: "a\0b\ud800c\\ud800😀" });
    expect((await db.store.rooms.load(orchard))?.server.name).toBe("a\ufffdb\ufffdc\\ud800😀");
  });
});
