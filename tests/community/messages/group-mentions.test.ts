// Mentions of roles and of who is here: they count for whom they are meant, by who may mention everyone, and for nobody
// else.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { readRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, sync } from "../../sync/asking.ts";
import { aGroup, say } from "../conversations/talkers.ts";
import { anotherChannel, aPlace, chunk, eventsOn, listen, type Place, post } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Asker = Pick<Present, "client">;

async function mentionsFor(who: Asker, { server_id, channel_id }: Place): Promise<number> {
  const { channels } = await done(who, "get_read_state", { server_id });
  return channels.find((one: Json) => one.channel_id === channel_id).mentions;
}

async function aRole({ alice, server_id }: Place, ...holders: Present[]): Promise<number> {
  const { role } = await done(alice, "add_role", { server_id, name: "pickers", rules: [] });
  for (const { id: user_id } of holders) {
    await done(alice, "update_member", { server_id, user_id, changes: { roles: [role.id] } });
  }
  return role.id;
}

/** Another member, who listens to nothing. */
async function carolIn({ alice, server_id }: Place): Promise<Present> {
  const carol = await server.join();
  await inviteInto(server_id, alice, carol);
  await done(carol, "unsubscribe", { topics: [`server:${server_id}`] });
  return carol;
}

describe("a mention of a role", () => {
  test("counts for its holders, by who may mention everyone, and is gone with the message", async () => {
    const place = await aPlace(server);
    const { alice, bob, channel_id } = place;
    const carol = await carolIn(place);
    const role_id = await aRole(place, bob);
    const text = `to the trees, <@&${role_id}>`;
    expect((await post(carol, channel_id, text)).mention_roles).toEqual([]);
    expect(await mentionsFor(bob, place)).toBe(0);
    const message = await post(alice, channel_id, `${text} <@&${role_id}> <@&1>`);
    expect(message).toMatchObject({ mention_roles: [role_id], mentions: [], mentions_all: null });
    expect([await mentionsFor(bob, place), await mentionsFor(carol, place)]).toEqual([1, 0]);
    // Who is named as well is mentioned once.
    const both = await post(alice, channel_id, `${text} <@${bob.id}>`);
    expect(await mentionsFor(bob, place)).toBe(2);
    await done(alice, "delete_message", { message_id: both.id });
    expect(await mentionsFor(bob, place)).toBe(1);
    await done(bob, "mark_read", { channel_id, message_id: message.id });
    expect(await mentionsFor(bob, place)).toBe(0);
  });

  test("of everybody's role, or of another server's, is none", async () => {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const foreign = await aRole(await aPlace(server));
    const { roles } = await done(alice, "get_server_roles", { server_id });
    const { mention_roles } = await post(alice, channel_id, `<@&${roles.at(-1).id}> <@&${foreign}>`);
    expect(mention_roles).toEqual([]);
    expect(await mentionsFor(bob, place)).toBe(0);
  });

  test("doesn't reach who has blocked the author", async () => {
    const place = await aPlace(server);
    const { alice, bob, channel_id } = place;
    const role_id = await aRole(place, bob);
    await done(bob, "update_friend", { user_id: alice.id, action: "block" });
    await post(alice, channel_id, `<@&${role_id}>`);
    expect(await mentionsFor(bob, place)).toBe(0);
  });

  test("comes and goes with an edit, which says so, and is caught up with", async () => {
    const place = await aPlace(server);
    const { alice, bob, channel_id } = place;
    const role_id = await aRole(place, bob);
    await listen(channel_id, bob);
    const { id: message_id } = await post(alice, channel_id, "hello");
    const { seq } = await chunk(bob, channel_id);
    await bob.client.rest();
    await done(alice, "update_message", { message_id, content: `hello <@&${role_id}>` });
    await done(alice, "update_message", { message_id, content: `hello again <@&${role_id}>` });
    expect((await eventsOn(bob, `channel:${channel_id}`)).map(({ data }) => data.mention_roles)).toEqual([
      [role_id],
      undefined,
    ]);
    expect(await mentionsFor(bob, place)).toBe(1);
    const topic = `channel:${channel_id}`;
    const { events } = (await sync(await returned(server, bob), { [topic]: seq }))[topic];
    expect(events).toMatchObject([{ data: { mention_roles: [role_id], mentions_all: null } }]);
    await done(alice, "update_message", { message_id, content: "never mind" });
    expect(await mentionsFor({ client: await server.connect(bob) }, place)).toBe(0);
  });
});

