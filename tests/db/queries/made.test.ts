// What was made under a nonce: made once, found again, and forgotten after a while.

import { expect, test } from "bun:test";
import type { Making } from "../../../src/db/queries/made.ts";
import { made_kinds } from "../../../src/db/schema/people.ts";
import { alice, bob, describeStore } from "../describe-store.ts";
import { addOrchard, changesOf, foundingOf, meadow, orchard, PLENTY, save } from "./community.ts";

describeStore("what was made under a nonce", (db) => {
  const making: Making = { user_id: alice, kind: "upload", server_id: 0, nonce: "n" };
  const upload = {
    user_id: alice,
    hash: "h",
    type: "image/png",
    width: 1,
    height: 1,
    bytes: 1,
    created_at: 5_000,
    key: null,
    name: null,
  };
  /** Whether something is made now, under that nonce. */
  const make = async (id: number, instead: Partial<Making> = {}, created_at = 5_000) => {
    const note = { ...making, ...instead, made: String(id), created_at };
    return !(await db.isStale(db.plain.uploads.create({ ...upload, id }, note)));
  };

  test("is found by it, and not made twice", async () => {
    expect(await db.store.made.find(making)).toBeNull();
    expect(await make(11)).toBe(true);
    expect(await db.store.made.find(making)).toBe("11");
    expect(await make(12)).toBe(false);
    expect(await db.store.uploads.byId(12)).toBeNull();
    expect(await db.store.made.find(making)).toBe("11");
  });

  test("is another's under another user, kind, server or nonce", async () => {
    const others: Partial<Making>[] = [
      { user_id: bob },
      { server_id: orchard },
      { server_id: meadow },
      { nonce: "N" },
      { nonce: "" },
      { nonce: " n" },
      ...made_kinds.filter((kind) => kind !== "upload").map((kind) => ({ kind })),
    ];
    expect(await make(11)).toBe(true);
    for (const [index, other] of others.entries()) {
      expect(await db.store.made.find({ ...making, ...other })).toBeNull();
      expect(await make(20 + index, other)).toBe(true);
    }
    for (const [index, other] of others.entries()) {
      expect(await db.store.made.find({ ...making, ...other })).toBe(String(20 + index));
    }
    expect(await db.store.made.find(making)).toBe("11");
  });

  test("is found by a nonce that SQLite cannot hold", async () => {
    expect(await make(11, { nonce: "\0\ud800" })).toBe(true);
    expect(await db.store.made.find({ ...making, nonce: "\0\ud800" })).toBe("11");
    expect(await make(12, { nonce: "\0\ud800" })).toBe(false);
  });

  test("is forgotten after a while, a slice at a time, and may be made again then", async () => {
    for (const id of [11, 12, 13, 14]) expect(await make(id, { nonce: `n${id}` }, id)).toBe(true);
    expect(await db.store.made.forget({ before: 14, limit: 2 })).toBe(2);
    expect(await db.store.made.forget({ before: 14, limit: 2 })).toBe(1);
    expect(await db.store.made.forget({ before: 14, limit: 2 })).toBe(0);
    expect(await db.store.made.find({ ...making, nonce: "n14" })).toBe("14");
    expect(await make(21, { nonce: "n11" }, 20)).toBe(true);
    expect(await make(24, { nonce: "n14" }, 20)).toBe(false);
  });

  test("may be a server, an invite, or a part of a server", async () => {
    const noteOf = (kind: Making["kind"], server_id: number, made: string) => ({
      ...{ user_id: alice, kind, server_id, nonce: "n", made, created_at: 5_000 },
    });
    await addOrchard(db);
    const founding = { ...foundingOf(meadow), note: noteOf("server", 0, String(meadow)) };
    await db.store.rooms.create(founding);
    const again = { ...foundingOf(3_000), note: noteOf("server", 0, "3000") };
    expect(await db.isStale(db.plain.rooms.create(again))).toBe(true);
    expect(await db.store.rooms.load(3_000)).toBeNull();

    const bounds = { expires_at: null, max_uses: null, uses: 0 };
    const invite = { code: "apple", server_id: orchard, creator_id: alice, created_at: 5_000, ...bounds };
    await db.store.invites.create(invite, PLENTY, noteOf("invite", orchard, "apple"));
    const second = db.plain.invites.create({ ...invite, code: "pear" }, PLENTY, noteOf("invite", orchard, "pear"));
    expect(await db.isStale(second)).toBe(true);
    expect(await db.store.invites.find("pear")).toBeNull();

    const role = (id: number) => ({ id, name: "mod", color: null, rules: 0, position: 1, seq: 6_000 });
    await save(db, orchard, { roles: [role(1_100)], note: noteOf("role", orchard, "1100"), now: 6_000 });
    const twin = changesOf({ roles: [role(1_101)], note: noteOf("role", orchard, "1101"), now: 6_001 });
    expect(await db.isStale(db.plain.rooms.save(orchard, twin))).toBe(true);
    expect(await db.store.rooms.serverOf("role", 1_101)).toBeNull();
    expect(await db.store.made.find({ user_id: alice, kind: "role", server_id: orchard, nonce: "n" })).toBe("1100");
  });
});
