// Limits that an operator may set hold as they were set, and are announced so.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { counted } from "../../scripts/reliability/metrics.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";

const set = { sessions_per_user: 2, topics_per_session: 4, frame_length: 2_000, frame_depth: 8 };

let server: TestServer;
beforeAll(async () => {
  const session_requests = { burst: 50, per_s: 0.001 };
  server = await startServer({
    ...{ rate_limits: true, rates: { ...rates, session_requests } },
    bounds: { ...limits, ...set },
  });
});
afterAll(() => server.stop());

test("a client is told of them", async () => {
  const { client } = await server.join();
  const [ready] = client.seen;
  expect(ready?.["data"].limits).toMatchObject({ ...set, requests_burst: 50, requests_per_s: 0.001 });
});

test("sessions of one user: a further one is closed with 4010", async () => {
  const alice = await server.user();
  await Promise.all([server.connect(alice), server.connect(alice)]);
  const third = await TestClient.open(server.url, alice.token);
  expect((await third.closed).code).toBe(4010);
});

test("characters of a frame", async () => {
  const { client } = await server.join();
  client.send({ type: "ping", a: "x".repeat(2_000) });
  expect(await client.take("error")).toMatchObject({ code: "too_large" });
  expect(await client.ask({ type: "ping", a: "x".repeat(1_900) })).toMatchObject({ type: "pong" });
});

test("levels of a frame", async () => {
  const { client } = await server.join();
  const nested = (levels: number) => `{"type":"ping","id":"1","a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  client.send(nested(8));
  expect(await client.take("error")).toMatchObject({ code: "bad_request" });
  client.send(nested(7));
  expect(await client.take(({ id }) => id === "1")).toMatchObject({ type: "pong" });
});

test("requests of a session", async () => {
  const { client } = await server.join();
  const before = await counted(server.url, 'orchard_rate_limited_total{scope="session"}');
  const answers = await Promise.all(Array.from({ length: 51 }, () => client.ask({ type: "ping" })));
  expect(answers.map(({ type }) => type).indexOf("error")).toBe(50);
  expect(await counted(server.url, 'orchard_rate_limited_total{scope="session"}')).toBe(before + 1);
});

test("refusals of a session: one more closes it with 4008", async () => {
  const session_refusals = { burst: 3, per_s: 0.001 };
  const own = await startServer({
    ...{ rate_limits: true, rates: { ...rates, session_requests: { burst: 1, per_s: 0.001 }, session_refusals } },
  });
  const { client } = await own.join();
  for (let sent = 0; sent < 5; sent += 1) client.send({ type: "ping" });
  expect((await client.closed).code).toBe(4008);
  expect(client.seen.filter(({ code }) => code === "rate_limited")).toHaveLength(3);
  await own.stop();
});

describe("topics of a session", () => {
  /** A session of alice's that is subscribed to as many as it may be: `self`, two servers and a channel. */
  async function full(): Promise<{ alice: Present; first: number; second: number; channel_id: number }> {
    const alice = await server.join();
    const [first, second] = [await foundServer(alice), await foundServer(alice)];
    const again = { ...alice, client: await server.connect(alice) };
    for (const server_id of [first, second]) await done(again, "get_server", { server_id });
    const { categories } = await done(again, "get_server_channels", { server_id: first });
    const channel_id: number = categories[0].channels[0].id;
    await done(again, "get_server_channel", { channel_id });
    return { alice: again, first, second, channel_id };
  }

  test("hold for what loads, as for what subscribes", async () => {
    const { alice, first, second, channel_id } = await full();
    const reached = { code: "limit_reached", details: { limit: "topics_per_session" } };
    for (const [type, data] of [
      ["get_user", { user_id: alice.id }],
      ["get_servers", {}],
      ["get_server_members", { server_id: first, amount: 10, anchor: 0 }],
      ["get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true }],
      ["subscribe", { topics: [`user:${alice.id}`] }],
    ] as const) {
      expect([type, await refusal(alice, type, data)]).toMatchObject([type, reached]);
    }
    await done(alice, "unsubscribe", { topics: [`server:${second}`] });
    await done(alice, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    await done(alice, "subscribe", { topics: [`server:${second}`] });
  });

  test("have room for a whole list or for none of it: whoever is in it, one hears of", async () => {
    const [alice, ...guests] = [await server.join(), await server.join(), await server.join()] as const;
    const server_id = await foundServer(alice);
    await inviteInto(server_id, alice, ...guests);
    for (const { client, id } of guests) {
      await done({ client }, "add_friend", { user_id: alice.id });
      await done(alice, "update_friend", { user_id: id, action: "accept" });
    }
    const heardAfter = async (type: string, data: object) => {
      await alice.client.close();
      const again = { client: await server.connect(alice) };
      await done(again, type, data);
      for (const guest of guests) await done(guest, "update_user", { changes: { bio: type } });
      const told = (await again.client.rest()).filter((frame) => frame["type"] === "user_changed");
      alice.client = again.client;
      return told.map((frame) => frame["data"].id);
    };
    const everybody = guests.map(({ id }) => id);
    expect(await heardAfter("get_friends", {})).toEqual(everybody);
    expect(await heardAfter("get_server_members", { server_id, amount: 10, anchor: 0 })).toEqual(everybody);
  });

  test("are counted", async () => {
    const own = await startServer();
    const [alice, bob] = await own.friends();
    expect(await counted(own.url, "orchard_subscriptions")).toBe(4);
    await done(alice, "subscribe", { topics: [`user:${bob.id}`, `user:${bob.id}`] });
    await done(alice, "subscribe", { topics: [`user:${bob.id}`] });
    expect(await counted(own.url, "orchard_subscriptions")).toBe(5);
    await done(alice, "unsubscribe", { topics: [`user:${bob.id}`] });
    expect(await counted(own.url, "orchard_subscriptions")).toBe(4);
    await alice.client.close();
    await bob.client.rest();
    expect(await counted(own.url, "orchard_subscriptions")).toBe(2);
    await own.stop();
  });
});
