// What a block hides where two people still meet, in a server: to whom they have blocked, somebody looks offline, and
// isn't reached by their mentions. The one who blocked sees as before.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { ask, befriend, eventsOf } from "./acquaintances.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Met {
  alice: Present;
  /** Has loaded alice, before and after she blocked him. */
  bob: Present;
  carol: Present;
  server_id: number;
  channel_id: number;
}

/** Three members of one server, who have loaded each other; alice plays something. */
async function meet(): Promise<Met> {
  const [alice, bob, carol] = await Promise.all([server.join(), server.join(), server.join()]);
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob, carol);
  await done(alice, "update_user", { changes: { bio: "I grow apples.", custom_status: "picking" } });
  alice.client.send({ type: "now-playing", message: "Orchards" });
  const { categories } = await done(alice, "get_server_channels", { server_id });
  for (const who of [alice, bob, carol]) {
    await ask(who, "get_users", { user_ids: [alice.id, bob.id] });
    await ask(who, "get_server_members", { server_id, amount: 10, anchor: 0 });
  }
  await Promise.all([alice, bob, carol].map(({ client }) => client.rest()));
  const [channel] = categories.flatMap(({ channels }: Json) => channels);
  return { alice, bob, carol, server_id, channel_id: channel.id };
}

const block = (who: Present, whom: Present) => done(who, "update_friend", { user_id: whom.id, action: "block" });

async function statusInList(who: Present, server_id: number, whom: Present, filter: Json = {}) {
  const { members } = await done(who, "get_server_members", { server_id, amount: 10, anchor: 0, filter });
  return members.find(({ user_id }: Json) => user_id === whom.id)?.status;
}

const playing = async ({ client }: Present, game: string) => {
  client.send({ type: "now-playing", message: game });
  await client.rest();
};

describe("somebody who blocked another member of a server", () => {
  test("goes offline for them at once, as for nobody else, and stays so; of their profile they hear", async () => {
    const { alice, bob, carol } = await meet();
    await block(alice, bob);
    expect(await eventsOf(bob.client)).toMatchObject([
      { type: "user_changed", topic: `user:${alice.id}`, data: { id: alice.id, status: "offline", playing: null } },
    ]);
    await playing(alice, "Meadows");
    await done(alice, "update_user", { changes: { status: "dnd", bio: "I grow pears." } });
    expect((await eventsOf(bob.client)).map(({ data }) => data)).toEqual([{ id: alice.id, bio: "I grow pears." }]);
    expect((await eventsOf(carol.client)).at(-1)).toMatchObject({ data: { id: alice.id, status: "dnd" } });
    await playing(bob, "Hills");
    expect(await eventsOf(alice.client)).toContainEqual(
      expect.objectContaining({ topic: `user:${bob.id}`, data: { id: bob.id, playing: "Hills" } }),
    );
  });

  test("goes silently when they looked offline anyway", async () => {
    const { alice, bob } = await meet();
    await done(alice, "update_user", { changes: { status: "invisible" } });
    await bob.client.rest();
    await block(alice, bob);
    expect(await eventsOf(bob.client)).toEqual([]);
  });

  test("looks offline however they are loaded by them", async () => {
    const { alice, bob, carol, server_id } = await meet();
    await block(alice, bob);
    const hidden = { status: "offline", playing: null, bio: "I grow apples." };
    const one = await ask(bob, "get_user", { user_id: alice.id });
    expect(one["data"].user).toMatchObject(hidden);
    const both = await done(bob, "get_users", { user_ids: [alice.id, carol.id] });
    expect(both.users).toMatchObject([hidden, { status: "online" }]);
    expect(await statusInList(bob, server_id, alice)).toBe("offline");
    expect(await statusInList(carol, server_id, alice)).toBe("online");
    expect(await statusInList(bob, server_id, alice, { online: true })).toBeUndefined();
    await done(bob, "subscribe", { topics: [`user:${alice.id}`] });
    await bob.client.rest();
    await playing(alice, "Meadows");
    expect(await eventsOf(bob.client)).toEqual([]);
  });

  test("is offline in what they catch up with, and among members who came", async () => {
    const { alice, bob, server_id } = await meet();
    const epoch = bob.client.seen[0]?.["data"].epoch;
    const { seq } = (
      await ask(bob, "get_server", { server_id }).then(() => ask(bob, "subscribe", { topics: [`server:${server_id}`] }))
    )["data"].topics[`server:${server_id}`];
    const dave = await server.join();
    await inviteInto(server_id, alice, dave);
    await block(dave, bob);
    await block(alice, bob);
    const again = { ...bob, client: await server.connect(bob) };
    const topics = { [`user:${alice.id}`]: 1, [`server:${server_id}`]: seq };
    const synced = (await done(again, "sync", { epoch, topics })).topics;
    const [told] = synced[`user:${alice.id}`].events;
    expect(told.data).toMatchObject({ id: alice.id, status: "offline", playing: null });
    const came = synced[`server:${server_id}`].events.find(({ type }: Json) => type === "member_added");
    expect(came.data.member).toMatchObject({ user_id: dave.id, status: "offline" });
  });

  test("comes into a server offline for them, as for nobody else", async () => {
    const [alice, bob, carol] = await Promise.all([server.join(), server.join(), server.join()]);
    const server_id = await foundServer(carol);
    await inviteInto(server_id, carol, bob);
    for (const who of [bob, carol]) await done(who, "subscribe", { topics: [`server:${server_id}`] });
    await block(alice, bob);
    await Promise.all([bob, carol].map(({ client }) => client.rest()));
    await inviteInto(server_id, carol, alice);
    const toldTo = async ({ client }: Present) =>
      (await eventsOf(client)).filter(({ type }) => type === "member_added");
    expect(await toldTo(bob)).toMatchObject([{ data: { member: { user_id: alice.id, status: "offline" } } }]);
    expect(await toldTo(carol)).toMatchObject([{ data: { member: { user_id: alice.id, status: "online" } } }]);
  });

  test("is seen again once the block is lifted, on every session that has loaded them", async () => {
    const { alice, bob } = await meet();
    await block(alice, bob);
    const phone = { ...bob, client: await server.connect(bob) };
    await ask(phone, "get_user", { user_id: alice.id });
    await Promise.all([bob, phone].map(({ client }) => client.rest()));
    await done(alice, "update_friend", { user_id: bob.id, action: "unblock" });
    await playing(alice, "Meadows");
    for (const { client } of [bob, phone]) {
      expect((await eventsOf(client)).map(({ data }) => data)).toEqual([
        { id: alice.id, status: "online", playing: "Orchards" },
        { id: alice.id, playing: "Meadows" },
      ]);
    }
  });

  test("and left and came back meanwhile stays offline for them", async () => {
    const { alice, bob, carol } = await meet();
    await block(alice, bob);
    await Promise.all([bob, carol].map(({ client }) => client.rest()));
    alice.client.socket.close();
    await carol.client.take(({ data }) => data?.status === "offline");
    await server.connect(alice);
    await carol.client.take(({ data }) => data?.status === "online");
    expect(await eventsOf(bob.client)).toEqual([]);
  });

  test("who was a friend is gone for the console, too", async () => {
    const { alice, bob } = await meet();
    await befriend(alice, bob);
    await Promise.all([alice.client.rest(), bob.client.rest()]);
    await block(alice, bob);
    const told = (await bob.client.rest()).filter(({ type }) => type === "friend-list-update");
    expect(told).toMatchObject([{ data: { id: alice.id, type: "none", status: 0, playing: null } }]);
    await playing(alice, "Meadows");
    expect(await bob.client.rest()).toEqual([]);
  });
});

