import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, sync } from "../../sync/asking.ts";
import {
  anotherChannel,
  aPlace,
  chunk,
  deny,
  eventsOn,
  listen,
  malformed,
  post,
  postMany,
  promote,
  refusal,
} from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const idsOf = (messages: Json[]): number[] => messages.map(({ id }) => id);
const deleted = async (who: Present, channel_id: number) =>
  (await eventsOn(who, `channel:${channel_id}`)).filter(({ type }) => type === "message_deleted");

/** So many messages of bob's, to which alice and bob listen. */
async function aRubbish(count: number) {
  const place = await aPlace(server);
  const message_ids = idsOf(await postMany(place.bob, place.channel_id, count));
  await listen(place.channel_id, place.alice, place.bob);
  await place.bob.client.rest();
  return { ...place, message_ids };
}

conversation("delete_messages", {
  async success() {
    const { alice, bob, server_id, channel_id, message_ids } = await aRubbish(limits.messages_deleted_at_once + 2);
    const doomed = message_ids.slice(1, -1);
    const reply = await alice.client.ask({ type: "delete_messages", data: { channel_id, message_ids: doomed } });
    expect(reply).toMatchObject({ type: "delete_messages", data: {} });
    for (const listener of [alice, bob]) {
      const events = await deleted(listener, channel_id);
      expect(events.map(({ data }) => data)).toEqual(doomed.map((id) => ({ id, channel_id })));
      const seqs: number[] = events.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
    }
    const { messages } = await chunk(bob, channel_id);
    expect(idsOf(messages)).toEqual([message_ids[0], message_ids.at(-1)] as number[]);
    const query = { server_id, query: "number", amount: 100, anchor: 0 };
    expect((await done(bob, "search_messages", query)).messages).toHaveLength(2);
  },
  errors: {
    async not_found() {
      const { mallory, message_ids, ...place } = await aRubbish(2);
      const { bob, channel_id } = place;
      const hidden = await anotherChannel({ ...place, mallory }, true);
      await promote({ ...place, mallory }, bob, "manage_messages");
      const unknown = await refusal(bob, "delete_messages", { channel_id: 12345, message_ids });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(bob, "delete_messages", { channel_id: hidden, message_ids })).toEqual(unknown);
      expect(await refusal(mallory, "delete_messages", { channel_id, message_ids })).toEqual(unknown);
    },
    async forbidden() {
      const { alice, bob, channel_id, message_ids } = await aRubbish(2);
      // They may delete their own one by one.
      expect(await refusal(bob, "delete_messages", { channel_id, message_ids })).toMatchObject({ code: "forbidden" });
      expect(await deleted(alice, channel_id)).toEqual([]);
      expect((await chunk(bob, channel_id)).messages).toHaveLength(2);
    },
  },
  async malformed() {
    const { alice, channel_id } = await aPlace(server);
    const many = Array.from({ length: limits.messages_deleted_at_once + 1 }, (_, at) => at + 1);
    await malformed(alice, "delete_messages", { channel_id, message_ids: many }, "message_ids");
    await malformed(alice, "delete_messages", { channel_id }, "message_ids");
    await malformed(alice, "delete_messages", { message_ids: [1] }, "channel_id");
    await malformed(alice, "delete_messages", { channel_id, message_ids: ["1"] }, "message_ids.0");
  },
  also: {
    async "passes over what isn't there: gone, twice, or of another channel"() {
      const { mallory, message_ids, ...place } = await aRubbish(3);
      const { alice, bob, channel_id } = place;
      const [first, second, third] = message_ids as [number, number, number];
      const hidden = await anotherChannel({ ...place, mallory }, true);
      const { id: elsewhere } = await post(alice, hidden, "elsewhere");
      await promote({ ...place, mallory }, bob, "manage_messages");
      await done(bob, "delete_message", { message_id: first });
      await alice.client.rest();
      const asked = { channel_id, message_ids: [third, first, elsewhere, third, 5, second] };
      for (const _ of [1, 2]) expect(await done(bob, "delete_messages", asked)).toEqual({});
      expect((await deleted(alice, channel_id)).map(({ data }) => data.id)).toEqual([second, third]);
      expect((await done(alice, "get_message", { message_id: elsewhere })).message.content).toBe("elsewhere");
      expect(await done(bob, "delete_messages", { channel_id, message_ids: [] })).toEqual({});
    },
    async "by two at once: each is deleted once"() {
      const { mallory, message_ids, ...place } = await aRubbish(60);
      const { alice, bob, channel_id } = place;
      await promote({ ...place, mallory }, bob, "manage_messages");
      await Promise.all([
        done(alice, "delete_messages", { channel_id, message_ids: message_ids.slice(0, 40) }),
        done(bob, "delete_messages", { channel_id, message_ids: message_ids.slice(20) }),
        done(bob, "delete_message", { message_id: message_ids[30] as number }).catch(() => null),
      ]);
      expect((await deleted(alice, channel_id)).map(({ data }) => data.id).sort()).toEqual(message_ids.toSorted());
    },
    async "while others write: all is told in the order of its seq"() {
      const { alice, bob, channel_id, message_ids } = await aRubbish(100);
      const writing = postMany(bob, channel_id, 30);
      await done(alice, "delete_messages", { channel_id, message_ids });
      const written = idsOf(await writing);
      const events = await eventsOn(alice, `channel:${channel_id}`);
      const seqs: number[] = events.map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
      expect(events).toHaveLength(130);
      expect(idsOf((await chunk(bob, channel_id)).messages)).toEqual(written);
    },
    async "is told to who may read the channel, and to nobody else"() {
      const { mallory, ...place } = await aRubbish(1);
      const { alice, bob } = place;
      const channel_id = await anotherChannel({ ...place, mallory });
      const message_ids = idsOf(await postMany(alice, channel_id, 5));
      await listen(channel_id, alice, bob);
      await deny({ ...place, mallory, channel_id }, "view_channel");
      await Promise.all([bob, mallory].map(({ client }) => client.rest()));
      await done(alice, "delete_messages", { channel_id, message_ids });
      expect(await deleted(alice, channel_id)).toHaveLength(5);
      for (const { client } of [bob, mallory]) expect(JSON.stringify(await client.rest())).not.toContain("deleted");
    },
    async "is one entry in the log, with the reason and the ids that went"() {
      const { alice, server_id, channel_id, message_ids } = await aRubbish(3);
      const [first, ...others] = message_ids;
      await done(alice, "delete_message", { message_id: first as number, reason: "spam" });
      await done(alice, "delete_messages", { channel_id, message_ids, reason: "more of it" });
      await done(alice, "delete_messages", { channel_id, message_ids, reason: "nothing left" });
      const { entries } = await done(alice, "get_audit_log", { server_id, amount: 10, anchor: 0 });
      expect(entries).toMatchObject([
        {
          ...{ type: "messages_deleted", actor_id: alice.id, target_id: channel_id, reason: "more of it" },
          changes: { message_ids: { before: others, after: null } },
        },
        { type: "message_deleted", reason: "spam", changes: { message_id: { before: first, after: null } } },
      ]);
      expect(entries).toHaveLength(2);
      expect(JSON.stringify(entries)).not.toContain("number");
    },
    async "one's own message leaves nothing in the log"() {
      const { alice, bob, server_id, message_ids } = await aRubbish(1);
      await done(bob, "delete_message", { message_id: message_ids[0] as number, reason: "a slip" });
      expect((await done(alice, "get_audit_log", { server_id, amount: 10, anchor: 0 })).entries).toEqual([]);
    },
    async "is told to who was away"() {
      const { alice, bob, channel_id, message_ids } = await aRubbish(4);
      const { seq } = await chunk(bob, channel_id);
      await bob.client.close();
      await done(alice, "delete_messages", { channel_id, message_ids: message_ids.slice(1) });
      const topic = `channel:${channel_id}`;
      const topics = await sync(await returned(server, bob), { [topic]: seq });
      expect(topics[topic].events.map(({ type, data }: Json) => [type, data.id])).toEqual(
        message_ids.slice(1).map((id) => ["message_deleted", id]),
      );
    },
  },
});
