import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Present, startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { befriend, graceOver, statusOf } from "./people.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** Plays it, and returns when the server has heard. */
async function play({ client }: Present, game: string): Promise<void> {
  client.send({ type: "now-playing", message: game });
  await client.ask({ type: "ping" });
}

/** Two friends, the second of them gone and known to be. */
async function friendsOneGone(at = server): Promise<[Present, Present]> {
  const [alice, bob] = await at.friends();
  await bob.client.close();
  await alice.client.take(statusOf(bob.id, 0));
  return [alice, bob];
}

describe("who comes", () => {
  test("is announced to each online friend: that they are there, and how they now look", async () => {
    const [alice, bob] = await friendsOneGone();
    const alices_phone = await server.connect(alice);
    await alices_phone.rest();
    await server.connect(bob);
    for (const client of [alice.client, alices_phone]) {
      const frames = [
        await client.take("now-online"),
        await client.take("friend-list-update"),
        ...(await client.rest()),
      ];
      expect(frames).toEqual([
        { type: "now-online", data: { id: bob.id, name: bob.name } },
        {
          type: "friend-list-update",
          data: {
            id: bob.id,
            type: "friend",
            name: bob.name,
            status: 1,
            lastOnline: time,
            playing: null,
            data: { name: bob.name, status: 1, lastOnline: time },
          },
        },
      ]);
    }
  });

  test("a second time while there is told to nobody", async () => {
    const [alice, bob] = await server.friends();
    const phone = await server.connect(bob);
    await phone.rest();
    expect(await alice.client.rest()).toEqual([]);
    expect((await alice.client.ask({ type: "get" }))["count"]).toBeGreaterThanOrEqual(2);
  });

  test("hears nothing of themselves", async () => {
    const [, bob] = await server.friends();
    const phone = await server.connect(bob);
    await play(bob, "Chess");
    expect((await phone.rest()).filter(({ data }) => data?.id === bob.id || data?.who === bob.id)).toEqual([]);
    expect(await bob.client.rest()).toEqual([]);
  });
});

describe("who goes", () => {
  test("is told as gone, with the time, once the last socket has been closed for the grace time", async () => {
    const [alice, bob] = await server.friends();
    const leaves_ms = Date.now();
    await bob.client.close();
    const update = await alice.client.take("friend-list-update");
    const { lastOnline } = update["data"];
    expect(update["data"]).toEqual({
      id: bob.id,
      type: "friend",
      name: bob.name,
      status: 0,
      lastOnline,
      playing: null,
      data: { name: bob.name, status: 0, lastOnline },
    });
    expect(Date.parse(lastOnline)).toBeGreaterThanOrEqual(leaves_ms);
    expect(Date.parse(lastOnline)).toBeLessThanOrEqual(Date.now());
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toEqual([update["data"]]);
    expect(await alice.client.rest()).toEqual([]);
  });

  test("counts as there until then", async () => {
    const [alice, bob] = await server.friends();
    await play(bob, "Chess");
    await bob.client.close();
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toMatchObject([{ id: bob.id, status: 1, playing: "Chess" }]);
  });

  test("stops playing first, if they played", async () => {
    const [alice, bob] = await server.friends();
    await play(bob, "Chess");
    await alice.client.rest();
    await bob.client.close();
    await graceOver(server);
    expect(await alice.client.rest()).toMatchObject([
      { type: "now-playing", data: { who: bob.id, app: "" } },
      { type: "friend-list-update", data: { id: bob.id, status: 0, playing: null } },
    ]);
    await server.connect(bob);
    const back = await alice.client.take(statusOf(bob.id, 1));
    expect(back).toMatchObject({ data: { playing: null } });
  });

  test("with one socket of two is told to nobody", async () => {
    const [alice, bob] = await server.friends();
    const phone = await server.connect(bob);
    await play(bob, "Chess");
    await alice.client.rest();
    await phone.close();
    await graceOver(server);
    expect(await alice.client.rest()).toEqual([]);
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toMatchObject([{ id: bob.id, status: 1, playing: "Chess" }]);
  });

  test("without a close handshake goes all the same", async () => {
    const [alice, bob] = await server.friends();
    bob.client.socket.terminate();
    expect(await alice.client.take("friend-list-update")).toMatchObject({ data: { id: bob.id, status: 0 } });
  });

  test("keeps the time of leaving over a restart", async () => {
    const own = await startServer();
    const [alice, bob] = await friendsOneGone(own);
    const { result } = await alice.client.ask({ type: "get-friends" });
    const again = await own.restart();
    const client = await again.connect(alice);
    expect((await client.ask({ type: "get-friends" }))["result"]).toEqual(result);
    expect(result).toMatchObject([{ id: bob.id, status: 0 }]);
    await again.stop();
  });
});

