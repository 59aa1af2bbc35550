// Several nodes as clients see them: whichever node has somebody's socket, it is one server.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../harness/client.ts";
import { hasCluster, startCluster, type TestCluster, type TestNode } from "../harness/cluster.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import type { Present } from "../harness/server.ts";
import { seqsOf, sync } from "../sync/asking.ts";

interface Crowd {
  people: [Present, ...Present[]];
  /** By channel: the ids of its messages, as their authors were answered. */
  added: Map<number, number[]>;
  /** Ends the writing once all that was said is answered. */
  stop(): Promise<void>;
}

/** Four people in twelve servers, all of whom have loaded all of it, and write without a pause. */
async function crowdAt(node: TestNode): Promise<Crowd> {
  const people = (await Promise.all(Array.from({ length: 4 }, () => node.join()))) as Crowd["people"];
  const [owner] = people;
  const channels: number[] = [];
  for (let servers = 0; servers < 12; servers += 1) {
    const server_id = await foundServer(owner);
    await inviteInto(server_id, ...people);
    for (const person of people) {
      const { categories } = await done(person, "get_server_channels", { server_id });
      const channel_id = categories.flatMap(({ channels }: Json) => channels)[0].id;
      await done(person, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
      if (person === owner) channels.push(channel_id);
    }
  }
  for (const { client } of people) await client.rest();
  const added = new Map<number, number[]>(channels.map((id) => [id, []]));
  let is_over = false;
  const writing = people.map(async (person) => {
    for (let number = 0; !is_over; number += 1) {
      const channel_id = channels[number % channels.length] as number;
      const { message } = await done(person, "add_message", { channel_id, content: `message ${number}` });
      added.get(channel_id)?.push(message.id);
    }
  });
  const stop = async () => {
    is_over = true;
    await Promise.all(writing);
  };
  return { people, added, stop };
}

/** Each has heard of each message once, in the channel's order. */
async function expectAllHeard({ people, added }: Crowd): Promise<void> {
  expect([...added.values()].flat().length).toBeGreaterThan(0);
  for (const { client } of people) {
    for (const [channel_id, ids] of added) {
      const isOfChannel = ({ type, topic }: Json) => type === "message_added" && topic === `channel:${channel_id}`;
      for (const id of ids.toSorted((one, other) => one - other)) {
        expect((await client.take(isOfChannel))["data"].id).toBe(id);
      }
    }
    expect((await client.rest()).filter(({ type }) => type === "message_added")).toEqual([]);
  }
}

describe.skipIf(!hasCluster)("rooms under load: nothing is refused, lost, doubled or out of order", () => {
  test("when nodes join, and are given their share; and when they leave, and hand theirs over", async () => {
    const cluster = await startCluster(1);
    const crowd = await crowdAt(cluster.nodes[0] as TestNode);
    const [two, three] = [await cluster.start(), await cluster.start()];
    while ((await cluster.slots()).size < 3 || Math.min(...(await cluster.slots()).values()) < 50) await Bun.sleep(20);
    for (const [left, node] of [two, three].entries()) {
      await node.app.stop();
      // What it couldn't hand over is free, and taken.
      while ((await cluster.slots()).size > 2 - left || (await cluster.slots()).has(null)) await Bun.sleep(20);
    }
    await crowd.stop();
    await expectAllHeard(crowd);
    await cluster.stop();
  }, 60_000);
});

describe.skipIf(!hasCluster)("three nodes", () => {
  let cluster: TestCluster;
  let [one, two, three]: TestNode[] = [];
  const at = (node: TestNode | undefined): TestNode => {
    if (!node) throw new Error("no such node");
    return node;
  };
  beforeAll(async () => {
    cluster = await startCluster(3);
    [one, two, three] = cluster.nodes;
  });
  afterAll(() => cluster?.stop());

  test("log a user in whose account another has made, and tell friends of each other", async () => {
    const alice = await at(one).join();
    const bob = await at(two).user();
    const bobs = await at(three).connect(bob);
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    expect(await bobs.take("friend-list-update")).toMatchObject({ data: { id: alice.id } });
    await bobs.ask({ type: "accept-friend-request", message: String(alice.id) });
    await alice.client.rest();
    bobs.send({ type: "now-playing", message: "Chess" });
    expect(await alice.client.take("now-playing")).toMatchObject({ data: { who: bob.id, app: "Chess" } });
  });

  test("tell everybody in a server of each message, in its order, whoever's room it is", async () => {
    const [alice, bob, carol] = await Promise.all([at(one).join(), at(two).join(), at(three).join()]);
    for (let servers = 0; servers < 4; servers += 1) {
      const server_id = await foundServer(alice);
      await inviteInto(server_id, alice, bob, carol);
      const { categories } = await done(bob, "get_server_channels", { server_id });
      const channel_id = categories.flatMap(({ channels }: Json) => channels)[0].id;
      for (const { client } of [alice, bob, carol]) {
        await client.ask({ type: "get_message_chunk", data: { channel_id, amount: 10, anchor: 0, direction: true } });
        await client.rest();
      }
      const sent = await Promise.all(
        Array.from({ length: 30 }, (_, number) =>
          done([alice, bob, carol][number % 3] as typeof alice, "add_message", { channel_id, content: `m${number}` }),
        ),
      );
      const ids = sent.map(({ message }) => message.id).toSorted((a, b) => a - b);
      for (const { client } of [alice, bob, carol]) {
        const heard: number[] = [];
        while (heard.length < 30) heard.push((await client.take("message_added"))["data"].id);
        expect(heard).toEqual(ids);
      }
    }
  });

  test("answer what is asked of oneself with all that was answered before, wherever it was done", async () => {
    const [alice, ...others] = await Promise.all([one, one, two, three].map((node) => at(node).join()));
    for (let servers = 0; servers < 4; servers += 1) {
      const server_id = await foundServer(alice as Present);
      await inviteInto(server_id, alice as Present, ...others);
      for (const bob of others) {
        const seqs = await seqsOf(bob, ["self"]);
        await done(bob, "leave_server", { server_id });
        const { self } = await sync(bob, seqs);
        expect(self.events.map(({ type }: Json) => type)).toEqual(["server_deleted"]);
      }
    }
  });
});
