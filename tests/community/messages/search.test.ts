import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { anotherChannel, aPlace, deny, eventsOn, malformed, post, postMany, refusal } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const search = (who: Present, server_id: number, query: string, more: Json = {}) =>
  done(who, "search_messages", { server_id, query, amount: 100, anchor: 0, ...more });

const foundBy = async (...asked: Parameters<typeof search>): Promise<string[]> =>
  (await search(...asked)).messages.map(({ content }: Json) => content);

conversation("search_messages", {
  async success() {
    const { alice, bob, server_id, channel_id } = await aPlace(server);
    const first = await post(alice, channel_id, "Apples and pears");
    const second = await post(bob, channel_id, "pears, apples");
    await post(bob, channel_id, "only pears");
    const data = { server_id, query: "apples PEARS", amount: 10, anchor: 0 };
    const reply = await bob.client.ask({ type: "search_messages", data });
    expect(reply).toEqual({
      ...{ id: reply["id"], type: "search_messages" },
      data: { messages: [second, first], next_anchor: null },
    });
  },
  errors: {
    async not_found() {
      const place = await aPlace(server);
      const { alice, bob, mallory, server_id } = place;
      const hidden = await anotherChannel(place, true);
      await post(alice, hidden, "apples");
      const asked = { query: "apples", amount: 10, anchor: 0 };
      const unknown = await refusal(mallory, "search_messages", { ...asked, server_id: 12345 });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(mallory, "search_messages", { ...asked, server_id })).toEqual(unknown);
      const no_channel = await refusal(bob, "search_messages", { ...asked, server_id, channel_id: 12345 });
      expect(no_channel).toEqual(unknown);
      expect(await refusal(bob, "search_messages", { ...asked, server_id, channel_id: hidden })).toEqual(unknown);
      // A channel of one's own, in another server.
      const elsewhere = await aPlace(server);
      await done(elsewhere.alice, "add_invite", { server_id: elsewhere.server_id });
      expect(await refusal(bob, "search_messages", { ...asked, server_id, channel_id: elsewhere.channel_id })).toEqual(
        unknown,
      );
    },
    async forbidden() {
      const place = await aPlace(server);
      const { bob, server_id, channel_id } = place;
      await deny(place, "read_history");
      const asked = { server_id, channel_id, query: "apples", amount: 10, anchor: 0 };
      expect(await refusal(bob, "search_messages", asked)).toMatchObject({ code: "forbidden" });
    },
  },
  async malformed() {
    const { bob, server_id } = await aPlace(server);
    const asked = { server_id, query: "x", amount: 10, anchor: 0 };
    await malformed(bob, "search_messages", { ...asked, server_id: null }, "server_id");
    await malformed(bob, "search_messages", { ...asked, query: "" }, "query");
    await malformed(bob, "search_messages", { ...asked, query: ["x"] }, "query");
    await malformed(bob, "search_messages", { ...asked, query: "x".repeat(limits.search_length + 1) }, "query");
    await malformed(bob, "search_messages", { ...asked, amount: 0 }, "amount");
    await malformed(bob, "search_messages", { ...asked, amount: limits.page_length + 1 }, "amount");
    await malformed(bob, "search_messages", { ...asked, anchor: -1 }, "anchor");
    await malformed(bob, "search_messages", { ...asked, channel_id: "5" }, "channel_id");
    await malformed(bob, "search_messages", { ...asked, author_id: 0 }, "author_id");
  },
  also: {
    async "pages go from the newest to the oldest, each message once"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const all = await postMany(alice, channel_id, 25);
      const found: number[] = [];
      const lengths: number[] = [];
      for (let anchor: number | null = 0; anchor !== null; ) {
        const page: Json = await search(bob, server_id, "number", { amount: 10, anchor });
        found.push(...page.messages.map(({ id }: Json) => id));
        lengths.push(page.messages.length);
        anchor = page.next_anchor;
      }
      expect(found).toEqual(all.map(({ id }) => id).reverse());
      expect(lengths).toEqual([10, 10, 5]);
      const exactly = await search(bob, server_id, "number", { amount: 25 });
      expect([exactly.messages.length, exactly.next_anchor]).toEqual([25, null]);
    },
    async "what may not be read is left out before a page is counted"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const hidden = await anotherChannel(place, true);
      const silent = await anotherChannel(place);
      const { roles } = await done(alice, "get_server_roles", { server_id });
      const overwrites = [{ role_id: roles.at(-1).id, allow: [], deny: ["read_history"] }];
      await done(alice, "update_channel", { channel_id: silent, changes: { overwrites } });
      for (let index = 0; index < 5; index += 1) {
        await post(alice, channel_id, `apple ${index}`);
        for (const secret of [hidden, silent]) await post(alice, secret, `secret apple ${index}`);
      }
      const page = await search(bob, server_id, "apple", { amount: 5 });
      expect(page.messages.map(({ content }: Json) => content)).toEqual(
        [4, 3, 2, 1, 0].map((index) => `apple ${index}`),
      );
      expect(page.next_anchor).toBeNull();
      expect(await foundBy(alice, server_id, "apple")).toHaveLength(15);
      expect(await foundBy(bob, server_id, "secret")).toEqual([]);
    },
    async "one channel, one author"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const other = await anotherChannel(place);
      await post(alice, channel_id, "alice's apple");
      await post(bob, channel_id, "bob's apple");
      await post(bob, other, "bob's other apple");
      expect(await foundBy(bob, server_id, "apple", { channel_id })).toEqual(["bob's apple", "alice's apple"]);
      expect(await foundBy(bob, server_id, "apple", { author_id: bob.id })).toEqual([
        "bob's other apple",
        "bob's apple",
      ]);
      expect(await foundBy(bob, server_id, "apple", { channel_id, author_id: alice.id })).toEqual(["alice's apple"]);
      expect(await foundBy(bob, server_id, "apple", { author_id: 12345 })).toEqual([]);
    },
    async "what is said where one may not read can't be told from what isn't said, by whatever one says beside it"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const hidden = await anotherChannel(place, true);
      const letters = [..."abcdefgh"];
      const words = letters
        .flatMap((one) => letters.map((other) => `${one}${other}`))
        .slice(0, limits.search_terms - 2);
      // Each word by itself is said more often than a share of 64 lists.
      const often = Math.ceil(limits.search_entries / limits.search_terms) + 10;
      for (let count = 0; count < often; count += 1) {
        await post(bob, channel_id, words.join(" "));
        await post(alice, hidden, "merger");
      }
      const answers = ["merger", "unsaid"].map((word) => search(bob, server_id, [...words, word].join(" ")));
      for (const answer of await Promise.all(answers)) expect(answer).toEqual({ messages: [], next_anchor: null });
      expect((await search(bob, server_id, words.join(" "))).messages).toHaveLength(often);
    },
    async "another server's messages are never found"() {
      const [one, two] = [await aPlace(server), await aPlace(server)];
      await post(one.alice, one.channel_id, "apple of one");
      await post(two.alice, two.channel_id, "apple of two");
      expect(await foundBy(one.bob, one.server_id, "apple")).toEqual(["apple of one"]);
    },
    async "any text will do as a query"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      await post(alice, channel_id, 'She said "NEAR" (or NOT?) AND left* 👍');
      const texts = [
        '"',
        "'",
        "*",
        "(",
        ")",
        "NEAR",
        "AND",
        "OR NOT",
        "near(",
        "a:b",
        "content:she",
        "-she",
        "^she",
        "%",
        "\\",
      ];
      const odd = [
        "\0",
        "\ud800",
        "she\0said",
        "👍",
        "🤷",
        "٪",
        "\u202e",
        " ",
        "\n",
        "x".repeat(limits.search_length),
        "{}",
      ];
      for (const query of [...texts, ...odd]) {
        expect(
          await bob.client.ask({ type: "search_messages", data: { server_id, query, amount: 5, anchor: 0 } }),
        ).toMatchObject({
          type: "search_messages",
          data: { next_anchor: null },
        });
      }
      for (const query of ['"NEAR"', "not left", "👍", "she said"])
        expect(await foundBy(bob, server_id, query)).toHaveLength(1);
      for (const query of ["", " ", "?!", "nobody"].slice(1)) expect(await foundBy(bob, server_id, query)).toEqual([]);
    },
    async "doesn't subscribe"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      await search(bob, server_id, "apple");
      await post(alice, channel_id, "apple");
      expect(await eventsOn(bob, `channel:${channel_id}`)).toEqual([]);
    },
  },
});
