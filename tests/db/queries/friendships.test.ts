// The friendships aggregate: two directed rows a pair, and the seqs that tell each side's clients of a change.
// Which changes are allowed is not asked here.

import { expect, test } from "bun:test";
import { alice, bob, carol, describeStore, nobody } from "../describe-store.ts";
import { StaleError } from "../performing-store.ts";

describeStore("friendships", (db) => {
  const person = (id: number, name: string) => ({ id, name, status: "online" as const, last_online: 1_000 });

  test("strangers have no relation, and who does not exist is null", async () => {
    expect(await db.store.friendships.relation(alice, bob)).toEqual({
      user: person(alice, "Alice"),
      peer: person(bob, "Bob"),
      mine: "none",
      theirs: "none",
      since: null,
      with_bot: false,
    });
    expect((await db.store.friendships.relation(alice, nobody)).peer).toBeNull();
    expect((await db.store.friendships.relation(nobody, alice)).user).toBeNull();
  });

  test("a change sets both sides, each with its seq", async () => {
    await db.setFriendship(alice, carol, "friend", "friend");
    expect(await db.setFriendship(alice, bob, "outgoing", "incoming")).toMatchObject({
      mine: { seq: 2_001 },
      theirs: { seq: 2_000 },
    });
    expect(await db.store.friendships.relation(alice, bob)).toMatchObject({ mine: "outgoing", theirs: "incoming" });
    expect(await db.store.friendships.relation(bob, alice)).toMatchObject({ mine: "incoming", theirs: "outgoing" });
    expect(await db.store.friendships.listFor(bob)).toEqual([
      { ...person(alice, "Alice"), state: "incoming", since: 2_000, seq: 2_000 },
    ]);
  });

  test("a side that stays as it is keeps its row and its seq", async () => {
    await db.setFriendship(alice, bob, "outgoing", "incoming");
    expect(await db.setFriendship(alice, bob, "blocked", "incoming", 3_000)).toMatchObject({
      mine: { seq: 3_000 },
      theirs: null,
    });
    expect((await db.store.friendships.listFor(bob))[0]).toMatchObject({ since: 2_000, seq: 2_000 });
    expect((await db.store.friendships.listFor(alice))[0]).toMatchObject({ since: 3_000, seq: 3_000 });
  });

  test("who stays a stranger gets no row", async () => {
    expect(await db.setFriendship(alice, bob, "blocked", "none")).toMatchObject({
      mine: { seq: 2_000 },
      theirs: null,
    });
    expect((await db.removeUser(bob, 3_000)).peers).toMatchObject([{ user_id: alice, seq: 3_000 }]);
  });

  test("who is blocked has a relation of their own, listed and counted as any", async () => {
    await db.setFriendship(alice, bob, "blocked", "blocked_by");
    expect(await db.store.friendships.relation(bob, alice)).toMatchObject({
      mine: "blocked_by",
      theirs: "blocked",
      since: 2_000,
    });
    expect(await db.store.friendships.listFor(bob)).toMatchObject([{ id: alice, state: "blocked_by" }]);
    expect(await db.store.friendships.count(bob)).toEqual({ relations: 1, requests: 0 });
    expect(await db.store.friendships.listFor(alice)).toMatchObject([{ id: bob, state: "blocked" }]);
  });

  test("an ended friendship is listed no more, yet has its seq", async () => {
    await db.setFriendship(alice, bob, "friend", "friend");
    await db.setFriendship(bob, alice, "none", "none", 3_000);
    expect(await db.store.maxId()).toBe(3_000);
    expect(await db.store.friendships.listFor(alice)).toEqual([]);
  });

  test("relations are counted, whatever their state, but not ended ones", async () => {
    await db.setFriendship(alice, bob, "friend", "friend");
    await db.setFriendship(alice, carol, "blocked", "none");
    expect(await db.store.friendships.count(alice)).toEqual({ relations: 2, requests: 0 });
    expect(await db.store.friendships.count(carol)).toEqual({ relations: 0, requests: 0 });
    await db.setFriendship(alice, bob, "none", "none");
    expect(await db.store.friendships.count(alice)).toEqual({ relations: 1, requests: 0 });
    await db.setFriendship(alice, bob, "outgoing", "incoming", 3_000);
    expect(await db.store.friendships.count(alice)).toEqual({ relations: 2, requests: 1 });
    expect(await db.store.friendships.count(bob)).toEqual({ relations: 1, requests: 0 });
  });

  test("the list holds what the user may know, the latest first", async () => {
    await db.addUser(4, "Dave");
    await db.setFriendship(alice, carol, "friend", "friend", 3_000);
    await db.setFriendship(alice, bob, "blocked", "none", 3_500);
    await db.setFriendship(alice, 4, "incoming", "outgoing", 4_000);
    const list = await db.store.friendships.listFor(alice);
    expect(list.map(({ id, name, state }) => [id, name, state])).toEqual([
      [4, "Dave", "incoming"],
      [bob, "Bob", "blocked"],
      [carol, "Carol", "friend"],
    ]);
  });

  test("a change with a removed user, on either side, changes nothing", async () => {
    await db.removeUser(bob, 2_000);
    for (const [user_id, peer_id] of [
      [alice, bob],
      [bob, alice],
      [alice, nobody],
    ] as const) {
      const change = db.setFriendship(user_id, peer_id, "outgoing", "incoming");
      expect(await change.catch((error: unknown) => error)).toBeInstanceOf(StaleError);
    }
    expect(await db.store.friendships.relation(alice, bob)).toMatchObject({ mine: "none", peer: null });
  });
});
