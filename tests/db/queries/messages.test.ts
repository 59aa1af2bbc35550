// Messages: added once, paged, changed, removed, reacted to.
// Searching has tests of its own.

import { beforeEach, expect, test } from "bun:test";
import { alice, bob, carol, describeStore } from "../describe-store.ts";
import { addMessages, addOrchard, known_seq, messageOf, orchard, save } from "./community.ts";

const channel_id = orchard + 3;
const picture = {
  id: 7,
  user_id: alice,
  hash: "a",
  type: "image/png",
  width: 1,
  height: 2,
  bytes: 3,
  created_at: 1,
  key: null,
  name: null,
};
const attachment = {
  id: 7,
  key: null,
  name: "7.png",
  url: "/api/v1/uploads/7",
  type: "image/png",
  width: 1,
  height: 2,
  bytes: 3,
};

describeStore("messages", (db) => {
  beforeEach(async () => {
    await addOrchard(db);
  });

  const idsOf = ({ messages }: { messages: { id: number }[] }) => messages.map(({ id }) => id);

  test("an added message is read as it was given", async () => {
    await db.store.uploads.create(picture, null);
    const message = messageOf(11, {
      ...{ content: '<@2> "quotes" \\ 🍎 \n', reply_to: 5, attachments: [attachment], mentions: [bob, carol] },
      ...{
        mentions_everyone: true,
        mention_roles: [],
        mentions_here: false,
        reply_mention: carol,
        nonce: "n",
        seq: 6_012,
      },
    });
    expect(await db.store.messages.add(message)).toEqual({ added: true });
    expect(await db.store.messages.byId(11)).toEqual(message);
    expect(await db.store.messages.byId(12)).toBeNull();
    expect(await db.store.messages.placeOf(11)).toEqual({ server_id: orchard, channel_id, author_id: alice });
    expect(await db.store.messages.placeOf(12)).toBeNull();
    expect(await db.store.maxId()).toBe(6_012);
  });

  test.each([
    { nonce: "n" },
    { reply_to: 5 },
    { attachments: [attachment] },
    { mentions: [bob] },
    { mentions_everyone: true },
    { mention_roles: [9] },
    { reply_mention: carol },
    { seq: 12 },
  ])("with nothing but %j besides its text, too, and so is one of mere text beside it", async (field) => {
    const { messages, uploads } = db.store;
    await uploads.create(picture, null);
    const [one, other] = [messageOf(11, { content: "", ...field }), messageOf(13, { content: "mere text" })];
    expect(await Promise.all([messages.add(one), messages.add(other)])).toEqual([{ added: true }, { added: true }]);
    expect([await messages.byId(11), await messages.byId(13)]).toEqual([one, other]);
  });

  test("of many in one group only the one whose nonce is taken is left out, wherever it stands", async () => {
    const { messages } = db.store;
    await messages.add(messageOf(11, { nonce: "n" }));
    const nonces = ["a", "n", null, "b", "a"];
    const added = await Promise.all(nonces.map((nonce, place) => messages.add(messageOf(20 + place, { nonce }))));
    expect(added.map((one) => one.added)).toEqual([true, false, true, true, false]);
    const there = await Promise.all(nonces.map((_, place) => messages.byId(20 + place)));
    expect(there.map((one) => one?.id ?? null)).toEqual([20, null, 22, 23, null]);
  });

  test("a nonce adds one message in a channel for an author, and finds it", async () => {
    const { messages } = db.store;
    const first = messageOf(11, { nonce: "n" });
    expect(await messages.add(first)).toEqual({ added: true });
    expect(await messages.add(messageOf(12, { nonce: "n", mentions: [bob] }))).toEqual({ added: false });
    expect(await messages.add(messageOf(13, { nonce: "n", author_id: bob }))).toEqual({ added: true });
    expect(await messages.add(messageOf(14, { nonce: "n", channel_id: 5 }))).toEqual({ added: true });
    expect(await messages.add(messageOf(15, { nonce: "N" }))).toEqual({ added: true });
    expect(await messages.byNonce(alice, channel_id, "n")).toEqual(first);
    expect(await messages.byNonce(carol, channel_id, "n")).toBeNull();
    expect(await messages.wasDeleted(alice, channel_id, "n")).toBe(false);
    expect(await messages.byId(12)).toBeNull();
    expect((await db.store.readStates.of(bob, [{ channel_id, since: 0 }], 10))[0]?.mentions).toBe(0);
  });

  test("a deleted message keeps its nonce taken, and is not found by it", async () => {
    await db.store.messages.add(messageOf(11, { nonce: "n" }));
    await db.store.messages.remove({ id: 11, user_id: alice, seq: 20, now: 20 });
    expect(await db.store.messages.add(messageOf(12, { nonce: "n" }))).toEqual({ added: false });
    expect(await db.store.messages.byNonce(alice, channel_id, "n")).toBeNull();
    expect(await db.store.messages.wasDeleted(alice, channel_id, "n")).toBe(true);
    expect(await db.store.messages.wasDeleted(bob, channel_id, "n")).toBe(false);
  });

  test("an id that is taken is a fault", async () => {
    await db.store.messages.add(messageOf(11));
    expect(await db.store.messages.add(messageOf(11)).catch(() => "failed")).toBe("failed");
  });

  test("only who is a member adds, edits, removes and reacts", async () => {
    const { messages } = db.store;
    await addMessages(db, [messageOf(11, { author_id: bob }), messageOf(12)]);
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 6_000 }], now: 6_000 });
    const before = await messages.changedSince({ channel_id, since: 0, limit: 9 });
    expect(await messages.add(messageOf(13, { author_id: bob }))).toEqual({ added: false });
    expect(await messages.add(messageOf(14, { author_id: 99 }))).toEqual({ added: false });
    expect(await messages.edit({ ...messageOf(11), author_id: bob, edited_at: 6_100 })).toBe(false);
    expect(await messages.remove({ id: 12, user_id: bob, seq: 6_101, now: 1 })).toBe(false);
    expect(await messages.addReaction({ message_id: 12, emoji: "👍", user_id: bob, created_at: 1, seq: 6_102 })).toBe(
      false,
    );
    expect(await messages.changedSince({ channel_id, since: 0, limit: 9 })).toEqual(before);
  });

  test("a message needs its channel", async () => {
    await save(db, orchard, { deleted_channels: [{ id: 5, seq: 6_000 }], now: 6_000 });
    for (const gone of [5, 6]) {
      expect(await db.store.messages.add(messageOf(gone + 6, { channel_id: gone }))).toEqual({ added: false });
    }
    expect(await db.store.messages.add(messageOf(20))).toEqual({ added: true });
  });

  test("a message needs its uploads, all of them, and its author's own", async () => {
    const add = (id: number, ...ids: number[]) =>
      db.store.messages.add(messageOf(id, { attachments: ids.map((id) => ({ ...attachment, id })) }));
    await db.store.uploads.create(picture, null);
    await db.store.uploads.create({ ...picture, id: 8, user_id: bob }, null);
    expect(await add(11, 7, 9)).toEqual({ added: false });
    expect(await add(12, 8)).toEqual({ added: false });
    expect(await add(13, 7, 7)).toEqual({ added: true });
  });

  test("of many added at once, those that may not be are left out alone", async () => {
    await save(db, orchard, { left_members: [{ user_id: bob, seq: 6_000 }], now: 6_000 });
    const many = [11, 12, 13, 14].map((id) => messageOf(id, { author_id: id % 2 === 0 ? alice : bob }));
    const added = await Promise.all(many.map((message) => db.store.messages.add(message)));
    expect(added.map((one) => one.added)).toEqual([false, true, false, true]);
    expect(idsOf(await db.store.messages.page({ channel_id, limit: 9, anchor: 0, direction: true }))).toEqual([12, 14]);
  });

  test("pages: the newest and the oldest, then on from an anchor, always ascending", async () => {
    await addMessages(
      db,
      [11, 12, 13, 14, 15].map((id) => messageOf(id)),
    );
    await db.store.messages.add(messageOf(16, { channel_id: 5 }));
    const page = async (anchor: number, direction: boolean, limit = 2) => {
      const found = await db.store.messages.page({ channel_id, limit, anchor, direction });
      return [...idsOf(found), found.has_more];
    };
    expect(await page(0, true)).toEqual([14, 15, true]);
    expect(await page(0, false)).toEqual([11, 12, true]);
    expect(await page(12, true)).toEqual([13, 14, true]);
    expect(await page(13, true)).toEqual([14, 15, false]);
    expect(await page(14, false)).toEqual([12, 13, true]);
    expect(await page(13, false)).toEqual([11, 12, false]);
    expect(await page(15, true)).toEqual([false]);
    expect(await page(11, false)).toEqual([false]);
    expect(await page(0, true, 5)).toEqual([11, 12, 13, 14, 15, false]);
    expect(await page(99, false, 1)).toEqual([15, true]);
  });

  test("pages pass over deleted messages, also where one is the anchor", async () => {
    await addMessages(
      db,
      [11, 12, 13].map((id) => messageOf(id)),
    );
    await db.store.messages.remove({ id: 12, user_id: alice, seq: 20, now: 20 });
    const page = (anchor: number, direction: boolean) =>
      db.store.messages.page({ channel_id, limit: 9, anchor, direction });
    expect(idsOf(await page(0, true))).toEqual([11, 13]);
    expect(idsOf(await page(12, true))).toEqual([13]);
    expect(idsOf(await page(12, false))).toEqual([11]);
  });

  test("an edit changes the text, its mentions and its seq", async () => {
    const message = messageOf(11, { mentions: [bob] });
    await db.store.messages.add(message);
    const changed = {
      content: "new",
      edited_at: 30,
      mentions: [carol],
      mentions_everyone: true,
      mention_roles: [],
      mentions_here: false,
      seq: 6_031,
    };
    const edit = { id: 11, author_id: alice, ...changed };
    expect(await db.store.messages.edit(edit)).toBe(true);
    expect(await db.store.messages.byId(11)).toEqual({ ...message, ...edit });
    const mentions = async (user_id: number) =>
      (await db.store.readStates.of(user_id, [{ channel_id, since: 0 }], 10))[0]?.mentions;
    expect(await mentions(carol)).toBe(1);
    await db.store.messages.edit({
      ...edit,
      mentions: [],
      mentions_everyone: false,
      mention_roles: [],
      mentions_here: false,
    });
    expect([await mentions(bob), await mentions(carol)]).toEqual([0, 0]);
    expect(await db.store.messages.edit({ ...edit, id: 12 })).toBe(false);
    expect(await db.store.maxId()).toBe(6_031);
  });

  test("a removed message is gone, once, and its seq is the channel's last", async () => {
    await addMessages(db, [
      messageOf(11),
      messageOf(12, { mentions: [bob], mentions_everyone: true, mention_roles: [], mentions_here: false }),
    ]);
    const { messages } = db.store;
    await messages.addReaction({ message_id: 12, emoji: "👍", user_id: bob, created_at: 15, seq: 15 });
    expect(await messages.remove({ id: 12, user_id: alice, seq: 6_020, now: 21 })).toBe(true);
    expect(await messages.remove({ id: 12, user_id: alice, seq: 30, now: 31 })).toBe(false);
    expect(await messages.byId(12)).toBeNull();
    expect(await messages.placeOf(12)).toBeNull();
    expect(await messages.edit({ ...messageOf(12), edited_at: 1, seq: 40 })).toBe(false);
    expect(await messages.addReaction({ message_id: 12, emoji: "👍", user_id: bob, created_at: 1, seq: 41 })).toBe(
      false,
    );
    expect(await messages.lastOf([channel_id])).toEqual([{ channel_id, last_id: 11, last_seq: 6_020 }]);
    expect(await db.store.readStates.of(bob, [{ channel_id, since: 0 }], 10)).toMatchObject([
      { unread: 1, mentions: 0 },
    ]);
    expect(await db.store.maxId()).toBe(6_020);
  });

  test("reactions: each once, in the order in which the first of an emoji came", async () => {
    await db.store.messages.add(messageOf(11));
    const { messages } = db.store;
    const reaction = (emoji: string, user_id: number, seq: number) => ({ message_id: 11, emoji, user_id, seq });
    const react = (emoji: string, user_id: number, at: number) =>
      messages.addReaction({ ...reaction(emoji, user_id, at), created_at: at });
    expect(await react("👍", bob, 20)).toBe(true);
    expect(await react("🍎", alice, 21)).toBe(true);
    expect(await react("👍", alice, 21)).toBe(true);
    expect(await react("👍", bob, 22)).toBe(false);
    expect(await messages.byId(11)).toMatchObject({
      seq: 21,
      reactions: [
        { emoji: "👍", user_ids: [bob, alice] },
        { emoji: "🍎", user_ids: [alice] },
      ],
    });
    expect(await messages.removeReaction(reaction("👍", bob, 23))).toBe(true);
    expect(await messages.removeReaction(reaction("👍", bob, 24))).toBe(false);
    expect(await messages.removeReaction(reaction("👎", alice, 25))).toBe(false);
    const { messages: page } = await messages.page({ channel_id, limit: 1, anchor: 0, direction: true });
    expect(page[0]).toMatchObject({ seq: 23 });
    expect(page[0]?.reactions).toEqual([
      { emoji: "🍎", user_ids: [alice] },
      { emoji: "👍", user_ids: [alice] },
    ]);
    expect(await react("👍", carol, 30)).toBe(true);
    expect(await messages.addReaction({ ...reaction("👍", bob, 31), message_id: 12, created_at: 31 })).toBe(false);
  });

  test("the last of each channel, in the order asked for", async () => {
    await addMessages(db, [messageOf(11, { seq: 12 }), messageOf(13, { channel_id: 5 })]);
    await db.store.messages.remove({ id: 13, user_id: alice, seq: 14, now: 14 });
    expect(await db.store.messages.lastOf([6, 5, channel_id])).toEqual([
      { channel_id: 6, last_id: null, last_seq: 0 },
      { channel_id: 5, last_id: null, last_seq: 14 },
      { channel_id, last_id: 11, last_seq: 12 },
    ]);
    expect(await db.store.messages.lastOf([])).toEqual([]);
  });

  test("what SQLite's text cannot hold becomes U+FFFD", async () => {
    const { messages } = db.store;
    await messages.add(messageOf(11, { content: "a\0b\ud800c\\u0000\udc00", nonce: "\0" }));
    expect((await messages.byId(11))?.content).toBe("a\ufffdb\ufffdc\\u0000\ufffd");
    expect((await messages.byNonce(alice, channel_id, "\0"))?.id).toBe(11);
    await messages.edit({ ...messageOf(11), content: "\ud800\0", edited_at: 1 });
    expect((await messages.byId(11))?.content).toBe("\ufffd\ufffd");
  });

  test("a purged message's id is never given again", async () => {
    await db.store.messages.add(messageOf(70_000, { seq: 80_000 }));
    await db.store.rooms.remove(orchard, { seq: 9_000, known_seq, now: 9_000 });
    expect(await db.store.rooms.purge(10)).toBe(1);
    expect(await db.store.maxId()).toBe(80_000);
  });
});
