// Numbers of topics, given where the rows are stored: the given one, or one above the greatest that is stored.

import { expect, test } from "bun:test";
import type { SelfSeq } from "../../../src/db/queries/self-topics.ts";
import type { FriendshipState } from "../../../src/db/schema/people.ts";
import { alice, bob, carol, describeStore, type PeopledStore } from "../describe-store.ts";
import {
  addMember,
  addMessages,
  addOrchard,
  addServer,
  known_seq,
  meadow,
  memberOf,
  messageOf,
  orchard,
  PLENTY,
  save,
  structureOf,
} from "./community.ts";

const channel_id = orchard + 3;

describeStore("a user's own topic", (db) => {
  const last = (user_id: number) => db.store.users.lastSelfSeq(user_id);
  const mark = (user_id: number, seq: number, last_read_id: number) =>
    db.store.readStates.mark({ user_id, channel_id, last_read_id, seq });
  const befriend = (mine: FriendshipState, seq: number) => db.setFriendship(bob, carol, mine, "none", seq);
  const join = async (user_id: number, seq: number) => {
    const invite = { code: `in ${seq}`, server_id: meadow, creator_id: alice, created_at: 1 };
    await db.store.invites.create({ ...invite, expires_at: null, max_uses: null, uses: 0 }, PLENTY, null);
    const { server } = structureOf(meadow, { seq });
    const member = memberOf(user_id, { seq });
    const bounds = { invite_code: invite.code, known_seq, at_most: PLENTY, now: 1 };
    return (await db.store.rooms.join({ server_id: meadow, member, server, ...bounds })).self;
  };

  test("goes on above a friendship, whatever comes next", async () => {
    await addOrchard(db);
    await addServer(db, meadow);
    await addMessages(db, [messageOf(11)]);
    expect(await befriend("blocked", 9_000)).toMatchObject({ mine: { seq: 9_000 }, theirs: null });
    expect(await mark(bob, 8_000, 11)).toMatchObject({ self: { seq: 9_001 } });
    expect(await befriend("friend", 8_500)).toMatchObject({ mine: { seq: 9_002 } });
    expect(await join(bob, 8_600)).toMatchObject([{ user_id: bob, seq: 9_003 }]);
    expect(await last(bob)).toBe(9_003);
  });

  test("goes on above how far one has read", async () => {
    await addOrchard(db);
    await addServer(db, meadow);
    await addMessages(db, [messageOf(11), messageOf(12)]);
    expect(await mark(bob, 9_000, 11)).toMatchObject({ self: { seq: 9_000 } });
    expect(await mark(bob, 9_000, 12)).toMatchObject({ self: { seq: 9_001 } });
    expect(await befriend("blocked", 7_000)).toMatchObject({ mine: { seq: 9_002 } });
    expect(await join(bob, 9_002)).toMatchObject([{ user_id: bob, seq: 9_003 }]);
  });

  test("goes on above a membership, one that ended included", async () => {
    await addOrchard(db);
    await addServer(db, meadow);
    await addMessages(db, [messageOf(11)]);
    expect(await join(bob, 9_000)).toMatchObject([{ user_id: bob, seq: 9_000 }]);
    const left_members = [{ user_id: bob, seq: 8_000 }];
    expect(await save(db, orchard, { left_members, now: 8_000 })).toMatchObject({
      self: [{ user_id: bob, seq: 9_001 }],
    });
    expect(await befriend("blocked", 9_001)).toMatchObject({ mine: { seq: 9_002 } });
  });

  test("is numbered for each user alone", async () => {
    await addOrchard(db);
    await addMessages(db, [messageOf(11)]);
    await befriend("blocked", 20_000);
    expect(await mark(carol, 9_000, 11)).toMatchObject({ self: { seq: 9_000 } });
    expect(await mark(bob, 9_000, 11)).toMatchObject({ self: { seq: 20_001 } });
    expect(await mark(alice, 9_000, 11)).toMatchObject({ self: { seq: 9_000 } });
  });

  test("of each side of a friendship is its own", async () => {
    await befriend("blocked", 9_000);
    const changed = await db.setFriendship(bob, alice, "outgoing", "incoming", 5_000);
    expect(changed).toMatchObject({ mine: { seq: 9_001 }, theirs: { seq: 5_000 } });
    expect((await db.store.friendships.listFor(bob)).map(({ id, seq }) => [id, seq])).toEqual([
      [alice, 9_001],
      [carol, 9_000],
    ]);
  });

  test("of several who leave in one change, and of all when a server ends, is each one's own", async () => {
    await addOrchard(db);
    await befriend("blocked", 9_000);
    const left_members = [bob, carol].map((user_id) => ({ user_id, seq: 8_000 }));
    const { self } = await save(db, orchard, { left_members, now: 8_000 });
    expect(bySelf(self)).toEqual([
      { user_id: bob, seq: 9_001, after: 9_000 },
      { user_id: carol, seq: 8_000, after: expect.any(Number) },
    ]);
    await addServer(db, meadow);
    await addMember(db, meadow, bob, { seq: 8_100 });
    const ended = await db.store.rooms.remove(meadow, { seq: 8_200, known_seq, now: 8_200 });
    expect(bySelf(ended.self)).toEqual([
      { user_id: alice, seq: 8_200, after: expect.any(Number) },
      { user_id: bob, seq: 9_002, after: 9_001 },
    ]);
    expect([await last(alice), await last(bob), await last(carol)]).toEqual([8_200, 9_002, 8_000]);
  });

  test("gets different numbers for what is stored in one group", async () => {
    await addOrchard(db);
    await addMessages(db, [messageOf(11), messageOf(12, { channel_id: 5 })]);
    const marks = await Promise.all([
      mark(bob, 9_000, 11),
      befriend("blocked", 9_000),
      db.store.readStates.mark({ user_id: bob, channel_id: 5, last_read_id: 12, seq: 9_000 }),
    ]);
    const seqs = marks.map((one) => ("self" in one ? one.self : one.mine)?.seq);
    expect(seqs.toSorted()).toEqual([9_000, 9_001, 9_002]);
  });
});

