import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import type { Frame, TestClient } from "../harness/client.ts";
import { conversation } from "../harness/conversation.ts";
import { writeRows } from "../harness/database.ts";
import { startServer, type TestServer, uniqueName } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const blockedPair = (blocker: number, blocked: number) =>
  writeRows(
    server.folder,
    "insert into friendships (user_id, peer_id, state, since, seq) values (?, ?, 'blocked', 0, 1)",
    [[blocker, blocked]],
  );

/** Gives the user as many relations as one may have. */
function fillRelations(user: number): void {
  const peers = Array.from({ length: limits.relations_per_user }, (_, index) => index + 1);
  const rows = peers.map((id) => [id, `filler-${id}`]);
  writeRows(server.folder, "insert into users (id, name, last_online, created_at) values (?, ?, 0, 0)", rows);
  const relations = "insert into friendships (user_id, peer_id, state, since, seq) values (?, ?, 'outgoing', 0, 1)";
  writeRows(
    server.folder,
    relations,
    peers.map((id) => [user, id]),
  );
}

/** The request is answered `bad_request` for that field, and the socket lives. */
async function refused(client: TestClient, request: Record<string, unknown>, path: string): Promise<void> {
  const reply = await client.ask(request);
  expect(reply).toMatchObject({ type: "error", code: "bad_request", details: { path } });
  expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
}

/** What came unasked, without the events, which are of the other dialect. */
async function pushesTo(client: TestClient): Promise<Frame[]> {
  return (await client.rest()).filter(({ topic }) => topic === undefined);
}

conversation("ping", {
  async success() {
    const { client } = await server.join();
    client.send({ type: "ping", id: "12.5-0.25" });
    expect(await client.take("pong")).toEqual({ id: "12.5-0.25", type: "pong" });
    client.send({ type: "ping" });
    expect(await client.take("pong")).toEqual({ type: "pong" });
  },
  errors: {},
  async malformed() {
    const { client } = await server.join();
    client.send({ type: "ping", id: 7 });
    expect(await client.take("error")).toEqual({
      type: "error",
      code: "bad_request",
      message: expect.any(String),
      details: { path: "id" },
    });
  },
});

conversation("get", {
  async success() {
    const alone = await startServer();
    const alice = await alone.join();
    await alone.connect(alice);
    await alone.join();
    alice.client.send({ type: "get", id: "count" });
    expect(await alice.client.take(({ id }) => id === "count")).toEqual({ id: "count", count: 2 });
    await alone.stop();
  },
  errors: {},
  async malformed() {
    const { client } = await server.join();
    client.send({ type: "get", id: {} });
    expect(await client.take("error")).toMatchObject({ code: "bad_request", details: { path: "id" } });
  },
});

