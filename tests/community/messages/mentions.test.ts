// Where one was mentioned: by name, as a reply, with everybody or with a role; over all that one may read, and in step
// with what is counted as unread.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { aGroup, neighbours, open, say, talking } from "../conversations/talkers.ts";
import { anotherChannel, aPlace, deny, malformed, type Place, post, postMany, refusal } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Asker = Pick<Present, "client">;

async function mentionsOf(who: Asker, more: Json = {}): Promise<Json[]> {
  return (await done(who, "get_mentions", { amount: 100, anchor: 0, ...more })).messages;
}
const idsOf = (messages: Json[]): number[] => messages.map(({ id }) => id);

/** How many unread ones are counted in the channel. */
async function counted(who: Asker, channel_id: number): Promise<number> {
  const { channels } = await done(who, "get_read_state", {});
  return channels.find((one: Json) => one.channel_id === channel_id)?.mentions;
}

async function aRole({ alice, server_id }: Place, holder: Present): Promise<number> {
  const { role } = await done(alice, "add_role", { server_id, name: "pickers", rules: [] });
  await done(alice, "update_member", { server_id, user_id: holder.id, changes: { roles: [role.id] } });
  return role.id;
}

conversation("get_mentions", {
  async success() {
    const place = await aPlace(server);
    const { alice, bob, channel_id } = place;
    const role_id = await aRole(place, bob);
    const mine = await post(bob, channel_id, `mine <@${bob.id}> @everyone`);
    const named = await post(alice, channel_id, `hey <@${bob.id}>`);
    await post(alice, channel_id, "nobody");
    const reply = await post(alice, channel_id, "yes", { reply_to: mine.id });
    const all = await post(alice, channel_id, "@everyone");
    const to_role = await post(alice, await anotherChannel(place), `<@&${role_id}>`);
    const { alice: friend, conversation: talk, bob: other } = await talking(server);
    const answer = await bob.client.ask({ type: "get_mentions", data: { amount: 100, anchor: 0 } });
    expect(answer).toEqual({
      ...{ id: answer["id"], type: "get_mentions" },
      data: { messages: [to_role, all, reply, named], next_anchor: null },
    });
    expect(await mentionsOf(alice)).toEqual([]);
    expect(await counted(bob, channel_id)).toBe(3);
    // Of a conversation, as messages of one.
    const said = await say(friend, talk, `<@${other.id}>`);
    expect(said).toMatchObject({ server_id: null, conversation_id: talk.id });
    expect(await mentionsOf(other)).toEqual([said]);
    expect(await mentionsOf(other, { conversation_id: talk.id })).toEqual([said]);
  },
  errors: {
    async not_found() {
      const { bob, mallory, server_id } = await aPlace(server);
      const { conversation: talk } = await talking(server);
      const page = { amount: 5, anchor: 0 };
      const unknown = await refusal(bob, "get_mentions", { ...page, server_id: 12_345 });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(mallory, "get_mentions", { ...page, server_id })).toEqual(unknown);
      for (const id of [12_345, talk.id, server_id]) {
        expect(await refusal(bob, "get_mentions", { ...page, conversation_id: id })).toEqual(unknown);
      }
    },
    async limit_reached() {
      const before = await startServer();
      const { alice, server_id } = await aPlace(before);
      const own = await before.restart();
      const columns = "id, server_id, name, position, overwrites, seq";
      const more = Array.from({ length: limits.read_states - 1 }, (_, index) => [Number.MAX_SAFE_INTEGER - index]);
      writeRows(own.folder, `insert into channels (${columns}) values (?, ${server_id}, 'more', 0, '[]', 1)`, more);
      const present = { ...alice, client: await own.connect(alice) };
      expect(await mentionsOf(present)).toEqual([]);
      await foundServer(present);
      const refused = await refusal(present, "get_mentions", { amount: 5, anchor: 0 });
      expect(refused).toMatchObject({ code: "limit_reached", details: { limit: "read_states" } });
      expect(await mentionsOf(present, { server_id })).toEqual([]);
      await own.stop();
    },
  },
  async malformed() {
    const { bob } = await aPlace(server);
    await malformed(bob, "get_mentions", { anchor: 0 }, "amount");
    await malformed(bob, "get_mentions", { amount: 5 }, "anchor");
    await malformed(bob, "get_mentions", { amount: limits.page_length + 1, anchor: 0 }, "amount");
    await malformed(bob, "get_mentions", { amount: 5, anchor: 0, server_id: "all" }, "server_id");
  },
  also: {
    async "pages go on where the one before ended, over servers and conversations"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const { people, group } = await aGroup(server, 3);
      const second = await foundServer(alice);
      await inviteInto(second, alice, bob);
      const [friend, other] = people as [Present, Present];
      await inviteInto(second, alice, other);
      await inviteInto(place.server_id, alice, other);
      const { categories } = await done(other, "get_server_channels", { server_id: second });
      const elsewhere = categories.flatMap(({ channels }: Json) => channels)[0].id;
      const posted: number[] = [];
      for (let at = 0; at < 4; at += 1) {
        posted.push((await post(alice, channel_id, `<@${other.id}> ${at}`)).id);
        posted.push((await post(alice, elsewhere, `@everyone ${at}`)).id);
        posted.push((await say(friend, group, `@everyone ${at}`)).id);
      }
      for (const amount of [1, 5, 12]) {
        const found: number[] = [];
        for (let anchor: number | null = 0; anchor !== null; ) {
          const page: Json = await done(other, "get_mentions", { amount, anchor });
          expect(page.messages.length).toBeLessThanOrEqual(amount);
          found.push(...idsOf(page.messages));
          anchor = page.next_anchor;
        }
        // Nodes may make ids a little ahead of the time.
        expect(found).toEqual(posted.toSorted((one, later) => later - one));
      }
      const here = await mentionsOf(other, { server_id: second });
      expect(here.every(({ server_id }) => server_id === second)).toBe(true);
      expect(here).toHaveLength(4);
    },
    async "shows nothing that may not be read at that moment, and tells of nothing hidden"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const other = await anotherChannel(place);
      const [here, there] = [await post(alice, channel_id, "@everyone"), await post(alice, other, `<@${bob.id}>`)];
      expect(idsOf(await mentionsOf(bob))).toEqual([there.id, here.id]);
      await done(alice, "update_channel", { channel_id: other, changes: { roles: [] } });
      expect(await done(bob, "get_mentions", { amount: 1, anchor: 0 })).toEqual({
        messages: [here],
        next_anchor: null,
      });
      await deny(place, "read_history");
      expect(await done(bob, "get_mentions", { amount: 1, anchor: 0 })).toEqual({ messages: [], next_anchor: null });
      await done(alice, "update_channel", { channel_id: other, changes: { overwrites: [] } });
      expect(idsOf(await mentionsOf(bob))).toEqual([there.id]);
      await done(alice, "remove_member", { server_id, user_id: bob.id });
      expect(await mentionsOf(bob)).toEqual([]);
      await inviteInto(server_id, alice, bob);
      expect(idsOf(await mentionsOf(bob))).toEqual([there.id]);
    },
    async "a deleted message is gone from it, and an edited one is as it is now"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const one = await post(alice, channel_id, `<@${bob.id}>`);
      const two = await post(alice, channel_id, "not yet");
      await done(alice, "update_message", { message_id: two.id, content: `now <@${bob.id}>` });
      await done(bob, "add_reaction", { message_id: one.id, emoji: "👍" });
      expect(await mentionsOf(bob)).toMatchObject([
        { id: two.id, content: `now <@${bob.id}>` },
        { id: one.id, reactions: [{ emoji: "👍", count: 1, me: true }] },
      ]);
      await done(alice, "delete_message", { message_id: one.id });
      await done(alice, "update_message", { message_id: two.id, content: "no more" });
      expect(await mentionsOf(bob)).toEqual([]);
    },
    async "whom one has blocked can't ping one, by no way"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const role_id = await aRole(place, bob);
      const { id: mine } = await post(bob, channel_id, "mine");
      await done(bob, "update_friend", { user_id: alice.id, action: "block" });
      await post(alice, channel_id, `<@${bob.id}>`);
      expect(await post(alice, channel_id, "yes", { reply_to: mine })).toMatchObject({ mentions: [] });
      await post(alice, channel_id, "@everyone");
      await post(alice, channel_id, "@here");
      await post(alice, channel_id, `<@&${role_id}>`);
      expect(await mentionsOf(bob)).toEqual([]);
      expect(await counted(bob, channel_id)).toBe(0);
      const { people, group } = await aGroup(server, 3);
      const [carol, dave] = people as [Present, Present];
      const his = await say(dave, group, "mine");
      await done(dave, "update_friend", { user_id: carol.id, action: "block" });
      await say(carol, group, `<@${dave.id}> @everyone`, { reply_to: his.id });
      expect(await mentionsOf(dave)).toEqual([]);
    },
    async "who joins later isn't pinged by the past, nor who comes back"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const role_id = await aRole(place, bob);
      await post(alice, channel_id, "@everyone");
      await post(alice, channel_id, `<@&${role_id}>`);
      const named = await post(alice, channel_id, `<@${bob.id}>`);
      const carol = await server.join();
      await inviteInto(server_id, alice, carol);
      expect(await mentionsOf(carol)).toEqual([]);
      const [state] = (await done(carol, "get_read_state", { server_id })).channels;
      expect(state).toMatchObject({ unread: 3, mentions: 0 });
      await done(bob, "leave_server", { server_id });
      await inviteInto(server_id, alice, bob);
      await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role_id] } });
      // They were there when they were named.
      expect(idsOf(await mentionsOf(bob))).toEqual([named.id]);
      expect(await counted(bob, channel_id)).toBe(1);
      const later = [await post(alice, channel_id, "@everyone"), await post(alice, channel_id, `<@&${role_id}>`)];
      expect(idsOf(await mentionsOf(bob))).toEqual([...idsOf(later).toReversed(), named.id]);
      expect(idsOf(await mentionsOf(carol))).toEqual([later[0]?.id ?? 0]);
      expect(await counted(carol, channel_id)).toBe(1);
    },
    async "a request of a stranger mentions nobody, replies included"() {
      const [alice, bob] = await neighbours(server);
      const talk = await open(alice, bob);
      await say(alice, talk, `hello <@${bob.id}>`);
      const mine = await say(alice, talk, "again");
      expect(await mentionsOf(bob)).toEqual([]);
      const answer = await say(bob, talk, "yes?", { reply_to: mine.id });
      expect(await mentionsOf(alice)).toEqual([answer]);
      const reply = await say(alice, talk, "well", { reply_to: answer.id });
      expect(await mentionsOf(bob)).toEqual([reply]);
    },
    async "long texts come some at a time"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const long = `<@${bob.id}> `.padEnd(limits.message_length, "x");
      const posted: number[] = [];
      for (let at = 0; at < 40; at += 1) posted.push((await post(alice, channel_id, long)).id);
      const found: number[] = [];
      for (let anchor: number | null = 0; anchor !== null; ) {
        const page: Json = await done(bob, "get_mentions", { amount: 100, anchor });
        expect(JSON.stringify(page).length).toBeLessThan(limits.page_content_length * 2);
        found.push(...idsOf(page.messages));
        anchor = page.next_anchor;
      }
      expect(found).toEqual(posted.toReversed());
    },
    async "a page looks at so many of what isn't to one, and the next goes on"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const carol = await server.join();
      await inviteInto(place.server_id, alice, carol);
      const role_id = await aRole(place, carol);
      const first = await post(alice, channel_id, `<@${bob.id}>`);
      await postMany(alice, channel_id, limits.page_length + 20, ` <@&${role_id}>`);
      const page = await done(bob, "get_mentions", { amount: 10, anchor: 0 });
      expect(page).toEqual({ messages: [], next_anchor: expect.any(Number) });
      const next = await done(bob, "get_mentions", { amount: 10, anchor: page.next_anchor });
      expect(next).toEqual({ messages: [first], next_anchor: null });
    },
    async "is asked for by as many as there are places, and one after another by one"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const { id } = await post(alice, channel_id, `<@${bob.id}>`);
      const pages = await Promise.all(Array.from({ length: 8 }, () => mentionsOf(bob)));
      expect(pages.map(idsOf)).toEqual(Array.from({ length: 8 }, () => [id]));
    },
  },
});

