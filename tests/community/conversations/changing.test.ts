// Conversations in one's list, and groups: closing, naming, bringing in, sending away, leaving.

import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { done, refusal } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { anyPng } from "../../uploads/samples.ts";
import { befriend, refuse } from "../people/acquaintances.ts";
import {
  added,
  aGroup,
  changed,
  deleted,
  friends,
  listOf,
  memberIds,
  NOTHING,
  neighbours,
  news,
  open,
  say,
  settled,
  talking,
  viewOf,
} from "./talkers.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Three = [Present, Present, Present];

conversation("close_conversation", {
  async success() {
    const { alice, bob, conversation: talk } = await talking(server);
    const again = await server.connect(alice);
    await again.rest();
    expect(await done(alice, "close_conversation", { conversation_id: talk.id })).toEqual({});
    expect(await news(alice)).toEqual([deleted(talk.id)]);
    expect(await news({ ...alice, client: again })).toEqual([deleted(talk.id)]);
    expect([await listOf(alice), await listOf(bob)]).toEqual([[], [talk]]);
    expect(await news(bob)).toEqual([]);
    // Closed again it is as it was; what is said there brings it back.
    expect(await done(alice, "close_conversation", { conversation_id: talk.id })).toEqual({});
    expect(await news(alice)).toEqual([]);
    const { id: last_message_id } = await say(bob, talk, "are you there?");
    expect(await news(alice)).toEqual([added({ ...talk, last_message_id })]);
  },
  errors: {
    async not_found() {
      const { bob, conversation: talk } = await talking(server);
      const carol = await server.join();
      const absent = await refusal(carol, "close_conversation", { conversation_id: NOTHING });
      expect(absent).toMatchObject({ code: "not_found" });
      expect(await refusal(carol, "close_conversation", { conversation_id: talk.id })).toEqual(absent);
      expect(await listOf(bob)).toEqual([talk]);
    },
  },
  async malformed() {
    const alice = await server.join();
    await refuse(alice, "close_conversation", {}, "data.conversation_id");
    await refuse(alice, "close_conversation", { conversation_id: 0 }, "data.conversation_id");
  },
});

conversation("update_conversation", {
  async success() {
    const { people, group } = await aGroup(server);
    const [alice, bob, carol] = people as Three;
    await done(carol, "close_conversation", { conversation_id: group.id });
    await settled(carol);
    const changes = { name: "Pickers", image: "https://example.org/apple.png" };
    const asked = { conversation_id: group.id, changes };
    expect(await done(bob, "update_conversation", asked)).toEqual({ conversation: { ...group, ...changes } });
    for (const one of [alice, bob]) expect(await news(one)).toEqual([changed(group.id, changes)]);
    expect(await news(carol)).toEqual([]);
    // The same again changes nothing.
    expect(await done(alice, "update_conversation", asked)).toEqual({ conversation: { ...group, ...changes } });
    expect(await news(alice)).toEqual([]);
    await done(alice, "update_conversation", { conversation_id: group.id, changes: { image: null } });
    expect(await viewOf(bob, group.id)).toMatchObject({ name: "Pickers", image: null });
  },
  errors: {
    async not_found() {
      const { people, group } = await aGroup(server);
      const dave = await server.join();
      for (const changes of [{ name: "Dave's" }, { state: "open" }]) {
        const absent = await refusal(dave, "update_conversation", { conversation_id: NOTHING, changes });
        expect(absent).toMatchObject({ code: "not_found" });
        expect(await refusal(dave, "update_conversation", { conversation_id: group.id, changes })).toEqual(absent);
      }
      expect(await viewOf(people[0] as Present, group.id)).toEqual(group);
    },
    async forbidden() {
      const { alice, bob, conversation: talk } = await talking(server);
      for (const changes of [{ name: "Us" }, { image: "https://example.org/us.png", state: "open" }]) {
        const refused = await refusal(alice, "update_conversation", { conversation_id: talk.id, changes });
        expect(refused).toMatchObject({ code: "forbidden" });
      }
      expect(await news(bob)).toEqual([]);
    },
  },
  async malformed() {
    const { people, group } = await aGroup(server);
    const [alice] = people as Three;
    const asked = { conversation_id: group.id };
    await refuse(alice, "update_conversation", asked, "data.changes");
    await refuse(alice, "update_conversation", { ...asked, changes: { name: "" } }, "data.changes.name");
    await refuse(alice, "update_conversation", { ...asked, changes: { state: "request" } }, "data.changes.state");
    await refuse(
      alice,
      "update_conversation",
      { ...asked, changes: { image: "http://example.org/" } },
      "data.changes.image",
    );
  },
  also: {
    async "a picture that is an upload is kept as long as it is shown"() {
      const { people, group } = await aGroup(server);
      const [alice, bob] = people as Three;
      const headers = { authorization: `Bearer ${alice.token}` };
      const sent = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: anyPng() });
      const { id, url } = (await sent.json()) as { id: number; url: string };
      const referred = () =>
        readRows(server.folder, "select kind, owner_id from upload_references where upload_id = ?", [id]);
      const show = (by: Present, image: string | null) =>
        by.client.ask({ type: "update_conversation", data: { conversation_id: group.id, changes: { image } } });
      expect(await show(bob, url)).toMatchObject({ code: "bad_request", details: { path: "data.changes.image" } });
      expect(await show(alice, url)).toMatchObject({ data: { conversation: { image: url } } });
      expect(referred()).toEqual([{ kind: "conversation", owner_id: group.id }]);
      await show(bob, null);
      expect(referred()).toEqual([]);
    },

    async "a stranger's request is taken, once, by whom it is for"() {
      const [alice, bob] = await neighbours(server);
      const talk = await open(alice, bob);
      await say(alice, talk, "hello");
      expect(await viewOf(bob, talk.id)).toMatchObject({ state: "request" });
      expect(await viewOf(alice, talk.id)).toMatchObject({ state: "open" });
      await settled(alice, bob);
      const asked = { conversation_id: talk.id, changes: { state: "open" } };
      await done(alice, "update_conversation", asked);
      expect(await viewOf(bob, talk.id)).toMatchObject({ state: "request" });
      expect(await done(bob, "update_conversation", asked)).toMatchObject({ conversation: { state: "open" } });
      expect(await news(bob)).toEqual([changed(talk.id, { state: "open" })]);
      await done(bob, "update_conversation", asked);
      expect([await news(alice), await news(bob)]).toEqual([[], []]);
    },
  },
});

