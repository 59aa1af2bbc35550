// How far one has read, and what is counted beyond that.

import { expect, test } from "bun:test";
import { alice, bob, describeStore } from "../describe-store.ts";
import { addMessages, messageOf, orchard } from "./community.ts";

const channel_id = orchard + 3;

describeStore("read states", (db) => {
  const stateOf = async (user_id: number, cap = 10) => (await db.store.readStates.of(user_id, [channel_id], cap))[0];
  const mark = (last_read_id: number, seq: number) =>
    db.store.readStates.mark({ user_id: bob, channel_id, last_read_id, seq });

  test("a mark goes forth, never back", async () => {
    expect(await mark(12, 20)).toBe(true);
    expect(await mark(12, 21)).toBe(false);
    expect(await mark(11, 22)).toBe(false);
    expect((await stateOf(bob))?.last_read_id).toBe(12);
    expect(await db.store.maxId()).toBe(20);
    expect(await mark(13, 23)).toBe(true);
    expect((await stateOf(bob))?.last_read_id).toBe(13);
    expect((await stateOf(alice))?.last_read_id).toBeNull();
  });

  test("each channel asked for is answered, in order", async () => {
    await addMessages(db, [messageOf(11), messageOf(12, { channel_id: 5 })]);
    await mark(11, 20);
    expect(await db.store.readStates.of(bob, [5, channel_id, 6], 10)).toEqual([
      { channel_id: 5, last_read_id: null, last_message_id: 12, unread: 1, mentions: 0 },
      { channel_id, last_read_id: 11, last_message_id: 11, unread: 0, mentions: 0 },
      { channel_id: 6, last_read_id: null, last_message_id: null, unread: 0, mentions: 0 },
    ]);
    expect(await db.store.readStates.of(bob, [], 10)).toEqual([]);
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
    await db.store.messages.remove({ id: 13, seq: 30, now: 30 });
    expect(await stateOf(bob)).toMatchObject({ unread: 1, last_message_id: 15 });
    await mark(99, 40);
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
});
