import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { done, foundServer } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { anotherChannel, aPlace, chunk, deny, eventsOn, malformed, type Place, post, refusal } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const subscribe = async (who: Pick<Present, "client">, ...topics: string[]) =>
  (await done(who, "subscribe", { topics })).topics;
const unsubscribe = (who: Pick<Present, "client">, ...topics: string[]) => done(who, "unsubscribe", { topics });

/** Something happens on each topic: the server's, its channel's, alice's own. */
async function happen({ alice, server_id, channel_id }: Place, name: string): Promise<void> {
  await done(alice, "update_server", { server_id, changes: { name } });
  await post(alice, channel_id, name);
  await done(alice, "update_user", { changes: { bio: name } });
}

const heardBy = async ({ client }: Pick<Present, "client">) =>
  (await client.rest())
    .flatMap(({ topic }) => topic ?? [])
    .filter((topic) => topic !== "self")
    .sort();

conversation("subscribe", {
  async success() {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const { id } = await post(alice, channel_id, "before");
    const topics = [`channel:${channel_id}`, `server:${server_id}`, `user:${alice.id}`, "self"];
    const reply = await bob.client.ask({ type: "subscribe", data: { topics } });
    const any = { seq: expect.any(Number) };
    expect(reply).toEqual({
      ...{ id: reply["id"], type: "subscribe" },
      data: {
        topics: {
          [topics[0] as string]: { seq: id },
          [topics[1] as string]: any,
          [topics[2] as string]: any,
          self: any,
        },
      },
    });
    expect(await bob.client.rest()).toEqual([]);
    await happen(place, "changed");
    const events = await bob.client.rest();
    expect(events.map(({ topic }) => topic).sort()).toEqual(topics.slice(0, 3).sort());
    for (const { topic, seq } of events) expect(seq).toBeGreaterThan(reply["data"].topics[topic].seq);
  },
  errors: {
    async not_found() {
      const place = await aPlace(server);
      const { alice, bob, mallory, server_id, channel_id } = place;
      const hidden = await anotherChannel(place, true);
      const stranger = await server.user();
      const unknown = await refusal(bob, "subscribe", { topics: ["channel:12345"] });
      expect(unknown).toMatchObject({ code: "not_found" });
      const hidden_from_bob = [
        `channel:${hidden}`,
        "server:12345",
        `server:${channel_id}`,
        "user:12345",
        `user:${stranger.id}`,
      ];
      for (const topic of hidden_from_bob) {
        expect({ topic, ...(await refusal(bob, "subscribe", { topics: [topic] })) }).toEqual({ topic, ...unknown });
      }
      for (const topic of [`channel:${channel_id}`, `server:${server_id}`, `user:${alice.id}`]) {
        expect(await refusal(mallory, "subscribe", { topics: [topic] })).toEqual(unknown);
      }
      await happen(place, "unheard");
      expect(await heardBy(bob)).toEqual([]);
      expect(await heardBy(mallory)).toEqual([]);
    },
    async limit_reached() {
      const small = await startServer({ bounds: { ...limits, topics_per_session: 2 } });
      const alice = await small.join();
      const server_id = await foundServer(alice);
      const refused = await refusal(alice, "subscribe", { topics: [`server:${server_id}`, `user:${alice.id}`] });
      await small.stop();
      expect(refused).toMatchObject({ code: "limit_reached", details: { limit: "topics_per_session" } });
    },
  },
  async malformed() {
    const { bob, server_id } = await aPlace(server);
    await malformed(bob, "subscribe", {}, "topics");
    await malformed(bob, "subscribe", { topics: "self" }, "topics");
    await malformed(bob, "subscribe", { topics: [5] }, "topics.0");
    await malformed(bob, "subscribe", { topics: Array(limits.topics_per_request + 1).fill("self") }, "topics");
    const topics = [
      "",
      "self:5",
      "server",
      "server:",
      "server:x",
      "server:-1",
      "server:0",
      "server:05",
      "server: 5",
      "friends:5",
    ];
    for (const topic of [
      ...topics,
      "Server:5",
      "channel:5.5",
      "user:1e3",
      "server:99999999999999999999",
      "__proto__",
    ]) {
      await malformed(bob, "subscribe", { topics: [`server:${server_id}`, topic] }, "topics.1");
    }
  },
  also: {
    async "is all or none, whoever owns the topic that is refused"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const own = await aPlace(server);
      const hidden = await anotherChannel(place, true);
      const good = [`channel:${channel_id}`, `server:${server_id}`, `user:${alice.id}`, "self"];
      for (const bad of [
        `channel:${hidden}`,
        `server:${own.server_id}`,
        `channel:${own.channel_id}`,
        `user:${own.alice.id}`,
      ]) {
        expect(await refusal(bob, "subscribe", { topics: [...good, bad] })).toMatchObject({ code: "not_found" });
        expect(await refusal(bob, "subscribe", { topics: [bad, ...good] })).toMatchObject({ code: "not_found" });
      }
      await happen(place, "unheard");
      await happen(own, "unheard");
      expect(await heardBy(bob)).toEqual([]);
    },
    async "a refusal leaves what was subscribed to before"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      await subscribe(bob, `channel:${channel_id}`, `user:${alice.id}`);
      const topics = [
        `user:${alice.id}`,
        `channel:${channel_id}`,
        `server:${server_id}`,
        `server:${(await aPlace(server)).server_id}`,
      ];
      expect(await refusal(bob, "subscribe", { topics })).toMatchObject({ code: "not_found" });
      await happen(place, "heard");
      expect(await heardBy(bob)).toEqual([`channel:${channel_id}`, `user:${alice.id}`].sort());
    },
    async "twice, and in two requests, brings each event once"() {
      const place = await aPlace(server);
      const { bob, channel_id } = place;
      const topic = `channel:${channel_id}`;
      expect(Object.keys(await subscribe(bob, topic, topic))).toEqual([topic]);
      await subscribe(bob, topic);
      await happen(place, "heard");
      expect(await heardBy(bob)).toEqual([topic]);
    },
    async "topics of several servers at once, and none at all"() {
      const [one, two] = [await aPlace(server), await aPlace(server)];
      const { invite } = await done(two.alice, "add_invite", { server_id: two.server_id });
      await done(one.bob, "join_server", { invite_code: invite.code });
      const topics = [
        `server:${one.server_id}`,
        `channel:${two.channel_id}`,
        `server:${two.server_id}`,
        `channel:${one.channel_id}`,
      ];
      expect(Object.keys(await subscribe(one.bob, ...topics)).sort()).toEqual([...topics].sort());
      await happen(one, "one");
      await happen(two, "two");
      expect(await heardBy(one.bob)).toEqual([...topics].sort());
      expect(await subscribe(one.bob)).toEqual({});
    },
    async "to a channel, with messages coming: every one after seq, none twice"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const sending = Array.from({ length: 60 }, (_, index) => post(alice, channel_id, `${index}`));
      const sessions = await Promise.all(Array.from({ length: 6 }, () => server.connect(bob)));
      const asked = await Promise.all(sessions.map((client) => subscribe({ client }, `channel:${channel_id}`)));
      const ids = (await Promise.all(sending)).map(({ id }) => id);
      for (const [index, client] of sessions.entries()) {
        const { seq } = asked[index][`channel:${channel_id}`];
        const heard = (await client.rest()).map((event) => event["seq"]);
        expect(heard).toEqual(ids.filter((id) => id > seq));
      }
    },
    async "who loses the right hears no more, and can't subscribe again"() {
      const place = await aPlace(server);
      const { bob, server_id, channel_id } = place;
      await subscribe(bob, `channel:${channel_id}`);
      await deny(place, "view_channel");
      await happen(place, "unheard");
      expect((await bob.client.rest()).map(({ type }) => type)).not.toContain("message_added");
      expect(await refusal(bob, "subscribe", { topics: [`channel:${channel_id}`] })).toMatchObject({
        code: "not_found",
      });
      await done(bob, "leave_server", { server_id });
      expect(await refusal(bob, "subscribe", { topics: [`server:${server_id}`] })).toMatchObject({ code: "not_found" });
    },
    async "needs no right to read history, and brings one's own person"() {
      const place = await aPlace(server);
      const { bob, channel_id } = place;
      await deny(place, "read_history");
      await subscribe(bob, `channel:${channel_id}`, `user:${bob.id}`);
      await done(bob, "update_user", { changes: { bio: "me" } });
      await post(place.alice, channel_id, "heard");
      expect(await heardBy(bob)).toEqual([`channel:${channel_id}`, `user:${bob.id}`].sort());
    },
  },
});

