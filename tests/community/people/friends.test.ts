// Friends in the community dialect: asking, answering, ending, blocking, and who is told of each, and who isn't.

import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame } from "../../harness/client.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer, uniqueName } from "../../harness/server.ts";
import { ask, eventsOf, forgetId, refuse } from "./acquaintances.ts";
import { act, add, drop, entry, event, listOf, quiet, update } from "./friendships.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const NOBODY = 12_345;
const strangers = () => Promise.all([server.join(uniqueName("alice")), server.join(uniqueName("bob"))]);

/** Gives the user as many relations as one may have, or so many: all of them requests of their own. */
function fillRelations({ id }: Present, count: number = limits.relations_per_user): void {
  const peers = Array.from({ length: count }, (_, index) => index + 1);
  const users = "insert or ignore into users (id, name, last_online, created_at) values (?, ?, 0, 0)";
  writeRows(
    server.folder,
    users,
    peers.map((peer) => [peer, `filler-${peer}`]),
  );
  const relations = "insert into friendships (user_id, peer_id, state, since, seq) values (?, ?, 'outgoing', 0, 1)";
  writeRows(
    server.folder,
    relations,
    peers.map((peer) => [id, peer]),
  );
}

conversation("add_friend", {
  async success() {
    const [alice, bob] = await strangers();
    const phone = await server.connect(bob);
    expect(await add(alice, bob)).toEqual({
      ...{ id: expect.any(String), type: "add_friend" },
      data: { friend: entry(bob, "outgoing") },
    });
    expect(await alice.client.rest()).toEqual([event("friend_added", bob, "outgoing"), update(bob, "outgoing")]);
    for (const client of [bob.client, phone]) {
      expect(await client.rest()).toEqual([event("friend_added", alice, "incoming"), update(alice, "incoming")]);
    }
  },
  errors: {
    async not_found() {
      const alice = await server.join();
      const by_id = await ask(alice, "add_friend", { user_id: NOBODY });
      const by_name = await ask(alice, "add_friend", { name: uniqueName("nobody") });
      for (const reply of [by_id, by_name]) expect(reply).toMatchObject({ type: "error", code: "not_found" });
    },
    async conflict() {
      const [alice, bob] = await strangers();
      await add(alice, bob);
      expect(await add(alice, bob)).toMatchObject({ type: "error", code: "conflict" });
      await act(bob, "accept", alice);
      await quiet(alice, bob);
      expect(await add(alice, bob)).toMatchObject({ type: "error", code: "conflict" });
      expect(await eventsOf(bob.client)).toEqual([]);
    },
    async blocked() {
      const [alice, bob] = await strangers();
      await act(alice, "block", bob);
      await quiet(alice);
      for (const [one, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        expect(await add(one, other)).toMatchObject({ type: "error", code: "blocked" });
        expect(await other.client.rest()).toEqual([]);
      }
    },
    async limit_reached() {
      const [alice, bob] = await strangers();
      fillRelations(alice);
      for (const [one, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        expect(await add(one, other)).toMatchObject({
          ...{ type: "error", code: "limit_reached" },
          details: { limit: "relations_per_user" },
        });
        expect(await other.client.rest()).toEqual([]);
      }
    },
  },
  async malformed() {
    const alice = await server.join();
    await refuse(alice, "add_friend", {}, "data.user_id");
    await refuse(alice, "add_friend", { user_id: "5" }, "data.user_id");
    await refuse(alice, "add_friend", { user_id: alice.id }, "data.user_id");
    await refuse(alice, "add_friend", { name: "" }, "data.name");
    await refuse(alice, "add_friend", { name: alice.name.toUpperCase() }, "data.name");
  },
  also: {
    async "by name, without regard to case"() {
      const [alice, bob] = await strangers();
      const reply = await ask(alice, "add_friend", { name: bob.name.toUpperCase() });
      expect(reply["data"]).toEqual({ friend: entry(bob, "outgoing") });
    },
    async "of two requests at once for the last place among those unanswered, one is sent; one taken back makes room"() {
      const [alice, bob] = await strangers();
      const [carol, dave] = await strangers();
      fillRelations(alice, limits.requests_per_user - 1);
      const replies = await Promise.all([bob, carol].map((peer) => add(alice, peer)));
      const refused = { type: "error", code: "limit_reached", details: { limit: "requests_per_user" } };
      expect(replies.map(({ type }) => type).sort()).toEqual(["add_friend", "error"]);
      expect(replies.find(({ type }) => type === "error")).toMatchObject(refused);
      const [asked, other] = replies[0]?.type === "error" ? [carol, bob] : [bob, carol];
      expect(await add(alice, other)).toMatchObject(refused);
      // It keeps nobody else from asking, and to accept or to block takes no such place.
      expect(await add(other, alice)).toMatchObject({ type: "add_friend" });
      expect(await add(alice, other)).toMatchObject({ data: { friend: { state: "friend" } } });
      expect(await act(alice, "block", dave)).toMatchObject({ data: { friend: { state: "blocked" } } });
      await drop(alice, asked);
      expect(await add(alice, asked)).toMatchObject({ type: "add_friend" });
    },
    async "who has asked already is a friend at once"() {
      const [alice, bob] = await strangers();
      await add(alice, bob);
      await quiet(alice, bob);
      expect((await add(bob, alice))["data"]).toEqual({ friend: entry(alice, "friend") });
      expect(await bob.client.rest()).toEqual([event("friend_changed", alice, "friend"), update(alice, "friend")]);
      expect(await alice.client.rest()).toEqual([event("friend_changed", bob, "friend"), update(bob, "friend")]);
    },
    async "the console's requests are told as well, and the other way round"() {
      const [alice, bob] = await strangers();
      await alice.client.ask({ type: "send-friend-request", message: bob.name });
      expect(await eventsOf(bob.client)).toEqual([event("friend_added", alice, "incoming")]);
      await bob.client.ask({ type: "reject-friend-request", message: String(alice.id) });
      expect(await eventsOf(alice.client)).toMatchObject([{ type: "friend_added" }, { type: "friend_deleted" }]);
    },
  },
});

conversation("update_friend", {
  async success() {
    const [alice, bob] = await strangers();
    await add(alice, bob);
    await quiet(alice, bob);
    const reply = await act(bob, "accept", alice);
    expect(reply["data"]).toEqual({ friend: entry(alice, "friend") });
    expect(await bob.client.rest()).toEqual([event("friend_changed", alice, "friend"), update(alice, "friend")]);
    expect(await alice.client.rest()).toEqual([event("friend_changed", bob, "friend"), update(bob, "friend")]);
  },
  errors: {
    async not_found() {
      const [alice, bob] = await strangers();
      for (const action of ["accept", "decline", "block", "unblock"]) {
        expect(await act(alice, action, { id: NOBODY })).toMatchObject({ type: "error", code: "not_found" });
      }
      for (const action of ["accept", "decline", "unblock"]) {
        expect(await act(alice, action, bob)).toMatchObject({ type: "error", code: "not_found" });
      }
      await add(alice, bob);
      expect(await act(alice, "accept", bob)).toMatchObject({ type: "error", code: "not_found" });
      await act(alice, "block", bob);
      expect(await act(bob, "unblock", alice)).toMatchObject({ type: "error", code: "not_found" });
      expect(await listOf(alice)).toEqual([entry(bob, "blocked")]);
    },
    async conflict() {
      const [alice, bob] = await server.friends();
      expect(await act(alice, "accept", bob)).toMatchObject({ type: "error", code: "conflict" });
      await act(alice, "block", bob);
      expect(await act(alice, "block", bob)).toMatchObject({ type: "error", code: "conflict" });
    },
    async blocked() {
      const [alice, bob] = await strangers();
      await add(alice, bob);
      await act(alice, "block", bob);
      for (const action of ["accept", "decline"]) {
        expect(await act(bob, action, alice)).toMatchObject({ type: "error", code: "blocked" });
        expect(await act(alice, action, bob)).toMatchObject({ type: "error", code: "blocked" });
      }
    },
    async limit_reached() {
      const [alice, bob] = await strangers();
      fillRelations(alice);
      expect(await act(alice, "block", bob)).toMatchObject({ type: "error", code: "limit_reached" });
      expect(await bob.client.rest()).toEqual([]);
    },
  },
  async malformed() {
    const [alice, bob] = await server.friends();
    await refuse(alice, "update_friend", { action: "block" }, "data.user_id");
    await refuse(alice, "update_friend", { user_id: bob.id }, "data.action");
    await refuse(alice, "update_friend", { user_id: bob.id, action: "remove" }, "data.action");
    await refuse(alice, "update_friend", { user_id: alice.id, action: "block" }, "data.user_id");
  },
  also: {
    async "declining brings the request as it was"() {
      const [alice, bob] = await strangers();
      await add(alice, bob);
      const [request] = await listOf(bob);
      await quiet(alice, bob);
      expect((await act(bob, "decline", alice))["data"]).toEqual({ friend: request });
      expect(await bob.client.rest()).toEqual([event("friend_deleted", alice, "none"), update(alice, "none")]);
      expect(await alice.client.rest()).toEqual([event("friend_deleted", bob, "none"), update(bob, "none")]);
      expect([await listOf(alice), await listOf(bob)]).toEqual([[], []]);
    },
    async "blocking a friend ends the friendship, and they are told"() {
      const [alice, bob] = await server.friends();
      expect((await act(alice, "block", bob))["data"]).toEqual({ friend: entry(bob, "blocked") });
      expect(await alice.client.rest()).toEqual([event("friend_changed", bob, "blocked"), update(bob, "none")]);
      expect(await bob.client.rest()).toEqual([event("friend_changed", alice, "blocked"), update(alice, "none")]);
      expect([await listOf(alice), await listOf(bob)]).toEqual([[entry(bob, "blocked")], [entry(alice, "blocked")]]);
      const invitation = { type: "watchParty", userId: alice.id, message: "{}" };
      expect(await bob.client.ask(invitation)).toMatchObject({ type: "error", code: "forbidden" });
      bob.client.send({ type: "now-playing", message: "Chess" });
      await bob.client.rest();
      expect(await alice.client.rest()).toEqual([]);
    },
    async "blocking a stranger is told to oneself alone"() {
      const [alice, bob] = await strangers();
      expect((await act(alice, "block", bob))["data"]).toEqual({ friend: entry(bob, "blocked") });
      expect(await alice.client.rest()).toEqual([event("friend_added", bob, "blocked")]);
      expect(await bob.client.rest()).toEqual([]);
      expect(await listOf(bob)).toEqual([]);
      expect((await act(alice, "unblock", bob))["data"]).toEqual({ friend: entry(bob, "blocked") });
      expect(await alice.client.rest()).toEqual([event("friend_deleted", bob, "none")]);
      expect(await bob.client.rest()).toEqual([]);
    },
    async "unblocking takes it off both lists, and the two may ask again"() {
      const [alice, bob] = await server.friends();
      await act(alice, "block", bob);
      await quiet(alice, bob);
      await act(alice, "unblock", bob);
      expect(await alice.client.rest()).toEqual([event("friend_deleted", bob, "none")]);
      expect(await bob.client.rest()).toEqual([event("friend_deleted", alice, "none")]);
      expect((await add(bob, alice))["data"]).toEqual({ friend: entry(alice, "outgoing") });
    },
    async "of two blocks each one ends their own"() {
      const [alice, bob] = await server.friends();
      await act(alice, "block", bob);
      await quiet(alice, bob);
      expect((await act(bob, "block", alice))["data"]).toEqual({ friend: entry(alice, "blocked") });
      expect(await alice.client.rest()).toEqual([]);
      await act(alice, "unblock", bob);
      expect(await listOf(alice)).toEqual([entry(bob, "blocked")]);
      expect(await act(alice, "unblock", bob)).toMatchObject({ code: "not_found" });
      await act(bob, "unblock", alice);
      expect([await listOf(alice), await listOf(bob)]).toEqual([[], []]);
    },
  },
});

conversation("delete_friend", {
  async success() {
    const [alice, bob] = await server.friends();
    expect(forgetId(await drop(alice, bob))).toEqual({ type: "delete_friend", data: {} });
    expect(await alice.client.rest()).toEqual([event("friend_deleted", bob, "none"), update(bob, "none")]);
    expect(await bob.client.rest()).toEqual([event("friend_deleted", alice, "none"), update(alice, "none")]);
    expect([await listOf(alice), await listOf(bob)]).toEqual([[], []]);
  },
  errors: {
    async not_found() {
      const [alice, bob] = await strangers();
      const replies = [await drop(alice, bob), await drop(alice, { id: NOBODY })];
      for (const reply of replies) expect(reply).toMatchObject({ type: "error", code: "not_found" });
      await act(alice, "block", bob);
      expect(await drop(alice, bob)).toMatchObject({ type: "error", code: "not_found" });
      expect(forgetId(await drop(bob, alice))).toEqual(forgetId(replies[0] as Frame));
      expect(await listOf(alice)).toEqual([entry(bob, "blocked")]);
    },
  },
  async malformed() {
    const alice = await server.join();
    await refuse(alice, "delete_friend", {}, "data.user_id");
    await refuse(alice, "delete_friend", { user_id: alice.id }, "data.user_id");
  },
  also: {
    async "withdraws one's own request, and declines theirs"() {
      const [alice, bob] = await strangers();
      for (const who of [alice, bob]) {
        await add(alice, bob);
        await quiet(alice, bob);
        await drop(who, who === alice ? bob : alice);
        expect(await alice.client.rest()).toEqual([event("friend_deleted", bob, "none"), update(bob, "none")]);
        expect(await bob.client.rest()).toEqual([event("friend_deleted", alice, "none"), update(alice, "none")]);
      }
    },
    async "takes who has blocked oneself off the list, and leaves their block"() {
      const [alice, bob] = await server.friends();
      await act(alice, "block", bob);
      await quiet(alice, bob);
      await drop(bob, alice);
      expect(await bob.client.rest()).toEqual([event("friend_deleted", alice, "none")]);
      expect(await alice.client.rest()).toEqual([]);
      expect([await listOf(alice), await listOf(bob)]).toEqual([[entry(bob, "blocked")], []]);
      expect(await add(bob, alice)).toMatchObject({ code: "blocked" });
    },
  },
});
