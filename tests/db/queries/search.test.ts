// Searching messages: all the words, any script, newest first, and any text for a query.

import { afterAll, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import Database from "libsql";
import { databasePath } from "../../../src/db/engine/database-path.ts";
import type { Statement } from "../../../src/db/engine/driver.ts";
import { accessOver } from "../../../src/db/engine/query.ts";
import { storableText } from "../../../src/db/queries/json-rows.ts";
import { type FoundMessages, type MessageSearch, messageSearchOf } from "../../../src/db/queries/message-search.ts";
import { limits } from "../../../src/domain/limits.ts";
import { searchQueryOf } from "../../../src/domain/search-terms.ts";
import { alice, bob, describeStore, PeopledStore } from "../describe-store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";
import { addMessages, addOrchard, addServer, meadow, messageOf, orchard, orchard_den } from "./community.ts";

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

const page = { server_id: orchard, channel_ids: [channel_id], before: 0, amount: 10 };
const ids = ({ messages }: FoundMessages) => messages.map(({ id }) => id);

describeStore("searching", (db) => {
  const search = async (query: string, more: { author_id?: number; before?: number; amount?: number } = {}) =>
    ids(await db.store.messages.search({ ...page, query, ...more }));

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
    expect(await search("apple", { amount: 2 })).toEqual([14, 13]);
    expect(await search("apple", { amount: 2, before: 13 })).toEqual([12, 11]);
    expect(await search("apple", { before: 11 })).toEqual([]);
    expect(await search("apple", { author_id: bob })).toEqual([13, 11]);
  });

  test("only the asked channels, be they few or many, and never another server's", async () => {
    await addServer(db, meadow);
    const elsewhere = { channel_id: meadow + 3, server_id: meadow, content: "apple" };
    const den = { channel_id: orchard_den, content: "apple" };
    await addMessages(db, [messageOf(11, { content: "apple" }), messageOf(12, elsewhere), messageOf(13, den)]);
    const found = async (channel_ids: number[], server_id = orchard) =>
      ids(await db.store.messages.search({ ...page, server_id, channel_ids, query: "apple" }));
    const others = Array.from({ length: 20 }, (_, index) => 50 + index);
    for (const more of [[], others]) {
      expect(await found([channel_id, ...more])).toEqual([11]);
      expect(await found([...more, channel_id, orchard_den])).toEqual([13, 11]);
      expect(await found([...more, meadow + 3])).toEqual([]);
      expect(await found([...more, channel_id, meadow + 3], meadow)).toEqual([12]);
      expect(await found(more)).toEqual([]);
    }
  });

  test("the words by which messages are kept apart are not found as text", async () => {
    await say("apple");
    for (const word of [
      channel_id,
      `#${channel_id}`,
      orchard,
      `${orchard}:`,
      `${orchard}:apple`,
      `${orchard}@${alice}`,
    ])
      expect(await search(`${word}`)).toEqual([]);
  });

  test("where the words are seldom said together, pages come short and go on, until all is looked at", async () => {
    // Two lists of words and one of the channel: a page reaches down past a third of the entries of the shortest.
    const reach = Math.floor(limits.search_entries / 3);
    const said = (index: number) => (index % 2 === 0 ? "odd" : "even");
    const many = Array.from({ length: 3 * reach }, (_, index) => messageOf(20 + index, { content: said(index) }));
    await addMessages(db, [messageOf(11, { content: "odd and even" }), ...many]);
    const lengths: number[] = [];
    let found: FoundMessages = { messages: [], next_anchor: 0 };
    while (found.next_anchor !== null) {
      found = await db.store.messages.search({ ...page, query: "odd even", before: found.next_anchor });
      lengths.push(found.messages.length);
    }
    expect(ids(found)).toEqual([11]);
    expect(lengths).toEqual([0, 1]);
  });

  test("many messages of one character are searched for more of it in pages that end", async () => {
    const almost = Array.from({ length: 400 }, (_, index) =>
      messageOf(20 + index, { content: `${"的".repeat(199)}一` }),
    );
    await addMessages(db, [messageOf(11, { content: "的".repeat(200) }), ...almost]);
    let found: FoundMessages = { messages: [], next_anchor: 0 };
    let pages = 0;
    for (; found.next_anchor !== null; pages += 1) {
      found = await db.store.messages.search({
        ...page,
        query: "的".repeat(200),
        before: found.next_anchor,
        amount: 99,
      });
    }
    expect(ids(found)).toEqual([11]);
    expect(pages).toBe(Math.ceil(401 / (1 + Math.floor(limits.search_text_length / 200))));
  });

  test("a query without letters, digits or symbols finds nothing", async () => {
    await say("!!! ... ???", "apple");
    for (const query of ["", " ", "!!!", '"', "?.-", "\0"]) expect(await search(query)).toEqual([]);
    expect(await search("apple !!!")).toEqual([12]);
  });

  test.each(hostile)("the query %p is only text", async (text) => {
    await say(text, `word ${text} word`);
    const found = await search(text);
    if (searchQueryOf(storableText(text)) === null) expect(found).toEqual([]);
    else expect(found).toEqual([12, 11]);
  });
});

