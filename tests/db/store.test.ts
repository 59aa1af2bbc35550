// The store as a whole, its settings, and its opening and closing.
// The other aggregates have test files of their own.

import { afterAll, describe, expect, test } from "bun:test";
import { DatabaseError, type DatabaseFault } from "../../src/db/engine/driver.ts";
import { openEmbedded } from "../../src/db/engine/embedded.ts";
import { NewerDatabaseError } from "../../src/db/engine/migrate.ts";
import { openStore } from "../../src/db/store.ts";
import { alice, carol, describeStore } from "./describe-store.ts";
import { statement } from "./engine/driver-contract.ts";
import { performing } from "./performing-store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "./temporary.ts";

afterAll(removeTemporaryDirectories);

describeStore("the store", (db) => {
  describe("settings", () => {
    test("a value is what was put last", async () => {
      expect(await db.store.settings.get("epoch")).toBeNull();
      await db.store.settings.put("epoch", "1");
      await db.store.settings.put("epoch", "2");
      expect(await db.store.settings.get("epoch")).toBe("2");
    });

    test("of two that put an absent value one wins and both learn it", async () => {
      const answers = await Promise.all([
        db.store.settings.putIfAbsent("secret", "first"),
        db.store.settings.putIfAbsent("secret", "second"),
      ]);
      const [won] = answers;
      expect(["first", "second"]).toContain(String(won));
      expect(answers).toEqual([String(won), String(won)]);
      expect(await db.store.settings.get("secret")).toBe(String(won));
    });
  });

  test("is reachable, and knows the highest id given to anything", async () => {
    expect(await db.store.isReady()).toBe(true);
    expect(await db.store.maxId()).toBe(carol);
    await db.store.logins.create({ id: 40, user_id: alice, created_at: 1_000, expires_at: 9_000 }, "hash of Alice");
    expect(await db.store.maxId()).toBe(40);
  });

  test("a flush waits for the writes before it", async () => {
    const puts = ["a", "b", "c"].map((key) => db.store.settings.put(key, key));
    await db.store.flush();
    expect(await Promise.all(["a", "b", "c"].map((key) => db.store.settings.get(key)))).toEqual(["a", "b", "c"]);
    await Promise.all(puts);
  });
});

describe("the store", () => {
  test("keeps its data, and commits what it accepted before it closes", async () => {
    const url = await temporaryDatabaseUrl();
    const before = performing(await openStore({ url }));
    const puts = ["a", "b", "c"].map((key) => before.settings.put(key, key));
    await before.close();
    await Promise.all(puts);
    const late = await before.settings.put("d", "d").catch((caught: unknown) => caught);
    expect((late as DatabaseError).fault.kind).toBe("unavailable");
    const after = await openStore({ url });
    expect(await Promise.all(["a", "b", "c", "d"].map((key) => after.settings.get(key)))).toEqual([
      "a",
      "b",
      "c",
      null,
    ]);
    await after.close();
  });

  test("tells of commits, and its reads fail with the driver's own error", async () => {
    const commits: number[] = [];
    const faults: DatabaseFault[] = [];
    const store = await openStore({
      url: await temporaryDatabaseUrl(),
      onCommit: ({ jobs }) => commits.push(jobs),
      onFault: (fault) => faults.push(fault),
    });
    const { settings } = performing(store);
    await Promise.all([settings.put("a", "1"), settings.put("b", "2")]);
    expect(commits).toEqual([2]);
    expect(store.writer.stats()).toEqual({ queuedJobs: 0, inFlightJobs: 0 });
    await store.close();
    const error = await store.users.byNameKey("alice").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(faults.map((fault) => fault.kind)).toEqual(["unavailable"]);
    expect(await store.isReady()).toBe(false);
  });

  test("refuses the database of a newer program", async () => {
    const url = await temporaryDatabaseUrl();
    await (await openStore({ url })).close();
    const driver = await openEmbedded({ url });
    await driver.transact([[statement("INSERT INTO migrations (idx, tag, applied_at) VALUES (999, 'later', 0)")]]);
    await driver.close();
    expect(await openStore({ url }).catch((caught: unknown) => caught)).toBeInstanceOf(NewerDatabaseError);
  });
});
