// The logins aggregate: a login lives until it is removed, replaced, or its user goes.
// Expiry is only data here: an expired login is found until it is swept.

import { expect, test } from "bun:test";
import type { UserRow } from "../../../src/db/queries/users.ts";
import { alice, bob, describeStore, nobody } from "../describe-store.ts";

describeStore("logins", (db) => {
  const login = { id: 7, user_id: alice, created_at: 1_000, expires_at: 9_000 };
  const replacementBy = (id: number) => ({
    ...{ user_id: alice, checked_hash: "hash of Alice", password_hash: "new", login: { ...login, id } },
  });

  test("a login is found with its user until it is removed", async () => {
    expect(await db.store.logins.create(login, "hash of Alice")).toBe(true);
    const user = await db.store.users.byId(alice);
    expect(user?.name).toBe("Alice");
    expect(await db.store.logins.find(7)).toEqual({
      id: 7,
      user_id: alice,
      expires_at: 9_000,
      user: user as UserRow,
      self_seq: 0,
    });
    await db.store.logins.remove(7);
    expect(await db.store.logins.find(7)).toBeNull();
    await db.store.logins.remove(7);
  });

  test("a login needs a user whose password is still the one that was checked", async () => {
    expect(await db.store.logins.create(login, "an older hash")).toBe(false);
    expect(await db.store.logins.create(login, null)).toBe(false);
    expect(await db.store.logins.create({ ...login, user_id: nobody }, "hash of Alice")).toBe(false);
    await db.removeUser(alice, 2_000);
    expect(await db.store.logins.create(login, "hash of Alice")).toBe(false);
    expect(await db.store.logins.create(login, null)).toBe(false);
    expect(await db.store.logins.find(login.id)).toBeNull();
  });

  test("replacing leaves the new one alone, with the new password", async () => {
    await db.store.logins.create(login, "hash of Alice");
    await db.store.logins.create({ ...login, id: 8 }, "hash of Alice");
    await db.store.logins.create({ ...login, id: 9, user_id: bob }, "hash of Bob");
    await db.store.logins.replaceAll(replacementBy(10));
    expect(await Promise.all([7, 8, 9, 10].map(async (id) => (await db.store.logins.find(id)) !== null))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect((await db.store.users.byNameKey("alice"))?.password_hash).toBe("new");
  });

  test("replacing that cannot insert changes nothing", async () => {
    await db.store.logins.create(login, "hash of Alice");
    await db.store.logins.create({ ...login, id: 9, user_id: bob }, "hash of Bob");
    const error = await db.store.logins.replaceAll(replacementBy(9)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ fault: { constraint: "logins.id" } });
    expect(await db.store.logins.find(7)).not.toBeNull();
    expect((await db.store.users.byNameKey("alice"))?.password_hash).toBe("hash of Alice");
  });

  test("the expired are removed, the others stay", async () => {
    for (const [id, expires_at] of [
      [7, 4_999],
      [8, 5_000],
      [9, 5_001],
    ] as const) {
      await db.store.logins.create({ ...login, id, expires_at }, "hash of Alice");
    }
    expect(await db.store.logins.removeExpired(5_000)).toBe(2);
    expect(await db.store.logins.removeExpired(5_000)).toBe(0);
    expect(await db.store.logins.find(9)).not.toBeNull();
  });

  test("a removed login's id is never given again", async () => {
    await db.store.logins.create({ ...login, id: 70 }, "hash of Alice");
    await db.store.logins.create({ ...login, id: 60 }, "hash of Alice");
    await db.store.logins.remove(70);
    await db.store.logins.remove(60);
    expect(await db.store.maxId()).toBe(70);
  });
});
