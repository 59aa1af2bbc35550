// Invites, and joining by them: a use is spent exactly where a member is added.

import { expect, test } from "bun:test";
import type { Invite } from "../../../src/domain/community.ts";
import { alice, bob, carol, describeStore } from "../describe-store.ts";
import { addServer, meadow, memberOf, orchard } from "./community.ts";

const now = 6_000;

describeStore("invites", (db) => {
  function inviteOf(code: string, invite: Partial<Invite> = {}): Invite {
    const limits = { expires_at: null, max_uses: null, uses: 0 };
    return { code, server_id: orchard, creator_id: alice, created_at: 5_000, ...limits, ...invite };
  }

  async function join(user_id: number, invite_code: string, at = now) {
    const { server } = await addedServer;
    const joined = { ...server, num_members: 2, seq: at };
    const member = memberOf(user_id, { joined_at: at, seq: at, role_ids: [1_100] });
    return db.store.rooms.join({ server_id: orchard, member, self_seq: at, server: joined, invite_code, now: at });
  }

  let addedServer: ReturnType<typeof addServer>;
  const withServer = (name: string, run: () => Promise<void>) =>
    test(name, async () => {
      addedServer = addServer(db, orchard);
      await addedServer;
      await run();
    });

  withServer("an invite is found by its code until it is removed", async () => {
    const invite = inviteOf("apple", { expires_at: 9_000, max_uses: 3 });
    await db.store.invites.create(invite);
    expect(await db.store.invites.find("apple")).toEqual(invite);
    expect(await db.store.invites.find("APPLE")).toBeNull();
    expect(await db.store.invites.remove(meadow, "apple")).toBe(false);
    expect(await db.store.invites.remove(orchard, "apple")).toBe(true);
    expect(await db.store.invites.remove(orchard, "apple")).toBe(false);
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
      ].map((invite) => db.store.invites.create(invite)),
    );
    const codes = async (at: number) => (await db.store.invites.listOf(orchard, at)).map(({ code }) => code);
    expect(await codes(now)).toEqual(["used", "lasting", "old"]);
    expect(await codes(now + 1)).toEqual(["used", "old"]);
    expect(await db.store.invites.countOf(orchard, now)).toBe(3);
    expect(await db.store.invites.countOf(orchard)).toBe(4);
    expect(await db.store.invites.countOf(meadow, now)).toBe(0);
  });

  withServer("a new one clears those away that let nobody in any more", async () => {
    await db.store.invites.create(inviteOf("expired", { expires_at: now }));
    await db.store.invites.create(inviteOf("used up", { max_uses: 1, uses: 1 }));
    await db.store.invites.create(inviteOf("good", { expires_at: now + 1, max_uses: 1 }));
    await db.store.invites.create(inviteOf("new", { created_at: now }));
    const found = await Promise.all(["expired", "used up", "good"].map((code) => db.store.invites.find(code)));
    expect(found.map((invite) => invite?.code)).toEqual([undefined, undefined, "good"]);
  });

  withServer("who joins is a member, and one use is spent", async () => {
    await db.store.invites.create(inviteOf("apple", { max_uses: 2 }));
    expect(await join(bob, "apple")).toBe("joined");
    expect(await db.store.rooms.member(orchard, bob)).toEqual(
      memberOf(bob, { joined_at: now, seq: now, role_ids: [1_100] }),
    );
    expect((await db.store.rooms.load(orchard))?.server).toMatchObject({ num_members: 2, seq: now });
    expect((await db.store.invites.find("apple"))?.uses).toBe(1);
  });

  withServer("an invite that lets nobody in changes nothing", async () => {
    await addServer(db, meadow);
    await db.store.invites.create(inviteOf("expired", { expires_at: now }));
    await db.store.invites.create(inviteOf("used up", { created_at: 0, max_uses: 1, uses: 1 }));
    await db.store.invites.create(inviteOf("elsewhere", { created_at: 0, server_id: meadow }));
    const before = await db.store.rooms.load(orchard);
    for (const code of ["expired", "used up", "elsewhere", "unknown"]) {
      expect(await join(bob, code)).toBe("invite_gone");
    }
    expect(await db.store.rooms.member(orchard, bob)).toBeNull();
    expect(await db.store.rooms.load(orchard)).toEqual(before);
    expect((await db.store.invites.find("elsewhere"))?.uses).toBe(0);
  });

  withServer("of two who want the last use, one gets it", async () => {
    await db.store.invites.create(inviteOf("apple", { max_uses: 1 }));
    expect(await Promise.all([join(bob, "apple"), join(carol, "apple")])).toEqual(["joined", "invite_gone"]);
    expect(await db.store.rooms.member(orchard, carol)).toBeNull();
    expect((await db.store.invites.find("apple"))?.uses).toBe(1);
  });

  withServer("who left comes back by an invite", async () => {
    await db.store.invites.create(inviteOf("apple"));
    await join(bob, "apple");
    const left_members = [{ user_id: bob, seq: 7_000, self_seq: 7_000 }];
    await db.store.rooms.save(orchard, { left_members, now: 7_000 });
    expect(await join(bob, "apple", 8_000)).toBe("joined");
    expect((await db.store.rooms.member(orchard, bob))?.joined_at).toBe(8_000);
  });

  withServer("a removed server's invites go with it", async () => {
    await db.store.invites.create(inviteOf("apple"));
    await db.store.rooms.remove(orchard, { seq: 9_000, now: 9_000 });
    expect(await db.store.invites.find("apple")).toBeNull();
    expect(await join(bob, "apple")).toBe("invite_gone");
    expect(await db.store.rooms.listOf(bob)).toEqual([]);
  });
});