describe("who returns within the grace time", () => {
  let patient: TestServer;
  beforeAll(async () => {
    patient = await startServer({ presence_grace_ms: 700 });
  });
  afterAll(() => patient.stop());

  test("was never gone: nobody is told anything, and what they play goes on", async () => {
    const [alice, bob] = await patient.friends();
    await play(bob, "Chess");
    await alice.client.rest();
    for (let blinks = 0; blinks < 5; blinks += 1) {
      await bob.client.close();
      bob.client = await patient.connect(bob);
    }
    await graceOver(patient);
    expect(await alice.client.rest()).toEqual([]);
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toMatchObject([{ id: bob.id, status: 1, playing: "Chess" }]);
    await play(bob, "");
    expect(await alice.client.rest()).toEqual([{ type: "now-playing", data: { who: bob.id, app: "" } }]);
  });

  test("and leaves again is gone one grace time after that", async () => {
    const [alice, bob] = await patient.friends();
    await bob.client.close();
    bob.client = await patient.connect(bob);
    const leaves_ms = Date.now();
    await bob.client.close();
    const update = await alice.client.take("friend-list-update");
    expect(update).toMatchObject({ data: { id: bob.id, status: 0 } });
    expect(Date.parse(update["data"].lastOnline)).toBeGreaterThanOrEqual(leaves_ms);
    expect(Date.now() - leaves_ms).toBeGreaterThanOrEqual(690);
  });
});

describe("strangers and people with a pending request", () => {
  test("are told nothing of coming, playing and going", async () => {
    const [alice, bob] = await server.friends();
    const [carol, dave, eve] = await Promise.all(["carol", "dave", "eve"].map((stem) => server.join(uniqueName(stem))));
    if (!carol || !dave || !eve) throw new Error("nobody came");
    await bob.client.ask({ type: "send-friend-request", message: carol.name });
    await dave.client.ask({ type: "send-friend-request", message: bob.name });
    await Promise.all([alice, carol, dave, eve].map(({ client }) => client.rest()));
    await play(bob, "Chess");
    await bob.client.close();
    await alice.client.take(statusOf(bob.id, 0));
    await server.connect(bob);
    await alice.client.take(statusOf(bob.id, 1));
    for (const { client } of [carol, dave, eve]) expect(await client.rest()).toEqual([]);
  });

  test("don't see whether one is there or what one plays", async () => {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    await play(bob, "Chess");
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    const { result } = await alice.client.ask({ type: "get-friend-requests" });
    expect(result).toMatchObject([{ id: bob.id, type: "outgoing", status: 0, playing: null }]);
    await bob.client.ask({ type: "accept-friend-request", message: String(alice.id) });
    const friends = await alice.client.ask({ type: "get-friends" });
    expect(friends["result"]).toMatchObject([{ id: bob.id, type: "friend", status: 1, playing: "Chess" }]);
  });
});

describe("what one plays", () => {
  test("stands in the list of friends, and in what someone who comes is told", async () => {
    const [alice, bob] = await server.friends();
    await play(bob, "Mario Kart");
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toMatchObject([{ id: bob.id, playing: "Mario Kart" }]);
    const phone = await server.connect(alice);
    expect(await phone.take("friend-list-update")).toMatchObject({
      data: { id: bob.id, status: 1, playing: "Mario Kart" },
    });
  });

  test("is one thing, whichever session says it", async () => {
    const [alice, bob] = await server.friends();
    const phone = await server.connect(bob);
    await play(bob, "Chess");
    await play({ ...bob, client: phone }, "Go");
    await alice.client.rest();
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toMatchObject([{ id: bob.id, playing: "Go" }]);
    await play(bob, "Go");
    expect(await alice.client.rest()).toEqual([]);
  });

  test("is told to all friends who are there, once", async () => {
    const bob = await server.join(uniqueName("bob"));
    const friends = await Promise.all(Array.from({ length: 5 }, () => server.join()));
    for (const friend of friends) await befriend(bob, friend);
    await Promise.all(friends.map(({ client }) => client.rest()));
    await play(bob, "Chess");
    for (const { client } of friends) {
      expect((await client.rest()).map(({ type }) => type)).toEqual(["message", "now-playing"]);
    }
  });
});

describe("who is no friend", () => {
  test("isn't shown when the person was online, in pushes, replies and lists alike", async () => {
    const [alice, bob] = [await server.join(), await server.join()];
    const made_ms = Date.now();
    await bob.client.close();
    await graceOver(server);
    const bobs_phone = await server.connect(bob);
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    const pushed_first = await alice.client.take("friend-list-update");
    const { result: requests } = await alice.client.ask({ type: "get-friend-requests" });
    const again = await server.connect(alice);
    const pushed_on_connect = await again.take("friend-list-update");
    const declined = await bobs_phone.ask({ type: "reject-friend-request", message: String(alice.id) });
    const withdrawn = await alice.client.take(
      ({ type, data }) => type === "friend-list-update" && data.type === "none",
    );
    for (const shown of [pushed_first["data"], requests[0], pushed_on_connect["data"], withdrawn["data"]]) {
      expect(shown).toMatchObject({ id: bob.id, lastOnline: requests[0].lastOnline });
      expect(shown.data.lastOnline).toBe(shown.lastOnline);
      expect(Date.parse(shown.lastOnline)).toBeLessThanOrEqual(made_ms);
    }
    expect(Date.parse(declined["result"].lastOnline)).toBeLessThanOrEqual(made_ms);
  });
});
