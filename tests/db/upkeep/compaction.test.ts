// What is kept for clients that were away, and when it goes.

import { expect, test } from "bun:test";
import { compacted_to } from "../../../src/db/queries/settings.ts";
import { openCompactionPoint, startCompaction } from "../../../src/db/upkeep/compaction.ts";
import { alone } from "../../../src/db/upkeep/duty.ts";
import { firstIdAt, timeOfId } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";
import { alice, bob, carol, describeStore } from "../describe-store.ts";
import { addMember, addMessages, addServer, meadow, messageOf, orchard, save } from "../queries/community.ts";

const AGE_MS = 1_000;
const general = orchard + 3;

describeStore("compaction", (db) => {
  /** Forgets what ended before `seq`; returns how far it has gone then. */
  async function compact(seq: number): Promise<number> {
    const faults: unknown[] = [];
    const clock = () => timeOfId(seq) + AGE_MS;
    const point = await openCompactionPoint(db.plain);
    const compaction = startCompaction({
      ...{ store: db.plain, point, age_ms: AGE_MS, duty: alone, allKnow: async () => true },
      ...{ clock, onFault: (e) => faults.push(e) },
    });
    await compaction.run();
    await compaction.stop();
    expect(faults).toEqual([]);
    return point.to();
  }

  const tombstonesIn = async () =>
    (await db.store.messages.changedSince({ channel_id: general, since: 0, limit: 1e6 }))
      .filter(({ deleted }) => deleted)
      .map(({ id }) => id);

  test("of messages keeps those that ended since, and the last of each channel", async () => {
    await addServer(db, orchard);
    await addMessages(
      db,
      [5_001, 5_002, 5_003, 5_004].map((id) => messageOf(id)),
    );
    for (const [id, seq] of [
      [5_001, 10_000],
      [5_002, 20_000],
      [5_003, 40_000],
    ] as const) {
      await db.store.messages.remove({ id, user_id: alice, seq, now: 1 });
    }
    expect(await compact(30_000)).toBe(30_000);
    expect(await tombstonesIn()).toEqual([5_003]);
    expect(await compact(90_000)).toBe(90_000);
    expect(await tombstonesIn()).toEqual([5_003]);
    expect((await db.store.messages.lastOf([general]))[0]?.last_seq).toBe(40_000);
  });

  test("goes slice by slice, and is remembered by the next start", async () => {
    await addServer(db, orchard);
    const ids = Array.from({ length: limits.purge_slice + 5 }, (_, index) => 5_000 + index);
    await addMessages(
      db,
      ids.map((id) => messageOf(id)),
    );
    await Promise.all(ids.map((id) => db.store.messages.remove({ id, user_id: alice, seq: id + 10_000, now: 1 })));
    expect(await compact(70_000)).toBe(70_000);
    expect(await tombstonesIn()).toEqual([ids.at(-1) as number]);
    expect(await db.store.settings.get(compacted_to)).toBe("70000");
    expect(await compact(60_000)).toBe(70_000);
    expect(await db.store.maxId()).toBeGreaterThanOrEqual(70_000);
  });

  /** Three tombstones in a channel, of which a compaction may take two, and all that one needs but who knows of it. */
  async function threeEnded() {
    await addServer(db, orchard);
    const ids = [5_001, 5_002, 5_003];
    await addMessages(
      db,
      ids.map((id) => messageOf(id)),
    );
    for (const id of ids) await db.store.messages.remove({ id, user_id: alice, seq: id + 10_000, now: 1 });
    const onFault = (error: unknown) => expect(error).toBeNull();
    const on = { store: db.plain, age_ms: AGE_MS, clock: () => timeOfId(70_000) + AGE_MS, onFault };
    return { ids, on };
  }

  test("deletes nothing before all others know how far it goes", async () => {
    const { ids, on } = await threeEnded();
    const [own, other] = [await openCompactionPoint(db.plain), await openCompactionPoint(db.plain)];
    const asked: string[][] = [];
    const allKnow = async () => {
      expect(await db.store.settings.get(compacted_to)).toBe("70000");
      asked.push((await tombstonesIn()).map(String));
      // The first time somebody didn't answer; then it has read it.
      if (asked.length === 2) other.follow()(await db.store.settings.among(other.keys));
      return other.to() === 70_000;
    };
    const compaction = startCompaction({ ...on, point: own, duty: alone, allKnow });
    await compaction.run();
    expect(asked).toEqual([ids.map(String), ids.map(String)]);
    expect([own.to(), other.to()]).toEqual([70_000, 70_000]);
    expect(await tombstonesIn()).toEqual([5_003]);
    await compaction.stop();
  });

  test("ends without deleting anything where it is another's before all know", async () => {
    const { ids, on } = await threeEnded();
    const point = await openCompactionPoint(db.plain);
    let is_mine = true;
    const allKnow = async () => {
      is_mine = false;
      return true;
    };
    const compaction = startCompaction({ ...on, point, duty: { isMine: () => is_mine, onMine() {} }, allKnow });
    await compaction.run();
    expect([await tombstonesIn(), point.to()]).toEqual([ids, 70_000]);
    await compaction.run();
    expect(await tombstonesIn()).toEqual(ids);
    is_mine = true;
    // Whoever has it then goes on.
    const next = startCompaction({ ...on, point, duty: alone, allKnow: async () => true });
    await next.run();
    expect(await tombstonesIn()).toEqual([5_003]);
    await Promise.all([compaction.stop(), next.stop()]);
  });

  test("doesn't move on where nothing is to be forgotten", async () => {
    await addServer(db, orchard);
    expect(await compact(50_000)).toBe(0);
    await save(db, orchard, { deleted_roles: [{ id: orchard + 1, seq: 60_000 }], now: 1 });
    expect(await compact(50_000)).toBe(0);
    expect(await compact(61_000)).toBe(61_000);
  });

  test("of a server keeps the last that ended of each kind, and forgets what stood before", async () => {
    await addServer(db, orchard);
    await addMember(db, orchard, bob, { seq: 6_000, role_ids: [] });
    const changed = (sight_seq: number, position: number) => ({
      ...{ id: general, category_id: null, name: "general", description: null, position, seq: sight_seq + 1 },
      overwrites: [{ role_id: orchard + 1, allow: 0, deny: position }],
      slow_mode_s: 0,
    });
    for (const at of [10_000, 20_000, 30_000]) {
      await save(db, orchard, { sight_seq: at, channels: [changed(at, at / 10_000)], now: 1 });
    }
    const historyAt = async (since: number) => {
      const history = await db.store.rooms.changedSince({ server_id: orchard, user_id: alice, since, limit: 100 });
      if (history === "too_much") throw new Error("there is little of it");
      return history;
    };
    expect((await historyAt(9_000)).former.map(({ until_seq }) => until_seq)).toEqual([10_000]);
    expect((await historyAt(15_000)).former).toMatchObject([{ until_seq: 20_000, value: { category_id: null } }]);
    await compact(25_000);
    expect((await historyAt(9_000)).former.map(({ until_seq }) => until_seq)).toEqual([30_000]);
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 31_000 }], now: 1 });
    await compact(firstIdAt(Date.now()));
    expect(await db.store.rooms.lastSeq(orchard)).toBe(31_000);
    expect(await db.store.users.lastSelfSeq(bob)).toBe(31_000);
  });

  test("of former members keeps those with whom a role comes back", async () => {
    for (const id of [orchard, meadow]) await addServer(db, id);
    const both = [bob, carol];
    for (const user_id of both) await addMember(db, orchard, user_id, { seq: 6_000, role_ids: [orchard + 1] });
    const left_members = [
      { user_id: bob, seq: 10_000, role_ids: [orchard + 1] },
      { user_id: carol, seq: 10_000 },
    ];
    await save(db, orchard, { left_members, now: 1 });
    for (const user_id of both) await addMember(db, meadow, user_id, { seq: 50_000, role_ids: [] });
    await addMember(db, orchard, alice, { seq: 30_000, role_ids: [] });
    await compact(40_000);
    const left = ((await db.tables()).get("members") ?? []).filter(({ left_at }) => left_at !== null);
    expect(left.map(({ user_id }) => user_id)).toEqual([bob]);
    expect(await db.store.rooms.formerRoles(orchard, bob)).toEqual([orchard + 1]);
  });

  test("of former members keeps those who are timed out for longer", async () => {
    for (const id of [orchard, meadow]) await addServer(db, id);
    const [until_then, longer] = [timeOfId(40_000) - 1, timeOfId(40_000)];
    await addMember(db, orchard, bob, { seq: 6_000, timed_out_until: longer });
    await addMember(db, orchard, carol, { seq: 6_001, timed_out_until: until_then });
    const left_members = [bob, carol].map((user_id) => ({ user_id, seq: 10_000 }));
    await save(db, orchard, { left_members, now: 1 });
    for (const user_id of [bob, carol]) await addMember(db, meadow, user_id, { seq: 50_000 });
    await addMember(db, orchard, alice, { seq: 30_000 });
    await compact(40_000);
    expect(await db.store.rooms.formerTimeout(orchard, bob)).toBe(longer);
    expect(await db.store.rooms.formerTimeout(orchard, carol)).toBeNull();
  });

  test("of friendships keeps the last that ended of each user", async () => {
    await db.setFriendship(alice, bob, "friend", "friend", 5_000);
    await db.setFriendship(alice, bob, "none", "none", 6_000);
    await compact(50_000);
    expect(await db.store.users.lastSelfSeq(alice)).toBe(6_000);
  });
});
