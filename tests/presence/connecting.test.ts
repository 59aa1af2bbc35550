import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { befriend, friendList, graceOver, statusOf } from "./people.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const ROUNDS = 15;

/** Friends as this client believes them to be, and as the server says. */
async function bothPictures(client: TestClient): Promise<[believed: unknown[], true_ones: unknown[]]> {
  const { result } = await client.ask({ type: "get-friends" });
  const believed = [...friendList(client.seen).values()].filter(({ type }) => type === "friend");
  const byId = (one: { id: number }, other: { id: number }) => one.id - other.id;
  return [believed.sort(byId), result.sort(byId)];
}

describe("who connects", () => {
  test("is told once of each friend and each pending request, right after ready", async () => {
    const alice = await server.join(uniqueName("alice"));
    const others = await Promise.all(["bob", "carol", "dave", "eve"].map((stem) => server.join(uniqueName(stem))));
    const [bob, carol, dave, eve] = others;
    if (!bob || !carol || !dave || !eve) throw new Error("nobody came");
    await befriend(alice, bob);
    await befriend(alice, carol);
    await alice.client.ask({ type: "send-friend-request", message: dave.name });
    await eve.client.ask({ type: "send-friend-request", message: alice.name });
    await carol.client.close();
    await alice.client.take(statusOf(carol.id, 0));

    const phone = await TestClient.open(server.url, alice.token);
    await phone.ask({ type: "ping" });
    const [ready, ...updates] = phone.seen.slice(0, -1);
    expect(ready?.["type"]).toBe("ready");
    expect(updates.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => "friend-list-update"));
    const list = friendList(updates);
    expect(list.size).toBe(4);
    expect(list.get(bob.id)).toMatchObject({ type: "friend", name: bob.name, status: 1, playing: null });
    expect(list.get(carol.id)).toMatchObject({ type: "friend", name: carol.name, status: 0, playing: null });
    expect(list.get(dave.id)).toMatchObject({ type: "outgoing", name: dave.name, status: 0, playing: null });
    expect(list.get(eve.id)).toMatchObject({ type: "incoming", name: eve.name, status: 0, playing: null });
  });

  test("without friends is told of nobody", async () => {
    const alice = await server.join();
    expect(await alice.client.rest()).toEqual([]);
  });

  test("hears from then on of friends of before", async () => {
    const [alice, bob] = await server.friends();
    await alice.client.close();
    await graceOver(server);
    const client = await server.connect(alice);
    await client.rest();
    bob.client.send({ type: "now-playing", message: "Chess" });
    expect(await client.take("now-playing")).toEqual({ type: "now-playing", data: { who: bob.id, app: "Chess" } });
  });

  test("is no longer told of someone removed meanwhile", async () => {
    const [alice, bob] = await server.friends();
    await alice.client.close();
    await bob.client.ask({ type: "remove-friend", message: String(alice.id) });
    const client = await server.connect(alice);
    bob.client.send({ type: "now-playing", message: "Chess" });
    await bob.client.rest();
    expect(await client.rest()).toEqual([]);
  });
});

describe("at the same moment", () => {
  test("two friends who connect both end up with a right picture", async () => {
    const [alice, bob] = await server.friends();
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all([alice.client.close(), bob.client.close()]);
      if (round % 3 === 0) await graceOver(server);
      [alice.client, bob.client] = await Promise.all([server.connect(alice), server.connect(bob)]);
      for (const [{ client }, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const [believed, true_ones] = await bothPictures(client);
        expect(believed).toEqual(true_ones);
        expect(true_ones).toMatchObject([{ id: other.id, status: 1 }]);
      }
    }
  });

  test("a friendship is made and the other connects: both end up with a right picture", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [alice, bob] = await Promise.all([server.join(), server.join()]);
      await alice.client.ask({ type: "send-friend-request", message: bob.name });
      await alice.client.close();
      const [client] = await Promise.all([
        server.connect(alice),
        bob.client.ask({ type: "accept-friend-request", message: String(alice.id) }),
      ]);
      for (const one of [client, bob.client]) {
        const [believed, true_ones] = await bothPictures(one);
        expect(believed).toEqual(true_ones);
        expect(true_ones).toMatchObject([{ type: "friend", status: 1 }]);
      }
      bob.client.send({ type: "now-playing", message: "Chess" });
      expect(await client.take("now-playing")).toMatchObject({ data: { who: bob.id, app: "Chess" } });
    }
  });

  test("a friendship ends and the other connects: nothing of it is left", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [alice, bob] = await server.friends();
      await alice.client.close();
      const [client] = await Promise.all([
        server.connect(alice),
        bob.client.ask({ type: "remove-friend", message: String(alice.id) }),
      ]);
      await client.rest();
      bob.client.send({ type: "now-playing", message: "Chess" });
      await bob.client.rest();
      expect(await client.rest()).toEqual([]);
      expect([...friendList(client.seen).keys()]).toEqual([]);
    }
  });
});

describe("sessions of one person", () => {
  test("above the limit are turned away with 4010, without ready; the others go on", async () => {
    const alice = await server.user();
    const sessions = await Promise.all(Array.from({ length: limits.sessions_per_user }, () => server.connect(alice)));
    const one_more = await TestClient.open(server.url, alice.token);
    expect((await one_more.closed).code).toBe(4010);
    expect(one_more.seen.map(({ type }) => type)).not.toContain("ready");
    for (const session of sessions) expect(await session.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    await sessions[0]?.close();
    // Whoever counts them has heard of it.
    await sessions[1]?.rest();
    const instead = await server.connect(alice);
    expect(await instead.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    await Promise.all([instead, ...sessions.slice(1)].map((session) => session.close()));
  });

  test("are as many as allowed when more come at once", async () => {
    const alice = await server.user();
    const arrivals = Array.from({ length: limits.sessions_per_user + 8 }, () =>
      TestClient.open(server.url, alice.token),
    );
    const sessions = await Promise.all(arrivals);
    const ends = await Promise.all(
      sessions.map((session) => Promise.race([session.take("ready"), session.closed.then(({ code }) => code)])),
    );
    expect(ends.filter((end) => end === 4010).length).toBe(8);
    await Promise.all(sessions.map((session) => session.close()));
  });
});
