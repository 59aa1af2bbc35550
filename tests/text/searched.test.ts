// What a search finds in every script: words in any case, with or without accents, with what a language writes onto
// them; any part of a text without spaces; symbols. And what it must not take for the same.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { aPlace, type Place, post } from "../community/messages/place.ts";
import type { Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
let place: Place;
beforeAll(async () => {
  server = await startServer();
  place = await aPlace(server);
});
afterAll(() => server.stop());

/** A text, what finds it, and what doesn't. */
const cases: [text: string, found_by: string[], not_by: string[]][] = [
  ["наша ёлка", ["елка", "ЁЛКА", "наша елка"], ["елк", "иолка"]],
  ["мой дом", ["МОЙ"], ["мои"]],
  ["м'ята для чаю", ["мʼята", "м’ята"], ["мята"]],
  ["jedziemy do Łodzi, Łódź!", ["lodz", "ŁÓDŹ", "łodzi"], ["lod"]],
  ["Straße nach Gießen", ["strasse", "STRASSE", "giessen"], ["strase"]],
  ["İstanbul'da ISPARTA", ["istanbul", "ıstanbul", "isparta"], ["istanbulda"]],
  ["Øresund, smørrebrød og Ærø", ["oresund", "smorrebrod", "aero"], ["resund"]],
  ["Tiếng Việt ở Đà Nẵng", ["tieng viet", "da nang", "TIẾNG"], ["tien"]],
  ["l’école d'été", ["école", "ecole", "ete", "l'ecole"], ["lecole"]],
  ["ο δρόμος ΟΔΟΣ", ["δρομος", "ΔΡΌΜΟΣ", "οδός", "οδοσ"], ["δρομο"]],
  ["서버가 느리다", ["서버", "서버가", "느리", "버"], ["가서", "서버는"]],
  ["한국어로 말해요".normalize("NFD"), ["한국어", "말해"], ["국한"]],
  ["قرأت الكِتَابَ والقلم", ["كتاب", "الكتاب", "قلم", "والقلم", "قرات"], ["كتب", "تاب"]],
  ["مـــرحـــبا بكم في مدرسة", ["مرحبا", "مدرسه"], ["مرحب"]],
  ["שָׁלוֹם וּבַסֵּפֶר", ["שלום", "ספר", "ובספר"], ["שלו", "פר ספ"]],
  ["कि वह क़लम", ["कि", "कलम"], ["की", "का", "क"]],
  ["মামা বাড়ি", ["মামা", "বাডি"], ["মিমা"]],
  ["ฉันกินน้ำที่บ้าน", ["กินน้ำ", "บ้าน", "น้ำ"], ["กันน้ำ", "กินนำ", "บาน"]],
  ["ខ្ញុំស្រលាញ់ភាសាខ្មែរ", ["ភាសា", "ខ្មែរ"], ["ភាសី"]],
  ["今天天气很好，我们去公园", ["天气", "公园", "天", "今天天气很好", "去公园"], ["气天", "今天天天", "好天"]],
  ["これはテストです。サーバー", ["テスト", "サーバ", "ｻｰﾊﾞｰ"], ["てすと", "テズト", "ストテ"]],
  ["costs 42€ or $5 → ok ≠ fine", ["€", "42€", "→", "$5", "≠", "$"], ["£", "€42", "←"]],
  ["C++ beats C# 👍🏽 ❤️", ["c++", "👍", "❤", "👍🏿"], ["++c", "👎"]],
  ["👨‍👩‍👧 in 🇩🇪", ["👨", "👨‍👩‍👧", "🇩🇪"], ["👧👨", "🇪🇩"]],
  ["Ｆｕｌｌ width ﬁne ½ x²", ["full", "fine", "x2"], ["ful"]],
  ["naïve café e\u0301lan", ["naive", "CAFÉ", "élan"], ["naiv"]],
  ["mail user@example.com don't", ["don't", "example.com", "user@example.com"], ["com.example", "dont"]],
];

test("each text is found by what a person would take for the same, and by nothing else", async () => {
  const { alice, bob, server_id, channel_id } = place;
  const ids = new Map<string, number>();
  for (const [text] of cases) ids.set(text, (await post(alice, channel_id, text)).id);
  const found = async (query: string): Promise<number[]> =>
    (await done(bob, "search_messages", { server_id, query, amount: 100, anchor: 0 })).messages.map(
      ({ id }: Json) => id,
    );
  const wrong: string[] = [];
  for (const [text, found_by, not_by] of cases) {
    const id = ids.get(text);
    if (id === undefined) throw new Error(`not posted: ${text}`);
    for (const query of [text, ...found_by]) if (!(await found(query)).includes(id)) wrong.push(`${text} by ${query}`);
    for (const query of not_by) if ((await found(query)).includes(id)) wrong.push(`${text} not by ${query}`);
  }
  expect(wrong).toEqual([]);
});

test("a message is found by its new text at once, and by its old one no more", async () => {
  const { alice, bob, server_id, channel_id } = place;
  const found = async (query: string): Promise<number[]> =>
    (await done(bob, "search_messages", { server_id, query, amount: 100, anchor: 0 })).messages.map(
      ({ id }: Json) => id,
    );
  const { id: message_id } = await post(alice, channel_id, "Żółw 龟速");
  expect([await found("zolw"), await found("龟速")]).toEqual([[message_id], [message_id]]);
  await done(alice, "update_message", { message_id, content: "Ślimak 蜗牛" });
  expect([await found("zolw"), await found("龟速"), await found("slimak 蜗")]).toEqual([[], [], [message_id]]);
  await done(alice, "delete_message", { message_id });
  expect([await found("slimak"), await found("蜗牛")]).toEqual([[], []]);
});