describe("a mention of who is here", () => {
  test("counts for who listens at that moment, and for nobody else", async () => {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const carol = await carolIn(place);
    await done(bob, "get_server_channels", { server_id });
    const message = await post(alice, channel_id, "lunch, @here");
    expect(message).toMatchObject({ mentions: [], mention_roles: [], mentions_all: "here" });
    expect([await mentionsFor(bob, place), await mentionsFor(carol, place)]).toEqual([1, 0]);
    // Who comes later isn't meant, and who is here isn't shown to others.
    await done(carol, "get_server_channels", { server_id });
    expect(await mentionsFor(carol, place)).toBe(0);
    expect(JSON.stringify(await chunk(carol, channel_id))).not.toContain(`"mentions":[${bob.id}`);
    await post(bob, channel_id, "not @here: bob may not");
    expect(await mentionsFor(carol, place)).toBe(0);
  });

  test("is no matter of who can't view the channel, or has blocked the author", async () => {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const carol = await carolIn(place);
    for (const who of [bob, carol]) await done(who, "get_server_channels", { server_id });
    await done(carol, "update_friend", { user_id: alice.id, action: "block" });
    const hidden = await anotherChannel(place, true);
    await post(alice, hidden, "@here");
    await post(alice, channel_id, "@here");
    const rows = readRows(server.folder, `select user_id from mentions where channel_id in (${hidden}, ${channel_id})`);
    expect(rows).toEqual([{ user_id: bob.id }]);
  });

  test("ends with the message, and with an edit that takes it out, but not while they are named", async () => {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    await done(bob, "get_server_channels", { server_id });
    const { id: first } = await post(alice, channel_id, `@here <@${bob.id}>`);
    const { id: second } = await post(alice, channel_id, "@here");
    expect(await mentionsFor(bob, place)).toBe(2);
    await done(alice, "delete_message", { message_id: second });
    expect(await mentionsFor(bob, place)).toBe(1);
    await done(alice, "update_message", { message_id: first, content: "@here" });
    expect(await mentionsFor(bob, place)).toBe(1);
    await done(alice, "update_message", { message_id: first, content: `<@${bob.id}>` });
    expect(await mentionsFor(bob, place)).toBe(1);
    const { message } = await done(alice, "update_message", { message_id: first, content: "nobody" });
    expect(message.mentions_all).toBeNull();
    expect(await mentionsFor(bob, place)).toBe(0);
    // It was for who was there when it was written.
    const edited = await done(alice, "update_message", { message_id: first, content: "@here" });
    expect(edited.message.mentions_all).toBeNull();
    expect(await mentionsFor(bob, place)).toBe(0);
  });

  test("counts for one with everyone: that is said of the two", async () => {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    await done(bob, "get_server_channels", { server_id });
    expect((await post(alice, channel_id, "@everyone @here")).mentions_all).toBe("everyone");
    expect(await mentionsFor(bob, place)).toBe(1);
  });

  test("in a group of people counts for who listens to it", async () => {
    const { people, group } = await aGroup(server);
    const [alice, bob, carol] = people as [Present, Present, Present];
    await listen(group.channel_id, bob);
    expect((await say(alice, group, "lunch, @here")).mentions_all).toBe("here");
    const counted = await Promise.all(
      [bob, carol].map(
        async (who) => (await done(who, "get_read_state", { conversation_id: group.id })).channels[0].mentions,
      ),
    );
    expect(counted).toEqual([1, 0]);
  });
});
