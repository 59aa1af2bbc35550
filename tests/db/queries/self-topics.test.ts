// The last seq of a user's `self` topic, over all that it is made of.

import { expect, test } from "bun:test";
import { alice, bob, describeStore, nobody } from "../describe-store.ts";
import { addMember, addMessages, addServer, messageOf, orchard } from "./community.ts";

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
});