conversation("send-friend-request", {
  async success() {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    const bobs_phone = await server.connect(bob);
    const reply = await alice.client.ask({ type: "send-friend-request", message: bob.name.toUpperCase() });
    expect(reply).toEqual({ id: reply["id"], type: "success", message: expect.any(String) });
    const person = (of: { id: number; name: string }, type: string) => ({
      id: of.id,
      type,
      name: of.name,
      status: 0,
      lastOnline: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      playing: null,
      data: { name: of.name, status: 0, lastOnline: expect.any(String) },
    });
    expect(await pushesTo(alice.client)).toEqual([{ type: "friend-list-update", data: person(bob, "outgoing") }]);
    for (const session of [bob.client, bobs_phone]) {
      expect(await pushesTo(session)).toEqual([{ type: "friend-list-update", data: person(alice, "incoming") }]);
    }
  },
  errors: {
    async not_found() {
      const { client } = await server.join();
      const reply = await client.ask({ type: "send-friend-request", message: uniqueName("nobody") });
      expect(reply).toMatchObject({ type: "error", code: "not_found" });
    },
    async conflict() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      await alice.client.ask({ type: "send-friend-request", message: bob.name });
      const again = await alice.client.ask({ type: "send-friend-request", message: bob.name });
      expect(again).toMatchObject({
        type: "error",
        code: "conflict",
        message: expect.stringContaining("already sent"),
      });
      await bob.client.ask({ type: "accept-friend-request", message: String(alice.id) });
      const friends = await alice.client.ask({ type: "send-friend-request", message: bob.name });
      expect(friends).toMatchObject({ type: "error", code: "conflict", message: expect.stringContaining("friends") });
    },
    async blocked() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      blockedPair(alice.id, bob.id);
      for (const [one, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const reply = await one.client.ask({ type: "send-friend-request", message: other.name });
        expect(reply).toMatchObject({ type: "error", code: "blocked" });
        expect(await pushesTo(other.client)).toEqual([]);
      }
    },
    async limit_reached() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      fillRelations(alice.id);
      const reply = await alice.client.ask({ type: "send-friend-request", message: bob.name });
      expect(reply).toMatchObject({ type: "error", code: "limit_reached", details: { limit: "relations_per_user" } });
      expect(await pushesTo(bob.client)).toEqual([]);
    },
  },
  async malformed() {
    const { client, name } = await server.join();
    await refused(client, { type: "send-friend-request" }, "message");
    await refused(client, { type: "send-friend-request", message: 5 }, "message");
    await refused(client, { type: "send-friend-request", message: "" }, "message");
    await refused(client, { type: "send-friend-request", message: "x".repeat(10_000) }, "message");
    await refused(client, { type: "send-friend-request", message: name }, "message");
  },
  also: {
    async "to someone who has asked already makes friends at once"() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      await alice.client.ask({ type: "send-friend-request", message: bob.name });
      await Promise.all([alice.client.rest(), bob.client.rest()]);
      expect(await bob.client.ask({ type: "send-friend-request", message: alice.name })).toMatchObject({
        type: "success",
      });
      expect(await pushesTo(bob.client)).toMatchObject([{ data: { id: alice.id, type: "friend", status: 1 } }]);
      expect(await pushesTo(alice.client)).toMatchObject([{ data: { id: bob.id, type: "friend", status: 1 } }]);
    },
    async "and its reverse at the same time make one friendship"() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      const replies = await Promise.all([
        alice.client.ask({ type: "send-friend-request", message: bob.name }),
        bob.client.ask({ type: "send-friend-request", message: alice.name }),
      ]);
      expect(replies.map(({ type }) => type)).toEqual(["success", "success"]);
      for (const [one, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const { result } = await one.client.ask({ type: "get-friends" });
        expect(result).toMatchObject([{ id: other.id, type: "friend", status: 1 }]);
      }
    },
  },
});

conversation("get-friend-requests", {
  async success() {
    const [alice, bob, carol] = await Promise.all([server.join(), server.join(), server.join()]);
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    await carol.client.ask({ type: "send-friend-request", message: alice.name });
    const reply = await alice.client.ask({ type: "get-friend-requests" });
    expect(reply["type"]).toBe("retrieveFriendRequests");
    expect(reply["result"]).toMatchObject([
      { id: carol.id, type: "incoming", name: carol.name, status: 0, playing: null },
      { id: bob.id, type: "outgoing", name: bob.name, status: 0, playing: null },
    ]);
  },
  errors: {},
  async malformed() {
    const { client } = await server.join();
    client.send({ type: "get-friend-requests", id: [] });
    expect(await client.take("error")).toMatchObject({ code: "bad_request", details: { path: "id" } });
  },
});

conversation("accept-friend-request", {
  async success() {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    await Promise.all([alice.client.rest(), bob.client.rest()]);
    const reply = await bob.client.ask({ type: "accept-friend-request", message: String(alice.id) });
    expect(reply).toMatchObject({
      type: "success",
      message: expect.any(String),
      result: { id: alice.id, type: "friend" },
    });
    expect(await pushesTo(bob.client)).toMatchObject([
      { type: "friend-list-update", data: { id: alice.id, type: "friend", status: 1 } },
    ]);
    expect(await pushesTo(alice.client)).toMatchObject([
      { type: "friend-list-update", data: { id: bob.id, type: "friend", status: 1 } },
    ]);
  },
  errors: {
    async not_found() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      const unasked = await alice.client.ask({ type: "accept-friend-request", message: String(bob.id) });
      expect(unasked).toMatchObject({ type: "error", code: "not_found" });
      const nobody = await alice.client.ask({ type: "accept-friend-request", message: "999" });
      expect(nobody).toMatchObject({ type: "error", code: "not_found" });
      await alice.client.ask({ type: "send-friend-request", message: bob.name });
      const ones_own = await alice.client.ask({ type: "accept-friend-request", message: String(bob.id) });
      expect(ones_own).toMatchObject({ type: "error", code: "not_found" });
    },
    async conflict() {
      const [alice, bob] = await server.friends();
      const reply = await alice.client.ask({ type: "accept-friend-request", message: String(bob.id) });
      expect(reply).toMatchObject({ type: "error", code: "conflict" });
    },
    async blocked() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      blockedPair(alice.id, bob.id);
      const reply = await bob.client.ask({ type: "accept-friend-request", message: String(alice.id) });
      expect(reply).toMatchObject({ type: "error", code: "blocked" });
    },
  },
  malformed: () => wantsUserId("accept-friend-request"),
});

