// Searching messages: all the words, any script, newest first, and any text for a query.

import { afterAll, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { searchTermsOf, searchTextOf } from "../../../src/db/queries/search-text.ts";
import { limits } from "../../../src/domain/limits.ts";
import { alice, bob, describeStore, PeopledStore } from "../describe-store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";
import { addMessages, addOrchard, addServer, meadow, messageOf, orchard } from "./community.ts";

afterAll(removeTemporaryDirectories);

const channel_id = orchard + 3;

const hostile = [
  ...['"', '""', '"a', "a OR b", "NOT a", "a AND", "(", "NEAR(a b)", "content:a", "scope : c1", "-a", "^a", "a*", "*"],
  ...[
    "{a}",
    "a + b",
    "\0",
    "a\0b",
    "\ud800",
    "a\udc00",
    "'; drop table messages; --",
    "\\",
    "%",
    "_",
    " ",
    "🍎",
    "\ufe0f",
  ],
];

describeStore("searching", (db) => {
  const search = async (query: string, more: { author_id?: number; before?: number; limit?: number } = {}) => {
    const found = await db.store.messages.search({ channel_ids: [channel_id], query, before: 0, limit: 10, ...more });
    return found.map(({ id }) => id);
  };

  beforeEach(async () => {
    await addOrchard(db);
  });

  const say = (...texts: string[]) =>
    addMessages(
      db,
      texts.map((content, index) => messageOf(11 + index, { content })),
    );

  test("all the words, in any order and case, without regard to accents, newest first", async () => {
    await say("The quick brown fox", "A quick answer", "Café QUICK, brown?", "quickly brown");
    expect(await search("quick")).toEqual([13, 12, 11]);
    expect(await search("BROWN quick")).toEqual([13, 11]);
    expect(await search("cafe")).toEqual([13]);
    expect(await search("ÇAFÉ")).toEqual([13]);
    expect(await search("quick fox answer")).toEqual([]);
  });

  test.each([
    ["今天天气很好", "天气", "气天"],
    ["これはテストです", "テスト", "ストテ"],
    ["สวัสดีครับ", "สวัสดี", "ดีครก"],
    ["नमस्ते दुनिया", "दुनिया", "दनय"],
    ["Привет, МИР", "мир", "мира"],
    ["مرحبا بالعالم", "مرحبا", "حبا"],
    ["안녕하세요 세계", "세계", "계세"],
    ["I love 🍎🍏!", "🍏", "🍌"],
    ["good❤️", "❤", "❥"],
    ["ｆｕｌｌ width ﬁne", "full fine", "ful"],
    ["e\u0301lan", "élan", "elans"],
    ["user@example.com said don't", "don't example.com", "com.example"],
    ["version 1.2.3 costs 42€", "1.2.3 42", "3.2.1"],
  ])("in %p, %p is found and %p is not", async (content, there, not_there) => {
    await say(content);
    expect(await search(there)).toEqual([11]);
    expect(await search(not_there)).toEqual([]);
  });

  test("an edit is searched as it is now, and what is removed no more", async () => {
    await say("apple", "apple 今天");
    await db.store.messages.edit({ ...messageOf(11), content: "pear 明天", edited_at: 20 });
    expect(await search("apple")).toEqual([12]);
    expect(await search("明天 pear")).toEqual([11]);
    await db.store.messages.edit({ ...messageOf(11), content: "plum", edited_at: 21 });
    expect(await search("明天")).toEqual([]);
    expect(await search("plum")).toEqual([11]);
    await db.store.messages.remove({ id: 12, user_id: alice, seq: 30, now: 30 });
    expect(await search("apple")).toEqual([]);
    expect(await search("今天")).toEqual([]);
    const reaction = { message_id: 11, emoji: "👍", user_id: bob, seq: 40 };
    await db.store.messages.addReaction({ ...reaction, created_at: 40 });
    expect(await search("plum")).toEqual([11]);
  });

  test("pages go on below an id, and keep to an author", async () => {
    await addMessages(
      db,
      [11, 12, 13, 14].map((id) => messageOf(id, { content: "apple", author_id: id % 2 === 0 ? alice : bob })),
    );
    expect(await search("apple", { limit: 2 })).toEqual([14, 13]);
    expect(await search("apple", { limit: 2, before: 13 })).toEqual([12, 11]);
    expect(await search("apple", { before: 11 })).toEqual([]);
    expect(await search("apple", { author_id: bob })).toEqual([13, 11]);
  });

  test("only the asked channels, be they few or many", async () => {
    await addServer(db, meadow);
    const elsewhere = { channel_id: meadow + 3, server_id: meadow, content: "apple" };
    await addMessages(db, [messageOf(11, { content: "apple" }), messageOf(12, elsewhere)]);
    const found = async (channel_ids: number[]) =>
      (await db.store.messages.search({ channel_ids, query: "apple", before: 0, limit: 10 })).map(({ id }) => id);
    const others = Array.from({ length: 20 }, (_, index) => 50 + index);
    expect(await found([channel_id])).toEqual([11]);
    expect(await found([channel_id, ...others])).toEqual([11]);
    expect(await found([meadow + 3, channel_id])).toEqual([12, 11]);
    expect(await found([...others, meadow + 3, channel_id])).toEqual([12, 11]);
    expect(await found(others)).toEqual([]);
    expect(await found([])).toEqual([]);
  });

  test("what lies behind many newer hits elsewhere is found as well, each once and in its order", async () => {
    await addServer(db, meadow);
    const elsewhere = { channel_id: meadow + 3, server_id: meadow };
    const hits = limits.search_hits_tried;
    // Here: the oldest three, and every fiftieth above them.
    const here = (id: number) => id <= 13 || id % 50 === 0;
    const ids = Array.from({ length: 2 * hits }, (_, index) => 11 + index);
    await addMessages(
      db,
      ids.map((id) => messageOf(id, { content: "apple", ...(here(id) ? {} : elsewhere) })),
    );
    const newest_first = ids.filter(here).toReversed();
    expect(await search("apple", { limit: 100 })).toEqual(newest_first);
    for (const limit of [1, 3, 4, 5, 8]) {
      expect(await search("apple", { limit })).toEqual(newest_first.slice(0, limit));
      expect(await search("apple", { limit, before: 300 })).toEqual(
        newest_first.filter((id) => id < 300).slice(0, limit),
      );
    }
  });

  test("the words by which messages are kept apart are not found as text", async () => {
    await say("apple");
    expect(await search(`c${channel_id}`)).toEqual([]);
    expect(await search(`s${orchard}`)).toEqual([]);
  });

  test("a query without letters, digits or symbols finds nothing", async () => {
    await say("!!! ... ???", "apple");
    for (const query of ["", " ", "!!!", '"', "?.-", "\0"]) expect(await search(query)).toEqual([]);
    expect(await search("apple !!!")).toEqual([12]);
  });

  test.each(hostile)("the query %p is only text", async (text) => {
    await say(text, `word ${text} word`);
    const found = await search(text);
    if (searchTermsOf(text) === null) expect(found).toEqual([]);
    else expect(found).toEqual([12, 11]);
  });
});

test("any text is stored, and searching for any text fails for none", async () => {
  const db = new PeopledStore();
  await db.open(await temporaryDatabaseUrl());
  await db.addUser(alice, "Alice");
  await addServer(db, orchard);
  const { messages } = db.store;
  let id = 0;
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 40 }),
    fc.array(fc.constantFrom(...hostile, "apple"), { maxLength: 6 }).map((parts) => parts.join(" ")),
  );
  await fc.assert(
    fc.asyncProperty(text, text, async (content, query) => {
      id += 1;
      await addMessages(db, [messageOf(id, { content })]);
      const page = { channel_ids: [channel_id], before: 0, limit: 10 };
      const found = await messages.search({ ...page, query });
      expect(found.every((message, index) => message.id < (found[index - 1]?.id ?? Number.POSITIVE_INFINITY))).toBe(
        true,
      );
      await messages.search({ ...page, query: content });
    }),
    { numRuns: 300 },
  );
  await db.plain.close();
});

test("only what needs it has a text of its own to search", () => {
  expect(searchTextOf("plain words")).toBeNull();
  expect(searchTextOf("Grüße, Привет")).toBeNull();
  expect(searchTextOf("今天 ok")).toBe(" 今  天  ok");
  expect(searchTermsOf('say "hi" now')).toBe('content : ("say" AND " hi " AND "now")');
});
