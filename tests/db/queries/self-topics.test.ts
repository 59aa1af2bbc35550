// The last seq of a user's `self` topic, over all that it is made of.

import { describe, expect, test } from "bun:test";
import { changesUpTo } from "../../../src/db/queries/self-topics.ts";
import { alice, bob, describeStore, nobody } from "../describe-store.ts";
import { addMember, addMessages, addServer, memberOf, messageOf, orchard, save, structureOf } from "./community.ts";

describeStore("self topics", (db) => {
  const last = (user_id: number) => db.store.users.lastSelfSeq(user_id);

  test("of whom nothing ever happened: 0", async () => {
    expect(await last(alice)).toBe(0);
    expect(await last(nobody)).toBe(0);
  });

  test("a friendship counts for each side that changed, its end as well", async () => {
    await db.setFriendship(alice, bob, "blocked", "none", 2_000);
    expect([await last(alice), await last(bob)]).toEqual([2_000, 0]);
    await db.setFriendship(alice, bob, "none", "none", 3_000);
    expect([await last(alice), await last(bob)]).toEqual([3_000, 0]);
  });

  test("a membership and how far one has read count", async () => {
    await addServer(db, orchard);
    const before = await last(bob);
    await addMember(db, orchard, bob);
    expect(await last(bob)).toBeGreaterThan(before);
    await addMessages(db, [messageOf(11)]);
    await db.store.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 11, seq: 90_000 });
    expect(await last(bob)).toBe(90_000);
  });

  test("whoever has left a server since and is in it again came again; nobody else did", async () => {
    await addServer(db, orchard);
    const read = async (since = 0) => {
      const { memberships } = await db.store.users.selfChangedSince({ user_id: bob, since, limit: 9 });
      return memberships.map(({ left, came_again }) => ({ left, came_again }));
    };
    await addMember(db, orchard, bob);
    expect(await read()).toEqual([{ left: false, came_again: false }]);
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 5_500, role_ids: [] }], now: 5_500 });
    expect(await read()).toEqual([{ left: true, came_again: false }]);
    const left_seq = await last(bob);
    const known_seq = (await db.store.rooms.load(orchard))?.last_seq ?? 0;
    const [member, { server }] = [memberOf(bob, { seq: 6_000 }), structureOf(orchard, { seq: 6_000 })];
    const joining = { server_id: orchard, member, server, invite_code: null, known_seq, at_most: 9, now: 6_000 };
    expect(await db.plain.writer.perform(db.plain.rooms.join(joining))).toMatchObject({ state: "stored" });
    expect(await read(left_seq - 1)).toEqual([{ left: false, came_again: true }]);
    expect(await read(left_seq)).toEqual([{ left: false, came_again: false }]);
  });
});

describe("what was read up to a number", () => {
  const friend = (state: "friend" | "none", added_seq: number, seq: number) => ({
    ...{ peer_id: bob, name: "bob", status: "online" as const, last_online: 0, state, added_seq, seq },
  });
  const talk = (is_gone: boolean, added_seq: number, seq: number) => ({
    ...{ is_gone, left: is_gone, added_seq, seq },
    conversation: {
      ...{ id: 7, kind: "group" as const, channel_id: 8, name: null, image: null, owner_id: alice, created_at: 1 },
      ...{ last_message_id: null, state: "open" as const, members: [], seq },
    },
  });
  const nothing = {
    friendships: [],
    memberships: [],
    read_states: [],
    conversations: [],
    notifications: [],
    notices: [],
  };
  const [since, last] = [10, 20];

  test.each([
    ["changed in time", 5, 15, 15],
    ["appeared in time", 12, 12, 12],
    ["appeared in time, and changed again while it was read", 12, 25, 12],
    ["was there before, and changed again while it was read", 5, 25, null],
    ["appeared while it was read", 25, 25, null],
  ])("what %s", (_, added_seq, seq, told) => {
    const read = {
      ...nothing,
      friendships: [friend("friend", added_seq, seq)],
      conversations: [talk(false, added_seq, seq)],
    };
    const { friendships, conversations } = changesUpTo(last, since, read);
    const expected = told === null ? [] : [told];
    expect(friendships.map((row) => row.seq)).toEqual(expected);
    expect(conversations.map((row) => row.seq)).toEqual(expected);
  });

  test("what appeared in time and ended while it was read is told as ended alone", () => {
    const read = { ...nothing, friendships: [friend("none", 12, 25)], conversations: [talk(true, 12, 25)] };
    expect(changesUpTo(last, since, read)).toEqual(nothing);
  });
});