describeStore("a server's topic", (db) => {
  test("goes on above what its room wrote, where an account ends, for each server alone", async () => {
    await addOrchard(db);
    await addServer(db, meadow);
    await addMember(db, meadow, bob);
    await save(db, orchard, { deleted_channels: [{ id: 5, seq: 20_000 }], now: 20_000 });
    await db.removeUser(bob, 9_000);
    expect(await seqsOf(db, bob)).toEqual([
      [orchard, 20_001],
      [meadow, 9_000],
    ]);
    expect([await db.store.rooms.lastSeq(orchard), await db.store.rooms.lastSeq(meadow)]).toEqual([20_001, 9_000]);
  });

  test("goes on above the members of that server alone, where an account ends", async () => {
    await addOrchard(db);
    await addServer(db, meadow);
    await addMember(db, orchard, carol, { seq: 20_000 });
    await addMember(db, meadow, bob);
    await db.removeUser(bob, 9_000);
    expect(await seqsOf(db, bob)).toEqual([
      [orchard, 20_001],
      [meadow, 9_000],
    ]);
  });

  test.each(["roles", "categories", "channels", "server", "members"] as const)(
    "goes on above %s, where an account ends",
    async (part) => {
      const { server, roles, categories, channels } = await addOrchard(db);
      const numbered = <Row extends object>(rows: readonly Row[]) => rows.map((row) => ({ ...row, seq: 30_000 }));
      const changes = {
        ...{ roles: { roles: numbered(roles) }, categories: { categories: numbered(categories) } },
        ...{ channels: { channels: numbered(channels) }, server: { server: { ...server, seq: 30_000 } } },
        members: { members: [memberOf(carol, { seq: 30_000 })] },
      };
      await save(db, orchard, { ...changes[part], now: 6_000 });
      await db.removeUser(bob, 9_000);
      expect(await seqsOf(db, bob)).toEqual([[orchard, 30_001]]);
    },
  );
});

const bySelf = (self: SelfSeq[]) => self.toSorted((a, b) => a.user_id - b.user_id);

/** Of the user's memberships, by server. */
async function seqsOf(db: PeopledStore, user_id: number): Promise<unknown[]> {
  const rows = ((await db.tables()).get("members") ?? []).filter((row) => row["user_id"] === user_id);
  return rows.map((row) => [row["server_id"], row["seq"]]).toSorted();
}