describe("a reply", () => {
  test("mentions whom it is to, and nobody else than it names", async () => {
    const { alice, bob, channel_id } = await aPlace(server);
    const mine = await post(bob, channel_id, "mine");
    const reply = await post(alice, channel_id, "yes", { reply_to: mine.id });
    expect(reply).toMatchObject({ reply_to: mine.id, mentions: [bob.id] });
    const named = await post(alice, channel_id, `<@${bob.id}>, yes`, { reply_to: mine.id });
    expect(named.mentions).toEqual([bob.id]);
    const own = await post(bob, channel_id, "that is", { reply_to: mine.id });
    expect(own.mentions).toEqual([]);
    expect(idsOf(await mentionsOf(bob))).toEqual([named.id, reply.id]);
    expect(await counted(bob, channel_id)).toBe(2);
  });

  test("with `mention: false` mentions only whom it names", async () => {
    const { alice, bob, channel_id } = await aPlace(server);
    const mine = await post(bob, channel_id, "mine");
    const quiet = { reply_to: mine.id, mention: false };
    expect(await post(alice, channel_id, "yes", quiet)).toMatchObject({ reply_to: mine.id, mentions: [] });
    expect(await mentionsOf(bob)).toEqual([]);
    const named = await post(alice, channel_id, `<@${bob.id}>`, quiet);
    expect(idsOf(await mentionsOf(bob))).toEqual([named.id]);
    await done(alice, "update_message", { message_id: named.id, content: "no more" });
    expect(await mentionsOf(bob)).toEqual([]);
    expect(await counted(bob, channel_id)).toBe(0);
  });

  test("goes on mentioning them when it is edited", async () => {
    const { alice, bob, channel_id } = await aPlace(server);
    const carol = await server.join();
    const mine = await post(bob, channel_id, "mine");
    const reply = await post(alice, channel_id, "yes", { reply_to: mine.id });
    const { message } = await done(alice, "update_message", { message_id: reply.id, content: `no <@${carol.id}>` });
    expect(message.mentions).toEqual([bob.id]);
    const named = await post(alice, channel_id, `<@${bob.id}>`, { reply_to: mine.id });
    await done(alice, "update_message", { message_id: named.id, content: "no" });
    expect(idsOf(await mentionsOf(bob))).toEqual([named.id, reply.id]);
    server = await server.restart();
    const [again, hers] = [await server.connect(bob), await server.connect(alice)];
    await done({ client: hers }, "update_message", { message_id: reply.id, content: "as I said" });
    expect(idsOf(await mentionsOf({ client: again }))).toEqual([named.id, reply.id]);
  });

  test("to a message that memory knows no more, too; and to one that has gone, nobody", async () => {
    const { alice, bob, channel_id } = await aPlace(server);
    const [old, gone] = [await post(bob, channel_id, "old"), await post(bob, channel_id, "gone")];
    await postMany(alice, channel_id, limits.recent_messages * 2 + 1);
    const reply = await post(alice, channel_id, "still", { reply_to: old.id });
    expect(reply.mentions).toEqual([bob.id]);
    await done(bob, "delete_message", { message_id: gone.id });
    expect(await post(alice, channel_id, "what?", { reply_to: gone.id })).toMatchObject({
      reply_to: null,
      mentions: [],
    });
  });

  test("to who can't view the channel any more, or isn't there, mentions nobody", async () => {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const mine = await post(bob, channel_id, "mine");
    await done(alice, "update_channel", { channel_id, changes: { roles: [] } });
    expect(await post(alice, channel_id, "yes", { reply_to: mine.id })).toMatchObject({ mentions: [] });
    await done(alice, "update_channel", { channel_id, changes: { overwrites: [] } });
    await done(alice, "remove_member", { server_id, user_id: bob.id });
    expect(await post(alice, channel_id, "yes", { reply_to: mine.id })).toMatchObject({ mentions: [] });
    const { webhook } = await done(alice, "add_webhook", { channel_id, name: "Gardener" });
    const sent = await fetch(`${server.url}${webhook.url}`, {
      method: "POST",
      body: JSON.stringify({ content: "hello" }),
    });
    const { message } = (await sent.json()) as Json;
    expect(await post(alice, channel_id, "thanks", { reply_to: message.id })).toMatchObject({ mentions: [] });
  });
});
