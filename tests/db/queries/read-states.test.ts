// How far one has read, and what is counted beyond that.

import { beforeEach, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { alice, bob, describeStore, nobody } from "../describe-store.ts";
import { addMessages, addOrchard, messageOf, orchard, save } from "./community.ts";

const channel_id = orchard + 3;

describeStore("read states", (db) => {
  const statesOf = (user_id: number, channel_ids: number[], cap = 10, since = 0) =>
    db.store.readStates.of(
      user_id,
      channel_ids.map((id) => ({ channel_id: id, since })),
      cap,
    );
  const stateOf = async (user_id: number, cap?: number, since?: number) =>
    (await statesOf(user_id, [channel_id], cap, since))[0];
  const mark = (last_read_id: number, seq: number) =>
    db.store.readStates.mark({ user_id: bob, channel_id, last_read_id, seq });
  const isGone = (last_read_id: number) =>
    db.isStale(db.plain.readStates.mark({ user_id: bob, channel_id, last_read_id, seq: 6_200 }));
  const not_moved = { self: null };

  beforeEach(async () => {
    await addOrchard(db);
  });

  test("a mark goes forth, never back", async () => {
    await addMessages(
      db,
      [11, 12, 13].map((id) => messageOf(id)),
    );
    expect(await mark(12, 6_020)).toMatchObject({ self: { seq: 6_020 } });
    expect(await mark(12, 6_021)).toEqual(not_moved);
    expect(await mark(11, 6_022)).toEqual(not_moved);
    expect((await stateOf(bob))?.last_read_id).toBe(12);
    expect(await db.store.maxId()).toBe(6_020);
    expect(await mark(13, 6_023)).toMatchObject({ self: { seq: 6_023 } });
    expect((await stateOf(bob))?.last_read_id).toBe(13);
    expect((await stateOf(alice))?.last_read_id).toBeNull();
  });

  test("a mark stands at a message of the channel that is there, and is a member's", async () => {
    await addMessages(db, [messageOf(11), messageOf(12), messageOf(13, { channel_id: 5 })]);
    await db.store.messages.remove({ id: 12, user_id: alice, seq: 30, now: 30 });
    for (const gone of [12, 13, nobody]) expect(await isGone(gone)).toBe(true);
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 6_100 }], now: 6_100 });
    expect(await isGone(11)).toBe(true);
    expect(await stateOf(bob)).toMatchObject({ last_read_id: null });
  });

  test("each channel asked for is answered, in order", async () => {
    await addMessages(db, [messageOf(11), messageOf(12, { channel_id: 5 })]);
    await mark(11, 20);
    expect(await statesOf(bob, [5, channel_id, 6])).toEqual([
      { channel_id: 5, last_read_id: null, last_message_id: 12, unread: 1, mentions: 0 },
      { channel_id, last_read_id: 11, last_message_id: 11, unread: 0, mentions: 0 },
      { channel_id: 6, last_read_id: null, last_message_id: null, unread: 0, mentions: 0 },
    ]);
    expect(await statesOf(bob, [])).toEqual([]);
  });

  test("of more channels than are read at once, each is answered in its place", async () => {
    const channel_ids = Array.from({ length: 2 * limits.read_states_slice + 1 }, (_, index) => 1_000 + index).reverse();
    const answered = await statesOf(bob, channel_ids);
    expect(answered.map((state) => state.channel_id)).toEqual(channel_ids);
  });

  test("messages of others after the mark are unread, up to the cap", async () => {
    await addMessages(
      db,
      [11, 12, 13, 14].map((id) => messageOf(id)),
    );
    await db.store.messages.add(messageOf(15, { author_id: bob }));
    expect((await stateOf(bob))?.unread).toBe(4);
    expect((await stateOf(bob, 3))?.unread).toBe(3);
    expect((await stateOf(alice))?.unread).toBe(1);
    await mark(12, 20);
    expect((await stateOf(bob))?.unread).toBe(2);
    await db.store.messages.remove({ id: 13, user_id: alice, seq: 30, now: 30 });
    expect(await stateOf(bob)).toMatchObject({ unread: 1, last_message_id: 15 });
    await mark(15, 40);
    expect((await stateOf(bob))?.unread).toBe(0);
  });

  test("mentions after the mark are counted once each, of oneself and of everybody, but not one's own", async () => {
    await addMessages(db, [
      messageOf(11, { mentions: [bob] }),
      messageOf(12, { mentions: [bob, alice], mentions_everyone: true }),
      messageOf(13, { mentions_everyone: true }),
      messageOf(14, { author_id: bob, mentions: [bob], mentions_everyone: true }),
      messageOf(15, { mentions: [bob], channel_id: 5 }),
    ]);
    expect((await stateOf(bob))?.mentions).toBe(3);
    expect((await stateOf(bob, 2))?.mentions).toBe(2);
    expect((await stateOf(alice))?.mentions).toBe(1);
    await mark(11, 20);
    expect((await stateOf(bob))?.mentions).toBe(2);
  });

  test("what everybody was told before one came mentions one as little as it would a stranger, and is unread", async () => {
    await addMessages(db, [
      messageOf(11, { mentions_everyone: true }),
      messageOf(12, { mentions: [bob], mentions_everyone: true }),
      messageOf(13, { mentions_everyone: true }),
      messageOf(14, { mentions_everyone: true }),
    ]);
    expect(await stateOf(bob, 10, 13)).toMatchObject({ unread: 4, mentions: 3 });
    expect(await stateOf(bob, 10, 14)).toMatchObject({ unread: 4, mentions: 2 });
    await mark(13, 20);
    expect(await stateOf(bob, 10, 12)).toMatchObject({ unread: 1, mentions: 1 });
  });
});
