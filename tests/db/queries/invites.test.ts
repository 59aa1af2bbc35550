// Invites, and joining by them: a use is spent exactly where a member is added.

import { expect, test } from "bun:test";
import type { Invite } from "../../../src/domain/community.ts";
import { alice, bob, carol, describeStore } from "../describe-store.ts";
import { addServer, known_seq, meadow, memberOf, orchard, PLENTY, save } from "./community.ts";

const now = 6_000;

describeStore("invites", (db) => {
  function inviteOf(code: string, invite: Partial<Invite> = {}): Invite {
    const limits = { expires_at: null, max_uses: null, uses: 0 };
    return { code, server_id: orchard, creator_id: alice, created_at: 5_000, ...limits, ...invite };
  }

  async function join(user_id: number, invite_code: string, at = now) {
    const { server } = await addedServer;
    const joined = { ...server, num_members: 2, seq: at };
    const member = memberOf(user_id, { joined_at: at, seq: at });
    const joining = { server_id: orchard, member, server: joined, invite_code, known_seq, at_most: PLENTY, now: at };
    const performed = await db.plain.writer.perform(db.plain.rooms.join(joining));
    return performed.state === "stored" ? performed.value.self : performed.state;
  }

  const add = (invite: Invite) => db.store.invites.create(invite, PLENTY, null);
  const inAt = (user_id: number, seq = now) => [{ user_id, seq }];

  let addedServer: ReturnType<typeof addServer>;
  const withServer = (name: string, run: () => Promise<void>) =>
    test(name, async () => {
      addedServer = addServer(db, orchard);
      await addedServer;
      await run();
    });

  withServer("an invite is found by its code until it is removed", async () => {
    const invite = inviteOf("apple", { expires_at: 9_000, max_uses: 3 });
    await add(invite);
    expect(await db.store.invites.find("apple")).toEqual(invite);
    expect(await db.store.invites.find("APPLE")).toBeNull();
    await db.store.invites.remove(meadow, "apple");
    expect(await db.store.invites.find("apple")).toEqual(invite);
    expect(await db.store.invites.remove(orchard, "apple")).toBe(true);
    expect(await db.store.invites.remove(orchard, "apple")).toBe(true);
    expect(await db.store.invites.find("apple")).toBeNull();
  });

  withServer("those that let somebody in are listed, newest first, and counted", async () => {
    await Promise.all(
      [
        inviteOf("old"),
        inviteOf("expiring", { created_at: 5_001, expires_at: now }),
        inviteOf("lasting", { created_at: 5_001, expires_at: now + 1 }),
        inviteOf("used", { created_at: 5_002, max_uses: 2, uses: 1 }),
        inviteOf("used up", { created_at: 5_003, max_uses: 2, uses: 2 }),
      ].map(add),
    );
    const codes = async (at: number) => (await db.store.invites.listOf(orchard, at)).map(({ code }) => code);
    expect(await codes(now)).toEqual(["used", "lasting", "old"]);
    expect(await codes(now + 1)).toEqual(["used", "old"]);
    expect(await db.store.invites.countOf(orchard, now)).toBe(3);
    expect(await db.store.invites.countOf(orchard)).toBe(4);
    expect(await db.store.invites.countOf(meadow, now)).toBe(0);
  });

  withServer("a new one clears those away that let nobody in any more", async () => {
    await add(inviteOf("expired", { expires_at: now }));
    await add(inviteOf("used up", { max_uses: 1, uses: 1 }));
    await add(inviteOf("good", { expires_at: now + 1, max_uses: 1 }));
    await add(inviteOf("new", { created_at: now }));
    const found = await Promise.all(["expired", "used up", "good"].map((code) => db.store.invites.find(code)));
    expect(found.map((invite) => invite?.code)).toEqual([undefined, undefined, "good"]);
  });

  withServer("who joins is a member, and one use is spent", async () => {
    await add(inviteOf("apple", { max_uses: 2 }));
    expect(await join(bob, "apple")).toMatchObject(inAt(bob));
    expect(await db.store.rooms.member(orchard, bob)).toEqual(memberOf(bob, { joined_at: now, seq: now }));
    expect((await db.store.rooms.load(orchard))?.server).toMatchObject({ num_members: 2, seq: now });
    expect((await db.store.invites.find("apple"))?.uses).toBe(1);
  });

  withServer("an invite that lets nobody in changes nothing", async () => {
    await addServer(db, meadow);
    await add(inviteOf("expired", { expires_at: now }));
    await add(inviteOf("used up", { created_at: 0, max_uses: 1, uses: 1 }));
    await add(inviteOf("elsewhere", { created_at: 0, server_id: meadow }));
    const before = await db.store.rooms.load(orchard);
    for (const code of ["expired", "used up", "elsewhere", "unknown"]) {
      expect(await join(bob, code)).toBe("stale");
    }
    expect(await db.store.rooms.member(orchard, bob)).toBeNull();
    expect(await db.store.rooms.load(orchard)).toEqual(before);
    expect((await db.store.invites.find("elsewhere"))?.uses).toBe(0);
  });

  withServer("of two who want the last use, one gets it", async () => {
    await add(inviteOf("apple", { max_uses: 1 }));
    expect(await Promise.all([join(bob, "apple"), join(carol, "apple")])).toMatchObject([inAt(bob), "stale"]);
    expect(await db.store.rooms.member(orchard, carol)).toBeNull();
    expect((await db.store.invites.find("apple"))?.uses).toBe(1);
  });

  withServer("who left comes back by an invite", async () => {
    await add(inviteOf("apple"));
    await join(bob, "apple");
    const left_members = [{ user_id: bob, seq: 7_000 }];
    await save(db, orchard, { left_members, now: 7_000 });
    expect(await join(bob, "apple", 8_000)).toMatchObject(inAt(bob, 8_000));
    expect((await db.store.rooms.member(orchard, bob))?.joined_at).toBe(8_000);
  });

  withServer("a removed server's invites go with it", async () => {
    await add(inviteOf("apple"));
    await db.store.rooms.remove(orchard, { seq: 9_000, known_seq, now: 9_000 });
    expect(await db.store.invites.find("apple")).toBeNull();
    expect(await join(bob, "apple")).toBe("stale");
    expect(await db.store.rooms.listOf(bob)).toEqual([]);
  });
});
