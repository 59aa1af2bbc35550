// The logins aggregate: a login lives until it is removed, replaced, or its user goes.
// Expiry is only data here: an expired login is found until it is swept.

import { describe, expect, test } from "bun:test";
import type { UserRow } from "../../../src/db/queries/users.ts";
import { limits } from "../../../src/domain/limits.ts";
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
      used_at: 1_000,
      user: user as UserRow,
      admin_since: null,
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

  test("a login brings a new hash of the same password, unless the password has changed", async () => {
    const hashOf = async () => (await db.store.users.credentials(alice))?.password_hash;
    const anew = (rehashed: string) => ({ rehashed, place: null });
    expect(await db.store.logins.create(login, "hash of Alice", anew("newer"))).toBe(true);
    expect(await hashOf()).toBe("newer");
    expect(await db.store.logins.create({ ...login, id: 8 }, "hash of Alice", anew("late"))).toBe(false);
    expect(await hashOf()).toBe("newer");
    expect((await db.store.users.credentials(bob))?.password_hash).toBe("hash of Bob");
  });

  test("the parameters of hashes are found, each once", async () => {
    const [one, other] = ["$argon2id$v=19$m=1024,t=2,p=1$", "$argon2id$v=19$m=2048,t=2,p=1$"];
    await db.store.logins.create(login, "hash of Alice", { rehashed: `${other}salt$hash`, place: null });
    await db.store.logins.create({ ...login, id: 8, user_id: bob }, "hash of Bob", {
      ...{ rehashed: `${one}salt$hash`, place: null },
    });
    await db.addUser(nobody, "Dave");
    const found = await db.store.hashParameters();
    expect(found.filter((parameters) => parameters.startsWith("$"))).toEqual([one, other]);
    expect(new Set(found).size).toBe(found.length);
  });

  test("a user's are listed with what they are known by, the one that was used last first", async () => {
    const [tv, phone] = [
      { device: "Firefox on Linux", address: "198.51.100.1" },
      { device: null, address: null },
    ];
    await db.store.logins.create({ ...login, ...tv }, "hash of Alice");
    await db.store.logins.create({ ...login, id: 8, created_at: 2_000 }, "hash of Alice");
    await db.store.logins.create({ ...login, id: 9, user_id: bob }, "hash of Bob");
    const first = { id: 7, ...tv, created_at: 1_000, used_at: 1_000 };
    const second = { id: 8, ...phone, created_at: 2_000, used_at: 2_000 };
    expect(await db.store.logins.listOf(alice, 3_000)).toEqual([second, first]);
    await db.store.logins.noteUse([7, 99], 3_000);
    await db.store.logins.noteUse([7, 8], 1_500);
    const used = { ...first, used_at: 3_000 };
    expect(await db.store.logins.listOf(alice, 3_000)).toEqual([used, second]);
    expect(await db.store.logins.listOf(alice, login.expires_at)).toEqual([]);
  });

  test("one is removed by its owner alone, while the login that asks stands", async () => {
    await db.store.logins.create(login, "hash of Alice");
    await db.store.logins.create({ ...login, id: 8 }, "hash of Alice");
    await db.store.logins.create({ ...login, id: 9, user_id: bob }, "hash of Bob");
    const by = { login: 7, now: 2_000 };
    expect(await db.store.logins.removeOf(alice, 9, by)).toBe(false);
    expect(await db.store.logins.removeOf(alice, 8, by)).toBe(true);
    expect(await db.store.logins.removeOf(alice, 8, by)).toBe(false);
    expect(await db.isStale(db.plain.logins.removeOf(alice, 7, { login: 8, now: 2_000 }))).toBe(true);
    expect((await db.store.logins.listOf(alice, 2_000)).map(({ id }) => id)).toEqual([7]);
    expect(await db.store.logins.find(9)).not.toBeNull();
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

  test("replacing is stale where the login that asks has ended, or is another's", async () => {
    await db.store.logins.create(login, "hash of Alice");
    await db.store.logins.create({ ...login, id: 9, user_id: bob }, "hash of Bob");
    const isStale = (by: { login: number; now: number }) =>
      db.isStale(db.plain.logins.replaceAll(replacementBy(10), by));
    expect(await isStale({ login: 7, now: login.expires_at })).toBe(true);
    expect(await isStale({ login: 8, now: 2_000 })).toBe(true);
    expect(await isStale({ login: 9, now: 2_000 })).toBe(true);
    expect(await isStale({ login: 7, now: 2_000 })).toBe(false);
  });

  describe("places", () => {
    const known = async (since = 0) => [...((await db.store.users.toLogIn("alice", since))?.places ?? [])].sort();
    const from = (id: number, place: string, created_at: number) =>
      db.store.logins.create({ ...login, id, created_at }, "hash of Alice", { rehashed: null, place });

    test("are those of the user's logins, each as it was used last", async () => {
      await from(7, "home", 1_000);
      await from(8, "abroad", 2_000);
      await from(9, "home", 3_000);
      expect(await known()).toEqual(["abroad", "home"]);
      expect(await known(2_000)).toEqual(["home"]);
      expect(await db.store.users.toLogIn("bob", 0)).toMatchObject({ id: bob, places: [] });
      expect(await db.store.users.toLogIn("nobody", 0)).toBeNull();
    });

    test("aren't noted by a login that isn't stored", async () => {
      const notes = { rehashed: null, place: "thief" };
      expect(await db.store.logins.create(login, "an older hash", notes)).toBe(false);
      expect(await known()).toEqual([]);
    });

    test("are so many, those used last", async () => {
      for (let nth = 0; nth <= limits.login_places; nth += 1) await from(100 + nth, `${nth}`, 1_000 + nth);
      expect(await known()).toHaveLength(limits.login_places);
      expect(await known()).not.toContain("0");
    });

    test("outlive their logins, and are forgotten when they are old, the account ends or the password changes", async () => {
      await from(7, "home", 1_000);
      await from(8, "abroad", 5_000);
      await db.store.logins.remove(7);
      expect(await known()).toEqual(["abroad", "home"]);
      expect(await db.store.logins.forgetPlaces({ before: 1_000, limit: 10 })).toBe(1);
      expect(await known()).toEqual(["abroad"]);
      await db.store.logins.replaceAll({ ...replacementBy(10), place: "here" });
      expect(await known()).toEqual(["here"]);
      await db.removeUser(alice, 9_000);
      expect((await db.tables()).get("login_places")).toEqual([]);
    });
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
