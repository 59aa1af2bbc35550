// The links aggregate: a link does once, in time, what it is for, and nothing for anybody else.

import { expect, test } from "bun:test";
import { alice, bob, describeStore } from "../describe-store.ts";

describeStore("links", (db) => {
  const link = { purpose: "reset", user_id: alice, email: null, created_at: 1_000, expires_at: 9_000 } as const;
  const login = { id: 7, user_id: alice, created_at: 1_000, expires_at: 9_000 };
  const resetting = { user_id: alice, token_hash: "one", password_hash: "new" };
  const hashes = async () => ((await db.tables()).get("links") ?? []).map(({ token_hash }) => token_hash).sort();

  test("a link is found for what it is, until it ends", async () => {
    await db.store.links.create({ ...link, token_hash: "one" });
    const find = (purpose: "reset" | "setup" | "confirm", now: number, token_hash = "one") =>
      db.store.links.find({ token_hash, purpose, now });
    expect(await find("reset", 8_999)).toEqual({ ...link, token_hash: "one" });
    expect([await find("reset", 9_000), await find("confirm", 2_000), await find("reset", 2_000, "two")]).toEqual([
      null,
      null,
      null,
    ]);
  });

  test("a password is set once, in time, and ends log-ins and other links", async () => {
    await db.store.logins.create(login, "hash of Alice", { rehashed: null, place: "home" });
    for (const token_hash of ["one", "two"]) await db.store.links.create({ ...link, token_hash });
    await db.store.links.create({ ...link, token_hash: "of bob", user_id: bob });
    const reset = (of: object) => db.plain.logins.resetPassword({ ...resetting, now: 2_000, ...of });
    expect(await db.isStale(reset({ now: 9_000 }))).toBe(true);
    expect(await db.isStale(reset({ token_hash: "three" }))).toBe(true);
    expect(await db.store.logins.find(login.id)).not.toBeNull();
    expect(await db.isStale(reset({}))).toBe(false);
    expect(await db.store.logins.find(login.id)).toBeNull();
    expect((await db.store.users.toLogIn("alice", 0))?.places).toEqual([]);
    expect((await db.store.users.credentials(alice))?.password_hash).toBe("new");
    expect((await db.store.users.credentials(bob))?.password_hash).toBe("hash of Bob");
    expect(await hashes()).toEqual(["of bob"]);
    expect(await db.isStale(reset({}))).toBe(true);
  });

  test("a link for an address sets no password, and the other way round", async () => {
    await db.store.links.create({ ...link, token_hash: "one", purpose: "confirm", email: "alice@example.org" });
    expect(await db.isStale(db.plain.logins.resetPassword({ ...resetting, now: 2_000 }))).toBe(true);
    await db.store.links.create({ ...link, token_hash: "two" });
    const confirming = { user_id: alice, email: "alice@example.org", now: 2_000 };
    expect(await db.isStale(db.plain.links.confirmEmail({ ...confirming, token_hash: "two" }))).toBe(true);
    await db.store.links.confirmEmail({ ...confirming, token_hash: "one" });
    expect(await db.store.users.byId(alice)).toMatchObject({ email: "alice@example.org" });
    expect(await hashes()).toEqual([]);
  });

  test("a new password and the end of the account take the links away", async () => {
    await db.store.links.create({ ...link, token_hash: "one" });
    const new_password = { user_id: alice, checked_hash: "hash of Alice", password_hash: "new", login };
    await db.store.logins.replaceAll(new_password);
    expect(await hashes()).toEqual([]);
    await db.store.links.create({ ...link, token_hash: "two" });
    await db.store.links.create({ ...link, token_hash: "of bob", user_id: bob });
    await db.removeUser(alice, 2_000);
    expect(await hashes()).toEqual(["of bob"]);
  });

  test("the expired are removed, the others stay", async () => {
    for (const expires_at of [4_999, 5_000, 5_001]) {
      await db.store.links.create({ ...link, token_hash: String(expires_at), expires_at });
    }
    expect(await db.store.links.removeExpired(5_000)).toBe(2);
    expect(await hashes()).toEqual(["5001"]);
  });
});