/** The statements of a search, which is told that all lists reach as far. */
async function statementsOf(asked: Partial<MessageSearch>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const access = accessOver({
    async query(statement) {
      statements.push(statement);
      return statement.sql.includes("json_each(?) as asked") ? [["list", 1]] : [];
    },
  });
  await messageSearchOf(access).search({ ...page, query: "a", ...asked });
  return statements;
}

const lookedUp = ({ params }: Statement): string[] => {
  const lists = params.find((param) => String(param).startsWith("["));
  return JSON.parse(String(lists));
};

test("whatever is asked for, two statements look at a bounded number of entries of the server's own", async () => {
  const words = (count: number, word: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => word(index));
  const queries = [
    "a",
    "的".repeat(200),
    words(100, (index) => String.fromCodePoint(0x4e00 + index)).join(" "),
    words(200, (index) => String.fromCodePoint(0x4e00 + index)).join(""),
    words(66, (index) => `${index}a`).join(" "),
    "ﷺ㍿".repeat(100),
  ];
  for (const query of queries) {
    for (const count of [1, limits.search_channels, limits.search_channels + 1, limits.channels_per_server]) {
      const channel_ids = words(count, String).map((_, index) => 5 + index);
      const [reach, hits, ...more] = await statementsOf({ query, channel_ids, author_id: alice, amount: 100 });
      if (!reach || !hits) throw new Error("nothing was looked up");
      expect(more).toEqual([]);
      const lists = lookedUp(reach);
      const last = Math.max(
        ...reach.params.filter((param) => typeof param === "number" && param < 2 ** 50).map(Number),
      );
      expect(lists.length).toBeLessThanOrEqual(limits.search_terms + 2);
      expect((last + 1) * lists.length).toBeLessThanOrEqual(limits.search_entries);
      for (const list of lists) expect(list).toMatch(/^("1000:[^" ]+"|"1000@1"|\(("#\d+"( OR )?)+\))$/u);
      expect(hits.params.at(-1)).toBeLessThanOrEqual(101);
    }
  }
});

test("the words of the index are each of one server or channel", async () => {
  const db = new PeopledStore();
  const url = await temporaryDatabaseUrl();
  await db.open(url);
  await db.addUser(alice, "Alice");
  await Promise.all([addServer(db, orchard), addServer(db, meadow)]);
  const content = "apple 苹果 +1 :5#@ <@1> 1000:apple 1000@1 #1003";
  const elsewhere = { channel_id: meadow + 3, server_id: meadow };
  await addMessages(db, [messageOf(11, { content }), messageOf(12, { content, ...elsewhere })]);
  await db.plain.close();
  const database = new Database(databasePath(url));
  database.exec("create virtual table temp.words using fts5vocab('main', 'messages_fts', 'row')");
  const rows = database.prepare("select term, doc from temp.words").raw().all() as [string, number][];
  database.close();
  expect(rows.length).toBeGreaterThan(20);
  for (const [term, messages] of rows) {
    expect(term).toMatch(/^(1000:[^:#@]+|1000@1|#1003|2000:[^:#@]+|2000@1|#2003)$/u);
    expect(messages).toBe(1);
  }
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
      const found = ids(await messages.search({ ...page, query }));
      expect(found).toEqual(found.toSorted((one, other) => other - one));
      if (searchQueryOf(content)) expect(ids(await messages.search({ ...page, query: content }))).toContain(id);
    }),
    { numRuns: 300 },
  );
  await db.plain.close();
}, 60_000);
