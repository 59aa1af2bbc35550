// Presence in the community dialect: what those who have loaded somebody hear of their coming, going and playing, and
// what becomes of all of it for who wishes not to be seen.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TestClient } from "../../harness/client.ts";
import { foundServer, inviteInto } from "../../harness/community.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { graceOver, statusOf } from "../../presence/people.ts";
import { ask, eventsOf } from "./acquaintances.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const choose = (who: Present, status: string) => ask(who, "update_user", { changes: { status } });

async function play({ client }: { client: TestClient }, game: string): Promise<void> {
  client.send({ type: "now-playing", message: game });
  await client.ask({ type: "ping" });
}

/** Two friends; the first has loaded the second. */
async function acquainted(): Promise<[Present, Present]> {
  const [alice, bob] = await server.friends();
  await ask(alice, "get_user", { user_id: bob.id });
  return [alice, bob];
}

const changed = ({ id }: Present, changes: Record<string, unknown>) => ({
  type: "user_changed",
  topic: `user:${id}`,
  seq: expect.any(Number),
  data: { id, ...changes },
});

describe("who has loaded somebody", () => {
  test("hears of their playing, going and coming", async () => {
    const [alice, bob] = await acquainted();
    await play(bob, "Chess");
    expect(await eventsOf(alice.client)).toEqual([changed(bob, { playing: "Chess" })]);
    await play(bob, "Chess");
    expect(await eventsOf(alice.client)).toEqual([]);
    await bob.client.close();
    expect(await alice.client.take("user_changed")).toEqual(changed(bob, { status: "offline", playing: null }));
    await server.connect(bob);
    expect(await alice.client.take("user_changed")).toEqual(changed(bob, { status: "online" }));
  });

  test("hears of idling and of wishing not to be disturbed, which the console doesn't know", async () => {
    const [alice, bob] = await acquainted();
    for (const status of ["idle", "dnd", "online"]) {
      expect((await choose(bob, status))["data"].user.status).toBe(status);
      expect(await alice.client.rest()).toEqual([changed(bob, { status })]);
    }
  });

  test("hears it as a member of the same server as well", async () => {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    await inviteInto(await foundServer(alice), alice, bob);
    await ask(alice, "get_users", { user_ids: [bob.id] });
    await alice.client.rest();
    await play(bob, "Go");
    expect(await eventsOf(alice.client)).toEqual([changed(bob, { playing: "Go" })]);
  });

  test("hears nothing more once unsubscribed", async () => {
    const [alice, bob] = await acquainted();
    await ask(alice, "unsubscribe", { topics: [`user:${bob.id}`] });
    await play(bob, "Chess");
    expect(await eventsOf(alice.client)).toEqual([]);
  });

  test("with one session is told on that one alone", async () => {
    const [alice, bob] = await acquainted();
    const phone = await server.connect(alice);
    await phone.rest();
    await play(bob, "Chess");
    expect(await eventsOf(phone)).toEqual([]);
    expect(await eventsOf(alice.client)).toHaveLength(1);
  });
});

describe("who is invisible", () => {
  test("looks offline and as playing nothing, everywhere", async () => {
    const [alice, bob] = await acquainted();
    await inviteInto(await foundServer(alice), alice, bob);
    const { server_id } = { server_id: (await ask(alice, "get_servers"))["data"].servers[0].id };
    await play(bob, "Chess");
    await alice.client.rest();
    const hides_ms = Date.now();
    const reply = await choose(bob, "invisible");
    expect(reply["data"].user).toMatchObject({ status: "invisible", playing: null });
    const frames = await alice.client.rest();
    expect(frames).toEqual([
      { type: "now-playing", data: { who: bob.id, app: "" } },
      { type: "friend-list-update", data: expect.objectContaining({ id: bob.id, status: 0, playing: null }) },
      changed(bob, { status: "offline", playing: null }),
    ]);
    expect(Date.parse(frames[1]?.["data"].lastOnline)).toBeGreaterThanOrEqual(hides_ms);
    const { user } = (await ask(alice, "get_user", { user_id: bob.id }))["data"];
    expect(user).toMatchObject({ status: "offline", playing: null });
    const members = await ask(alice, "get_server_members", { server_id, amount: 10, anchor: 0 });
    expect(members["data"].members).toContainEqual(expect.objectContaining({ user_id: bob.id, status: "offline" }));
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result).toMatchObject([{ id: bob.id, status: 0, playing: null }]);
    expect(await alice.client.ask({ type: "watchParty", userId: bob.id, message: "{}" })).toMatchObject({
      code: "offline",
    });
  });

  test("plays, goes and comes unseen", async () => {
    const [alice, bob] = await acquainted();
    await choose(bob, "invisible");
    await alice.client.rest();
    await play(bob, "Go");
    await bob.client.close();
    await graceOver(server);
    const again = await server.connect(bob);
    await play({ client: again }, "Go");
    await again.rest();
    expect(await alice.client.rest()).toEqual([]);
  });

  test("is told so when they come back, and by nobody else seen as it", async () => {
    const [alice, bob] = await acquainted();
    await choose(bob, "invisible");
    const phone = await server.connect(bob);
    const ready = phone.seen.find(({ type }) => type === "ready");
    expect(ready?.["data"].user.status).toBe("invisible");
    const all = [...alice.client.seen, ...(await alice.client.rest())];
    expect(JSON.stringify(all)).not.toContain("invisible");
  });

  test("comes when they show themselves, with what they play", async () => {
    const [alice, bob] = await acquainted();
    await choose(bob, "invisible");
    await play(bob, "Chess");
    await alice.client.rest();
    expect((await choose(bob, "idle"))["data"].user).toMatchObject({ status: "idle", playing: "Chess" });
    const frames = await alice.client.rest();
    expect(frames.map(({ type }) => type)).toEqual([
      ...["now-online", "friend-list-update", "message", "now-playing", "user_changed"],
    ]);
    expect(frames.at(-1)).toEqual(changed(bob, { status: "idle", playing: "Chess" }));
  });

  test("doesn't count as online", async () => {
    const alone = await startServer();
    const [alice, bob] = await alone.friends();
    await choose(bob, "invisible");
    expect(await alice.client.ask({ type: "get" })).toMatchObject({ count: 1 });
    await choose(bob, "online");
    expect(await alice.client.ask({ type: "get" })).toMatchObject({ count: 2 });
    await alone.stop();
  });

  test("who was away doesn't learn of it from the time of leaving", async () => {
    const [alice, bob] = await server.friends();
    await choose(bob, "invisible");
    const hidden = await alice.client.take(statusOf(bob.id, 0));
    await bob.client.close();
    await graceOver(server);
    const { result } = await alice.client.ask({ type: "get-friends" });
    expect(result[0].lastOnline).toBe(hidden["data"].lastOnline);
  });
});