conversation("reject-friend-request", {
  async success() {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    await Promise.all([alice.client.rest(), bob.client.rest()]);
    const reply = await bob.client.ask({ type: "reject-friend-request", message: String(alice.id) });
    expect(reply).toMatchObject({ type: "success", result: { id: alice.id, type: "none" } });
    expect(await pushesTo(bob.client)).toMatchObject([
      { type: "friend-list-update", data: { id: alice.id, type: "none" } },
    ]);
    expect(await pushesTo(alice.client)).toMatchObject([
      { type: "friend-list-update", data: { id: bob.id, type: "none" } },
    ]);
    expect((await alice.client.ask({ type: "get-friend-requests" }))["result"]).toEqual([]);
  },
  errors: {
    async not_found() {
      const [alice, bob] = await server.friends();
      const reply = await alice.client.ask({ type: "reject-friend-request", message: String(bob.id) });
      expect(reply).toMatchObject({ type: "error", code: "not_found" });
    },
    async blocked() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      blockedPair(alice.id, bob.id);
      const reply = await alice.client.ask({ type: "reject-friend-request", message: String(bob.id) });
      expect(reply).toMatchObject({ type: "error", code: "blocked" });
    },
  },
  malformed: () => wantsUserId("reject-friend-request"),
});

conversation("remove-friend", {
  async success() {
    const [alice, bob] = await server.friends();
    const reply = await alice.client.ask({ type: "remove-friend", message: String(bob.id) });
    expect(reply).toMatchObject({ type: "success", result: { id: bob.id, type: "none", status: 0, playing: null } });
    expect(await pushesTo(alice.client)).toMatchObject([
      { type: "friend-list-update", data: { id: bob.id, type: "none" } },
    ]);
    expect(await pushesTo(bob.client)).toMatchObject([
      { type: "friend-list-update", data: { id: alice.id, type: "none" } },
    ]);
  },
  errors: {
    async not_found() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      const stranger = await alice.client.ask({ type: "remove-friend", message: String(bob.id) });
      expect(stranger).toMatchObject({ type: "error", code: "not_found" });
      await bob.client.ask({ type: "send-friend-request", message: alice.name });
      const incoming = await alice.client.ask({ type: "remove-friend", message: String(bob.id) });
      expect(incoming).toMatchObject({ type: "error", code: "not_found" });
    },
    async blocked() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      blockedPair(alice.id, bob.id);
      const reply = await bob.client.ask({ type: "remove-friend", message: String(alice.id) });
      expect(reply).toMatchObject({ type: "error", code: "blocked" });
    },
  },
  malformed: () => wantsUserId("remove-friend"),
  also: {
    async "withdraws one's own request"() {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      await alice.client.ask({ type: "send-friend-request", message: bob.name });
      await Promise.all([alice.client.rest(), bob.client.rest()]);
      expect(await alice.client.ask({ type: "remove-friend", message: String(bob.id) })).toMatchObject({
        type: "success",
      });
      expect(await pushesTo(bob.client)).toMatchObject([
        { type: "friend-list-update", data: { id: alice.id, type: "none" } },
      ]);
    },
    async "ends what the two hear of each other"() {
      const [alice, bob] = await server.friends();
      await alice.client.ask({ type: "remove-friend", message: String(bob.id) });
      await Promise.all([alice.client.rest(), bob.client.rest()]);
      bob.client.send({ type: "now-playing", message: "Chess" });
      alice.client.send({ type: "now-playing", message: "Go" });
      await Promise.all([bob.client.rest(), alice.client.rest()]);
      expect(await pushesTo(alice.client)).toEqual([]);
      expect(await pushesTo(bob.client)).toEqual([]);
    },
  },
});

conversation("get-friends", {
  async success() {
    const alice = await server.join();
    const friends = [];
    for (const stem of ["zoe", "Bert", "anna"]) {
      const friend = await server.join(uniqueName(stem));
      await alice.client.ask({ type: "send-friend-request", message: friend.name });
      await friend.client.ask({ type: "accept-friend-request", message: String(alice.id) });
      friends.push(friend);
    }
    const [zoe, bert, anna] = friends as [(typeof friends)[0], (typeof friends)[0], (typeof friends)[0]];
    zoe.client.send({ type: "now-playing", message: "Chess" });
    await bert.client.close();
    const berts_leaving = ({ data }: Frame) => data?.id === bert.id && data.type === "friend" && data.status === 0;
    await alice.client.take(berts_leaving);
    await zoe.client.rest();
    const reply = await alice.client.ask({ type: "get-friends" });
    expect(reply["type"]).toBe("retrieveFriends");
    expect(reply["result"]).toMatchObject([
      { id: anna.id, type: "friend", name: anna.name, status: 1, playing: null, data: { name: anna.name, status: 1 } },
      { id: zoe.id, status: 1, playing: "Chess" },
      { id: bert.id, status: 0, playing: null, data: { status: 0 } },
    ]);
  },
  errors: {},
  async malformed() {
    const { client } = await server.join();
    client.send({ type: "get-friends", id: "x".repeat(1000) });
    expect(await client.take("error")).toMatchObject({ code: "bad_request", details: { path: "id" } });
  },
});

