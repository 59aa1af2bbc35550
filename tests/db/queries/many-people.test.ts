// What whoever takes over from another process reads of all who are online.

import { expect, test } from "bun:test";
import { alice, bob, carol, describeStore, nobody } from "../describe-store.ts";
import { done } from "../performing-store.ts";

const robot = 90;

describeStore("of many people at once", (db) => {
  const addBot = () =>
    db.store.bots.create(
      {
        ...{ id: robot, owner_id: bob, name: "Bot", name_key: "bot", at_most: 9, note: null, now: 1_500 },
        token: { login: 91, token_hash: "a" },
      },
      undefined,
    );

  test("how far their own topics go, and whose bots they are", async () => {
    await addBot();
    await db.setFriendship(alice, bob, "outgoing", "incoming", 2_000);
    const reached = await db.store.manyPeople.reached([alice, bob, carol]);
    expect([...reached]).toEqual([
      [alice, 2_000],
      [bob, 2_000],
      [carol, 0],
    ]);
    expect([...(await db.store.manyPeople.ownersOf([alice, bob, robot, nobody]))]).toEqual([[robot, bob]]);
  });

  test("who hides from them, and from those whose bots they are: who has blocked them, acquainted or not", async () => {
    await addBot();
    await db.setFriendship(alice, bob, "blocked", "none", 2_000);
    await db.setFriendship(carol, alice, "friend", "friend", 2_100);
    await db.setFriendship(carol, alice, "blocked", "blocked_by", 2_200);
    const hidingFrom = async (...ids: number[]) => new Set(await db.store.manyPeople.hidingFrom(ids));
    expect(await hidingFrom(bob)).toEqual(new Set([{ one: alice, from: bob }]));
    expect(await hidingFrom(robot)).toEqual(new Set([{ one: alice, from: bob }]));
    expect(await hidingFrom(alice, carol)).toEqual(new Set([{ one: carol, from: alice }]));
  });

  test("whose profiles changed last, and when they were last online, however long ago that is", async () => {
    for (const [id, seq] of [
      [carol, 2_100],
      [alice, 2_090],
      [bob, 2_000],
    ] as const) {
      await db.store.users.update(id, { bio: `of ${id}`, last_online: seq }, seq);
    }
    expect(await db.store.manyPeople.profilesLately(50)).toMatchObject([
      { id: alice, bio: `of ${alice}`, seq: 2_090, last_online: 2_090, deleted: false },
      { id: carol, bio: `of ${carol}`, seq: 2_100, last_online: 2_100, deleted: false },
    ]);
    expect(await db.store.manyPeople.profilesLately(1_000)).toHaveLength(3);
  });

  test("who has blocked somebody last, or hasn't any more", async () => {
    expect(await db.store.manyPeople.hidingLately(50)).toEqual([]);
    await db.setFriendship(alice, carol, "blocked", "none", 2_000);
    await db.setFriendship(alice, bob, "blocked", "none", 2_090);
    await db.setFriendship(carol, bob, "friend", "friend", 2_095);
    const lately = await db.store.manyPeople.hidingLately(50);
    expect(lately).toContainEqual({ one: alice, from: bob, hides: true });
    expect(lately.filter(({ one, from }) => one === carol || from === carol)).toEqual([]);
    await db.setFriendship(alice, bob, "none", "none", 2_100);
    expect(await db.store.manyPeople.hidingLately(50)).toContainEqual({ one: alice, from: bob, hides: false });
  });

  test("which log-ins are good", async () => {
    await addBot();
    expect(await db.store.manyPeople.goodLogins([91, 92], 2_000)).toEqual(new Set([91]));
  });

  test("a bot's log-in is good while its owner may log in", async () => {
    await addBot();
    await done(db.store, db.store.standing.suspend({ user_id: bob, at: 3_000, until: 5_000, reason: null }));
    expect(await db.store.manyPeople.goodLogins([91], 4_000)).toEqual(new Set());
    expect(await db.store.manyPeople.goodLogins([91], 5_000)).toEqual(new Set([91]));
  });
});