conversation("add_conversation_member", {
  async success() {
    const { people, group } = await aGroup(server);
    const [alice, bob, carol] = people as Three;
    const dave = await server.join();
    await befriend(bob, dave);
    const asked = { conversation_id: group.id, user_id: dave.id };
    const { conversation: now } = await done(bob, "add_conversation_member", asked);
    expect(memberIds(now)).toEqual([...memberIds(group), dave.id]);
    for (const one of [alice, bob, carol])
      expect(await news(one)).toEqual([changed(group.id, { members: now.members })]);
    expect(await news(dave)).toEqual([added(now)]);
    // Again it changes nothing.
    expect(await done(alice, "add_conversation_member", asked)).toEqual({ conversation: now });
    expect(await news(dave)).toEqual([]);
    await say(dave, group, "hello");
    const page = await done(dave, "get_message_chunk", {
      channel_id: group.channel_id,
      amount: 9,
      anchor: 0,
      direction: true,
    });
    expect(page.messages).toMatchObject([{ author_id: dave.id, conversation_id: group.id }]);
  },
  errors: {
    async not_found() {
      const { people, group } = await aGroup(server);
      const dave = await server.join();
      await befriend(people[0] as Present, dave);
      const absent = await refusal(dave, "add_conversation_member", { conversation_id: NOTHING, user_id: dave.id });
      const asked = { conversation_id: group.id, user_id: dave.id };
      expect(await refusal(dave, "add_conversation_member", asked)).toEqual(absent);
      expect(absent).toMatchObject({ code: "not_found" });
    },
    async forbidden() {
      const { people, group } = await aGroup(server);
      const [alice, bob, carol] = people as Three;
      const { conversation: talk } = await talking(server);
      const dave = await server.join();
      await befriend(bob, dave);
      const add = (by: Present, who: { id: number }, id = group.id) =>
        by.client.ask({ type: "add_conversation_member", data: { conversation_id: id, user_id: who.id } });
      // Nobody's friend but bob's; nobody at all; and no third to two.
      expect(await add(alice, dave)).toMatchObject({ code: "forbidden" });
      expect(await add(alice, { id: NOTHING })).toMatchObject({ code: "forbidden" });
      expect(await add(alice, carol, (await open(alice, bob)).id)).toMatchObject({ code: "forbidden" });
      expect(talk.kind).toBe("direct");
      // Who left isn't brought back by the same hand, and is by another's.
      await befriend(alice, dave);
      await add(bob, dave);
      await done(dave, "remove_conversation_member", { conversation_id: group.id, user_id: dave.id });
      expect(await add(bob, dave)).toMatchObject({ code: "forbidden" });
      expect(await add(alice, dave)).toMatchObject({ type: "add_conversation_member" });
      await done(dave, "remove_conversation_member", { conversation_id: group.id, user_id: dave.id });
      for (const one of [alice, bob]) expect(await add(one, dave)).toMatchObject({ code: "forbidden" });
      // Who was sent away may be.
      await done(alice, "remove_conversation_member", { conversation_id: group.id, user_id: carol.id });
      expect(await add(alice, carol)).toMatchObject({ type: "add_conversation_member" });
    },
    async limit_reached() {
      const { people, group } = await aGroup(server, limits.conversation_members);
      const [alice] = people as Three;
      const dave = await server.join();
      await befriend(alice, dave);
      const asked = { conversation_id: group.id, user_id: dave.id };
      expect(await refusal(alice, "add_conversation_member", asked)).toMatchObject({
        ...{ code: "limit_reached", details: { limit: "conversation_members" } },
      });
    },
  },
  async malformed() {
    const { people, group } = await aGroup(server);
    await refuse(people[0] as Present, "add_conversation_member", { conversation_id: group.id }, "data.user_id");
  },
  also: {
    async "one leaves while another brings somebody in"() {
      const { people, group } = await aGroup(server, 4);
      const [alice, bob, carol, dave] = people as [Present, Present, Present, Present];
      const newcomers = await Promise.all([server.join(), server.join()]);
      for (const one of newcomers) await befriend(bob, one);
      await settled(...people, ...newcomers);
      const add = (who: Present) =>
        done(bob, "add_conversation_member", { conversation_id: group.id, user_id: who.id });
      const leave = (who: Present) =>
        done(who, "remove_conversation_member", { conversation_id: group.id, user_id: who.id });
      await Promise.all([add(newcomers[0]), leave(alice), add(newcomers[1]), leave(carol)]);
      const now = await viewOf(dave, group.id);
      expect(now).toMatchObject({ owner_id: Math.min(bob.id, dave.id) });
      expect(memberIds(now).toSorted()).toEqual([bob, dave, ...newcomers].map(({ id }) => id).toSorted());
      for (const one of [bob, ...newcomers]) expect(await viewOf(one, group.id)).toEqual(now);
      for (const one of [alice, carol]) expect(await listOf(one)).toEqual([]);
    },
  },
});