describe("mentions by somebody blocked", () => {
  const mentionsOf = async (who: Present, server_id: number, channel_id: number) => {
    const { channels } = await done(who, "get_read_state", { server_id });
    return channels.find((state: Json) => state.channel_id === channel_id).mentions;
  };

  test("don't count for who blocked them, and do for others", async () => {
    const { alice, bob, carol, server_id, channel_id } = await meet();
    await block(alice, bob);
    const content = `<@${alice.id}> and <@${carol.id}>`;
    const { message } = await done(bob, "add_message", { channel_id, content });
    expect(message).toMatchObject({ content, mentions: [carol.id] });
    expect([await mentionsOf(alice, server_id, channel_id), await mentionsOf(carol, server_id, channel_id)]).toEqual([
      0, 1,
    ]);
    const changes = { message_id: message.id, content: `<@${alice.id}>` };
    expect((await done(bob, "update_message", changes)).message.mentions).toEqual([]);
    expect(await mentionsOf(alice, server_id, channel_id)).toBe(0);
    const back = await done(alice, "add_message", { channel_id, content: `<@${bob.id}>` });
    expect(back.message.mentions).toEqual([bob.id]);
  });

  test("of everybody neither", async () => {
    const { alice, bob, carol, server_id, channel_id } = await meet();
    const { roles } = await done(alice, "get_server_roles", { server_id });
    const rules = [...roles.at(-1).rules, "mention_everyone"];
    await done(alice, "update_role", { role_id: roles.at(-1).id, changes: { rules } });
    await block(alice, bob);
    await done(bob, "add_message", { channel_id, content: "@everyone" });
    expect([await mentionsOf(alice, server_id, channel_id), await mentionsOf(carol, server_id, channel_id)]).toEqual([
      0, 1,
    ]);
  });
});

describe("somebody who types", () => {
  test("is typing for nobody whom they have blocked; for others they are", async () => {
    const { alice, bob, carol, channel_id } = await meet();
    await block(alice, bob);
    for (const who of [bob, carol]) {
      await ask(who, "get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true });
      await who.client.rest();
    }
    await done(alice, "typing", { channel_id });
    expect(await carol.client.take("typing_started")).toMatchObject({ data: { channel_id, user_id: alice.id } });
    expect(await bob.client.rest()).toEqual([]);
    await ask(alice, "get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true });
    await done(bob, "typing", { channel_id });
    expect(await alice.client.take("typing_started")).toMatchObject({ data: { channel_id, user_id: bob.id } });
  });
});

describe("who is invisible", () => {
  test("is typing for nobody; who is seen is", async () => {
    const { alice, carol, channel_id } = await meet();
    await ask(carol, "get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true });
    await done(alice, "update_user", { changes: { status: "invisible" } });
    await carol.client.rest();
    await done(alice, "typing", { channel_id });
    expect(await carol.client.rest()).toEqual([]);
    await ask(alice, "get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true });
    await done(carol, "typing", { channel_id });
    expect(await alice.client.take("typing_started")).toMatchObject({ data: { channel_id, user_id: carol.id } });
  });
});
