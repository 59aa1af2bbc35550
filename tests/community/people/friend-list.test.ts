// The list of friends, and that it and what is told after it are always the whole.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { ask, befriend, eventsOf, refuse } from "./acquaintances.ts";
import { act, add, drop, entry } from "./friendships.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

conversation("get_friends", {
  async success() {
    const [alice, bob] = await server.friends();
    const [carol, dave, eve] = await Promise.all([server.join(), server.join(), server.join()]);
    await add(alice, carol);
    await add(dave, alice);
    await act(alice, "block", eve);
    const reply = await ask(alice, "get_friends");
    expect(reply["data"]).toEqual({
      friends: [entry(eve, "blocked"), entry(dave, "incoming"), entry(carol, "outgoing"), entry(bob, "friend")],
      seq: expect.any(Number),
    });
    const last = (await eventsOf(alice.client)).at(-1);
    expect(reply["data"].seq).toBe(last?.["seq"]);
  },
  errors: {},
  async malformed() {
    const alice = await server.join();
    for (const data of ["friends", 5, [1]]) await refuse(alice, "get_friends", data, "data");
  },
  also: {
    async "subscribes to the friends and to who asks, and to nobody else"() {
      const [alice, bob] = await server.friends();
      const [carol, dave, eve] = await Promise.all([server.join(), server.join(), server.join()]);
      await add(carol, alice);
      await add(alice, dave);
      await act(alice, "block", eve);
      await ask(alice, "get_friends");
      await alice.client.rest();
      for (const who of [bob, carol, dave, eve]) await ask(who, "update_user", { changes: { bio: "Plays chess." } });
      const [bio, topics] = ["Plays chess.", [bob, carol].map(({ id }) => `user:${id}`)];
      expect(await eventsOf(alice.client)).toMatchObject(topics.map((topic) => ({ topic, data: { bio } })));
    },
    async "carries the seq of `self` over a restart"() {
      const own = await startServer();
      const [alice] = await own.friends();
      const before = await ask(alice, "get_friends");
      const again = await own.restart();
      const client = await again.connect(alice);
      expect((await ask({ client }, "get_friends"))["data"]).toEqual(before["data"]);
      await again.stop();
    },
    async "of somebody new is empty, at 0"() {
      const alice = await server.join();
      expect((await ask(alice, "get_friends"))["data"]).toEqual({ friends: [], seq: 0 });
    },
  },
});

test("what was loaded and what was told since is the list, whoever does what at once", async () => {
  const [alice, ...others] = await Promise.all(Array.from({ length: 6 }, () => server.join()));
  if (!alice) throw new Error("nobody came");
  const steps = ["add", "accept", "decline", "block", "unblock", "drop", "add", "accept"];
  for (let round = 0; round < 12; round += 1) {
    const doing = others.flatMap((other, index) =>
      [alice, other].map((who, side) => {
        const whom = who === alice ? other : alice;
        const step = steps[(round * 3 + index * 5 + side * 2) % steps.length] as string;
        return step === "add" ? add(who, whom) : step === "drop" ? drop(who, whom) : act(who, step, whom);
      }),
    );
    const phone = await server.connect(alice);
    const loaded = await ask({ client: phone }, "get_friends");
    await Promise.all(doing);
    await phone.rest();
    const list = new Map<number, string>(loaded["data"].friends.map((one: Json) => [one.user_id, one.state]));
    let told: number = loaded["data"].seq;
    for (const { topic, seq, data } of phone.seen.slice(phone.seen.indexOf(loaded) + 1)) {
      if (topic !== "self") continue;
      expect(seq).toBeGreaterThan(told);
      told = seq;
      if (data.state === "none") list.delete(data.user_id);
      else list.set(data.user_id, data.state);
    }
    const fresh = (await ask({ client: phone }, "get_friends"))["data"];
    expect(Object.fromEntries(list)).toEqual(
      Object.fromEntries(fresh.friends.map((one: Json) => [one.user_id, one.state])),
    );
    expect(fresh.seq).toBe(told);
    await phone.close();
  }
});

test("what is told carries the seq that is stored", async () => {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  await befriend(alice, bob);
  await act(alice, "block", bob);
  const rows = readRows(server.folder, "select seq from friendships where user_id in (?, ?)", [alice.id, bob.id]);
  const [mine] = await eventsOf(alice.client);
  const [theirs] = await eventsOf(bob.client);
  expect(rows).toEqual([{ seq: mine?.["seq"] }, { seq: theirs?.["seq"] }]);
});
