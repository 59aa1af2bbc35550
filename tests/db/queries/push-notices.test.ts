// What waits to be pushed: so much for one log-in, and for one user no more than a share that the queue has for them.

import { beforeEach, expect, test } from "bun:test";
import { firstIdAt } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";
import { alice, bob, describeStore } from "../describe-store.ts";
import { addMember, addMessages, addServer, messageOf, orchard } from "./community.ts";

describeStore("what waits to be pushed", (db) => {
  const range = { channel_id: 50, place_id: 5, from_id: 60, to_id: 60 };
  const told = (...user_ids: number[]) =>
    user_ids.map((user_id) => ({ user_id, from_id: 60, message_id: 60, count: 1 }));
  const logins = { [alice]: [71, 72], [bob]: [81] };

  beforeEach(async () => {
    for (const [user, ids] of Object.entries(logins)) {
      for (const login_id of ids) {
        const user_id = Number(user);
        const hash = user_id === alice ? "hash of Alice" : "hash of Bob";
        await db.store.logins.create({ id: login_id, user_id, created_at: 2_000, expires_at: 9_000 }, hash);
        const keys = { p256dh: "k", auth: "a", previews: true };
        await db.store.pushSubscriptions.put(
          { login_id, user_id, endpoint: `https://${login_id}`, ...keys },
          1,
          undefined,
        );
      }
    }
  });

  /** Comes to how many wait more. */
  const add = (channel_id: number, share: number, ...user_ids: number[]) =>
    db.store.pushNotices.add({ ...range, channel_id }, told(...user_ids), { share, now: 100 });

  test("is a share for each user, with all of their log-ins, and others have room", async () => {
    expect(await add(50, 4, alice)).toBe(2);
    expect(await add(51, 4, alice)).toBe(2);
    expect(await add(52, 4, alice, bob)).toBe(1);
    expect(await add(52, 5, alice)).toBe(2);
    // What waits already of a channel takes no more room.
    expect(
      await db.store.pushNotices.add({ ...range, to_id: 61 }, [{ ...told(alice)[0], message_id: 61 }] as never, {
        ...{ share: 0, now: 100 },
      }),
    ).toBe(2);
    expect(await db.store.pushNotices.countWaiting(100)).toBe(7);
  });

  test("is a bounded number of channels for each log-in, of which those that it was told of are none", async () => {
    for (let channel_id = 1; channel_id <= limits.push_notices_per_login; channel_id += 1) {
      expect(await add(channel_id, 1_000, bob)).toBe(1);
    }
    expect(await add(1_000, 1_000, bob)).toBe(0);
    expect(await db.store.pushNotices.take([81], 100)).toHaveLength(limits.push_notices_per_login);
    expect(await add(1_000, 1_000, bob)).toBe(1);
  });

  test("is nothing that was said before somebody came, though ids ran ahead of the clock", async () => {
    const at_ms = Date.UTC(2026, 0, 1);
    const [before, joined, after] = [1, 2, 3].map((step) => firstIdAt(at_ms + 2_000) + step) as [
      number,
      number,
      number,
    ];
    await addServer(db, orchard);
    await addMember(db, orchard, bob, { joined_at: at_ms, seq: joined });
    const saidToAll = (id: number) => messageOf(id, { created_at: at_ms, mentions_everyone: true });
    await addMessages(db, [saidToAll(before), saidToAll(after)]);
    const said = { channel_id: orchard + 3, place_id: orchard, from_id: before, to_id: after };
    expect(await db.store.pushNotices.wantedBy(bob, said, at_ms)).toMatchObject({ from_id: after, count: 1 });
    expect(await db.store.pushNotices.wantedBy(bob, { ...said, to_id: before }, at_ms)).toBeNull();
  });
});