conversation("watchParty", {
  async success() {
    const [alice, bob] = await server.friends();
    const bobs_phone = await server.connect(bob);
    await bobs_phone.rest();
    const text = JSON.stringify({ name: "Film night", partyId: 77 });
    const reply = await alice.client.ask({ type: "watchParty", userId: bob.id, message: text });
    expect(reply).toEqual({ id: reply["id"], type: "success" });
    for (const session of [bob.client, bobs_phone]) {
      expect(await session.rest()).toEqual([{ type: "watchParty", text, from: { id: alice.id, name: alice.name } }]);
    }
    expect(await alice.client.rest()).toEqual([]);
  },
  errors: {
    async forbidden() {
      const [alice, mallory] = await Promise.all([server.join(), server.join()]);
      const stranger = await mallory.client.ask({ type: "watchParty", userId: alice.id, message: "{}" });
      const nobody = await mallory.client.ask({ type: "watchParty", userId: 12345, message: "{}" });
      const oneself = await mallory.client.ask({ type: "watchParty", userId: mallory.id, message: "{}" });
      for (const reply of [stranger, nobody, oneself])
        expect(reply).toMatchObject({ type: "error", code: "forbidden" });
      expect({ ...stranger, id: 0 }).toEqual({ ...nobody, id: 0 });
      expect(await alice.client.rest()).toEqual([]);
    },
    async offline() {
      const [alice, bob] = await server.friends();
      await bob.client.close();
      const reply = await alice.client.ask({ type: "watchParty", userId: bob.id, message: "{}" });
      expect(reply).toMatchObject({ type: "error", code: "offline" });
    },
    async too_large() {
      const [alice, bob] = await server.friends();
      const fits = await alice.client.ask({ type: "watchParty", userId: bob.id, message: "é".repeat(2048) });
      expect(fits).toMatchObject({ type: "success" });
      const reply = await alice.client.ask({ type: "watchParty", userId: bob.id, message: `${"é".repeat(2048)}!` });
      expect(reply).toMatchObject({ type: "error", code: "too_large" });
    },
  },
  async malformed() {
    const { client } = await server.join();
    await refused(client, { type: "watchParty", message: "{}" }, "userId");
    await refused(client, { type: "watchParty", userId: "5", message: "{}" }, "userId");
    await refused(client, { type: "watchParty", userId: 5 }, "message");
  },
});

conversation("now-playing", {
  async success() {
    const [alice, bob] = await server.friends();
    const bobs_phone = await server.connect(bob);
    await bobs_phone.rest();
    alice.client.send({ type: "now-playing", message: "Mario Kart", id: "1" });
    expect(await alice.client.rest()).toEqual([]);
    const data = { title: "Now playing", description: `${alice.name} is now playing Mario Kart.` };
    for (const session of [bob.client, bobs_phone]) {
      expect(await session.rest()).toEqual([
        { type: "message", message: JSON.stringify(data), data },
        { type: "now-playing", data: { who: alice.id, app: "Mario Kart" } },
      ]);
    }
    alice.client.send({ type: "now-playing", message: "Mario Kart" });
    await alice.client.rest();
    expect(await bob.client.rest()).toEqual([]);
    alice.client.send({ type: "now-playing", message: "" });
    await alice.client.rest();
    expect(await bob.client.rest()).toEqual([{ type: "now-playing", data: { who: alice.id, app: "" } }]);
    alice.client.send({ type: "now-playing" });
    await alice.client.rest();
    expect(await bob.client.rest()).toEqual([]);
  },
  errors: {},
  async malformed() {
    const [alice, bob] = await server.friends();
    await refused(alice.client, { type: "now-playing", message: 5 }, "message");
    await refused(alice.client, { type: "now-playing", message: "x".repeat(200) }, "message");
    expect(await bob.client.rest()).toEqual([]);
  },
});

async function wantsUserId(type: string): Promise<void> {
  const { client, id } = await server.join();
  for (const message of [undefined, 5, "", "abc", "-1", "1.5", "0", "99999999999999999999", String(id)]) {
    await refused(client, { type, message }, "message");
  }
}