conversation("remove_conversation_member", {
  async success() {
    const { people, group } = await aGroup(server);
    const [alice, bob, carol] = people as Three;
    const read = { channel_id: group.channel_id, amount: 9, anchor: 0, direction: true };
    for (const one of people) await done(one, "get_message_chunk", read);
    await settled(...people);
    const asked = { conversation_id: group.id, user_id: carol.id };
    expect(await done(alice, "remove_conversation_member", asked)).toEqual({});
    const { members } = await viewOf(bob, group.id);
    expect(members.map(({ user_id }: { user_id: number }) => user_id)).not.toContain(carol.id);
    for (const one of [alice, bob]) expect(await news(one)).toEqual([changed(group.id, { members })]);
    expect(await news(carol)).toEqual([deleted(group.id)]);
    // Nothing that is said from now on reaches her.
    await say(bob, group, "at last");
    expect(await news(carol)).toEqual([]);
    expect(await carol.client.rest()).toEqual([]);
    expect(await refusal(carol, "get_message_chunk", read)).toMatchObject({ code: "not_found" });
    expect(await refusal(carol, "add_message", { channel_id: group.channel_id, content: "x" })).toMatchObject({
      ...{ code: "not_found" },
    });
  },
  errors: {
    async not_found() {
      const { people, group } = await aGroup(server);
      const [alice] = people as Three;
      const dave = await server.join();
      const asked = { conversation_id: group.id, user_id: dave.id };
      for (const one of [alice, dave]) {
        expect(await refusal(one, "remove_conversation_member", asked)).toMatchObject({ code: "not_found" });
      }
    },
    async forbidden() {
      const { people, group } = await aGroup(server);
      const [alice, bob, carol] = people as Three;
      for (const user_id of [alice.id, carol.id]) {
        const asked = { conversation_id: group.id, user_id };
        expect(await refusal(bob, "remove_conversation_member", asked)).toMatchObject({ code: "forbidden" });
      }
      const direct = await open(alice, bob);
      const asked = { conversation_id: direct.id, user_id: alice.id };
      expect(await refusal(alice, "remove_conversation_member", asked)).toMatchObject({ code: "forbidden" });
    },
  },
  async malformed() {
    const { people, group } = await aGroup(server);
    await refuse(people[0] as Present, "remove_conversation_member", { conversation_id: group.id }, "data.user_id");
  },
  also: {
    async "the owner's leaving passes it on to the longest-serving, and the last one's ends it"() {
      const { people, group } = await aGroup(server);
      const [alice] = people as Three;
      const [next, last] = people.slice(1).toSorted((one, other) => one.id - other.id) as [Present, Present];
      const leave = (who: Present) =>
        done(who, "remove_conversation_member", { conversation_id: group.id, user_id: who.id });
      await say(alice, group, "good-bye");
      await leave(alice);
      expect(await viewOf(last, group.id)).toMatchObject({ owner_id: next.id });
      await leave(next);
      expect(await viewOf(last, group.id)).toMatchObject({ owner_id: last.id });
      await leave(last);
      expect(await listOf(last)).toEqual([]);
      const [ended] = readRows(server.folder, "select deleted_at, owner_id from conversations where id = ?", [
        group.id,
      ]);
      expect(ended).toEqual({ deleted_at: expect.any(Number), owner_id: null });
    },

    async "of friends that one isn't any more nothing changes in a group"() {
      const people = await friends(server, 3);
      const [alice, bob, carol] = people as Three;
      const group = await open(alice, bob, carol);
      await done(bob, "update_friend", { user_id: alice.id, action: "block" });
      const { id } = await say(alice, group, `hello <@${bob.id}>`);
      expect(await viewOf(bob, group.id)).toMatchObject({ last_message_id: id });
      // Only that the one who is blocked mentions nobody who has blocked them.
      const { channels } = await done(bob, "get_read_state", { conversation_id: group.id });
      expect(channels).toMatchObject([{ unread: 1, mentions: 0 }]);
    },
  },
});
