// What the database is rid of in the background.

import { expect, test } from "bun:test";
import { alone } from "../../../src/db/upkeep/duty.ts";
import { startPurge } from "../../../src/db/upkeep/purge.ts";
import { limits } from "../../../src/domain/limits.ts";
import { bob, describeStore } from "../describe-store.ts";
import { addMessages, addOrchard, messageOf, orchard, save } from "../queries/community.ts";

describeStore("the purge", (db) => {
  async function purge(now_ms: number): Promise<unknown[]> {
    const faults: unknown[] = [];
    const rounds = startPurge({
      store: db.plain,
      duty: alone,
      clock: () => now_ms,
      onFault: (error) => faults.push(error),
    });
    await rounds.run();
    await rounds.stop();
    return faults;
  }

  test("removes expired logins, and no others", async () => {
    for (const [id, expires_at] of [
      [31, 5_000],
      [32, 5_001],
    ] as const) {
      await db.store.logins.create({ id, user_id: bob, created_at: 1, expires_at }, "hash of Bob");
    }
    expect(await purge(5_000)).toEqual([]);
    expect(await db.store.logins.find(31)).toBeNull();
    expect(await db.store.logins.find(32)).toMatchObject({ id: 32 });
  });

  test("removes what was said and read in deleted channels, slice by slice", async () => {
    await addOrchard(db);
    const ids = Array.from({ length: limits.purge_slice + 1 }, (_, index) => 100 + index);
    await addMessages(
      db,
      ids.map((id) => messageOf(id)),
    );
    await db.store.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 100, seq: 8_000 });
    expect(await purge(1)).toEqual([]);
    expect(await db.store.readStates.purge(10)).toBe(0);
    expect(await db.store.messages.byId(100)).not.toBeNull();
    await save(db, orchard, { deleted_channels: [{ id: orchard + 3, seq: 7_000 }], now: 9_000 });
    expect(await purge(1)).toEqual([]);
    expect(await db.store.rooms.purge(10)).toBe(0);
    expect(await db.store.readStates.of(bob, [{ channel_id: orchard + 3, since: 0 }], 10)).toMatchObject([
      { last_read_id: null, unread: 0 },
    ]);
    expect(await db.store.maxId()).toBeGreaterThanOrEqual(8_000);
  });

  test("removes what operators had done, and reports that are closed, after a year, slice by slice", async () => {
    const { perform } = db.plain.writer;
    const age_ms = limits.operation_age_ms;
    expect(limits.report_age_ms).toBe(age_ms);
    const entry = { type: "user.add", door: "http", actor_id: bob, user_id: null, details: {}, tells: false } as const;
    const report = { reporter_id: bob, user_id: 7, server_id: null, channel_id: null, reason: "spam" };
    const evidence = { person: null, messages: [] };
    const old = Array.from({ length: limits.purge_slice + 1 }, (_, at) => at + 1);
    const [young, open] = [old.length + 1, old.length + 2];
    for (const id of [...old, young]) {
      const at = id === young ? 1_001 : 1_000;
      const noted = db.plain.operations.entry({ ...entry, id, created_at: at });
      await perform({ job: [noted], stored: () => true, find: async () => true });
      await perform(db.plain.reports.add({ ...report, id, message_id: id, evidence, created_at: 1, closed_at: at }, 1));
    }
    const kept_open = { ...report, id: open, message_id: open, evidence, created_at: 1, closed_at: null };
    await perform(db.plain.reports.add(kept_open, 1));
    expect(await purge(1_001 + age_ms)).toEqual([]);
    const all = { before: Number.MAX_SAFE_INTEGER, limit: 10 };
    const entries = await db.plain.operations.page({ ...all, type: null, user_id: null, since: 0 });
    expect(entries.map(({ id }) => id)).toEqual([young]);
    const reports = await db.plain.reports.all({ ...all, closed: true, without: 0 });
    expect(reports.map(({ id }) => id)).toEqual([open, young]);
  });

  test("says what broke it off", async () => {
    await db.store.close();
    expect(await purge(1)).toMatchObject([{ name: "DatabaseError" }]);
  });
});