conversation("unsubscribe", {
  async success() {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const topics = [`channel:${channel_id}`, `server:${server_id}`, `user:${alice.id}`];
    await subscribe(bob, ...topics);
    const reply = await bob.client.ask({ type: "unsubscribe", data: { topics } });
    expect(reply).toEqual({ id: reply["id"], type: "unsubscribe", data: {} });
    await happen(place, "unheard");
    expect(await heardBy(bob)).toEqual([]);
  },
  errors: {},
  async malformed() {
    const { bob } = await aPlace(server);
    await malformed(bob, "unsubscribe", {}, "topics");
    await malformed(bob, "unsubscribe", { topics: ["self", "nonsense"] }, "topics.1");
    await malformed(bob, "unsubscribe", { topics: Array(limits.topics_per_request + 1).fill("self") }, "topics");
  },
  also: {
    async "ends those alone"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      await subscribe(bob, `channel:${channel_id}`, `server:${server_id}`, `user:${alice.id}`);
      await unsubscribe(bob, `server:${server_id}`, `user:${alice.id}`);
      await happen(place, "heard");
      expect(await heardBy(bob)).toEqual([`channel:${channel_id}`]);
      await unsubscribe(bob, `channel:${channel_id}`);
      await chunk(bob, channel_id);
      await happen(place, "heard again");
      expect(await heardBy(bob)).toEqual([`channel:${channel_id}`]);
    },
    async "passes over what isn't subscribed to, known or not"() {
      const { alice, bob, server_id } = await aPlace(server);
      const topics = [`server:${server_id}`, "server:12345", "channel:12345", "user:12345", `user:${alice.id}`];
      expect(await unsubscribe(bob, ...topics)).toEqual({});
      expect(await unsubscribe(bob)).toEqual({});
    },
    async "self stays"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const phone = { client: await server.connect(bob) };
      expect(await unsubscribe(phone, "self")).toEqual({});
      const { id: message_id } = await post(alice, channel_id, "hello");
      await done(bob, "mark_read", { channel_id, message_id });
      expect(await eventsOn(phone, "self")).toHaveLength(1);
    },
    async "of one session leaves the others of the user"() {
      const place = await aPlace(server);
      const { bob, channel_id } = place;
      const phone = { client: await server.connect(bob) };
      for (const session of [bob, phone]) await subscribe(session, `channel:${channel_id}`);
      await unsubscribe(phone, `channel:${channel_id}`);
      await happen(place, "heard");
      expect([await heardBy(bob), await heardBy(phone)]).toEqual([[`channel:${channel_id}`], []]);
    },
  },
});
