// The work that only one of several nodes does: what is noted at any of them is done, and it goes on when that one ends.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { people_slot } from "../../src/cluster/slots.ts";
import { type Json, TestClient } from "../harness/client.ts";
import { hasCluster, startCluster, type TestCluster, type TestNode } from "../harness/cluster.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { databaseRows, type Rows } from "../harness/database-rows.ts";
import { type NodeProgram, NodePrograms } from "../harness/node-programs.ts";
import { PASSWORD, type Present } from "../harness/server.ts";
import { epochOf, seqsOf, sync } from "../sync/asking.ts";

const PEOPLE = `SELECT node FROM cluster_slots WHERE slot = ${people_slot}`;

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(20);
}

/** Opens a session: who comes while people move may have to come again. */
async function comeTo({ url }: TestNode, { token }: Present): Promise<TestClient> {
  for (;;) {
    const client = await TestClient.open(url, token);
    const ready = client.take("ready").catch(() => null);
    if (await Promise.race([ready, client.closed.then(() => null)])) return client;
  }
}

async function channelOf(who: Present, server_id: number): Promise<number> {
  const { categories } = await done(who, "get_server_channels", { server_id });
  return categories.flatMap(({ channels }: Json) => channels)[0].id;
}

describe.skipIf(!hasCluster)("three nodes", () => {
  let cluster: TestCluster;
  let rows: Rows;
  beforeAll(async () => {
    // All that has ended is old: ids of a slot that moved run ahead of the clock.
    cluster = await startCluster(3, { tombstone_age_ms: -60_000 });
    rows = await databaseRows(cluster.database_url);
    await until(async () => (await rows("SELECT 1 FROM cluster_slots WHERE node IS NULL")).length === 0);
  }, 60_000);
  afterAll(async () => {
    rows?.close();
    await cluster?.stop();
  });

  const at = (node: number): TestNode => {
    const found = cluster.nodes[node];
    if (!found) throw new Error("no such node");
    return found;
  };

  test("have go what a banned one wrote, wherever they were banned", async () => {
    const [alice, bob] = [await at(0).join(), await at(1).join()];
    // Their rooms are at one node and another.
    for (let servers = 0; servers < 6; servers += 1) {
      const server_id = await foundServer(alice);
      await inviteInto(server_id, alice, bob);
      const channel_id = await channelOf(alice, server_id);
      const chunk = { channel_id, amount: 10, anchor: 0, direction: true };
      await done(alice, "get_message_chunk", chunk);
      const { message } = await done(bob, "add_message", { channel_id, content: "spam" });
      await done(alice, "ban_member", { server_id, user_id: bob.id, delete_messages_s: 3_600 });
      expect((await alice.client.take("message_deleted"))["data"]).toMatchObject({ id: message.id });
    }
    await until(async () => (await rows("SELECT 1 FROM message_sweeps")).length === 0);
  }, 60_000);

  test("have go what somebody wrote who ends their account at any of them", async () => {
    const alice = await at(0).join();
    const server_id = await foundServer(alice);
    const channel_id = await channelOf(alice, server_id);
    await done(alice, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    for (const node of cluster.nodes) {
      const bob = await node.join();
      await inviteInto(server_id, alice, bob);
      const { message } = await done(bob, "add_message", { channel_id, content: "of former days" });
      const body = { password: PASSWORD, messages: true };
      expect((await node.call("DELETE", "/user", body, bob.token)).status).toBe(200);
      expect((await alice.client.take("message_deleted"))["data"]).toMatchObject({ id: message.id });
    }
  }, 60_000);

  test("forget what ended when all of them know it, so that no older copy is taken for whole", async () => {
    const owner = Number((await rows(PEOPLE))[0]?.[0]);
    const staying = cluster.nodes.filter((_, number) => number !== owner);
    const alice = await at(owner).join();
    const channel_id = await channelOf(alice, await foundServer(alice));
    const topic = `channel:${channel_id}`;
    const add = async () => (await done(alice, "add_message", { channel_id, content: "m" }))["message"].id as number;
    const ids = [await add(), await add(), await add()];
    const before = await seqsOf(alice, [topic]);
    for (const message_id of ids) await done(alice, "delete_message", { message_id });
    const epoch = epochOf(alice);
    const tombstones = "SELECT count(*) FROM messages WHERE channel_id = ? AND deleted_at IS NOT NULL";
    const ended = async () => Number((await rows(tombstones, channel_id))[0]?.[0]);
    expect(await ended()).toBe(ids.length);
    // Who takes the work over begins with it at once.
    await at(owner).app.stop();
    let is_over = false;
    while (!is_over) {
      is_over = (await ended()) < ids.length;
      for (const node of staying) {
        const again = { ...alice, client: await comeTo(node, alice) };
        const { events, reset } = (await sync(again, before, epoch))[topic];
        const told = (events ?? []).map(({ data }: Json) => data.id);
        expect(reset === true || ids.every((id) => told.includes(id))).toBe(true);
        if (is_over) expect(reset).toBe(true);
        await again.client.close();
      }
    }
  }, 60_000);
});

describe.skipIf(!hasCluster)("a node that ends", () => {
  let nodes: NodePrograms;
  let rows: Rows;
  beforeAll(async () => {
    nodes = await NodePrograms.open();
    rows = await databaseRows(nodes.database_url);
  }, 60_000);
  afterEach(() => rows.close());
  afterAll(() => nodes?.close());

  test("leaves the upkeep to another one, by whatever it ends", async () => {
    const running = new Map<number, NodeProgram>();
    running.set(0, await nodes.start());
    const alice = await running.get(0)?.user();
    const expired = () => rows("SELECT id FROM logins WHERE expires_at = 2");
    /** What is to go when somebody begins with the work, and else would stay for an hour. */
    const expire = () =>
      rows("INSERT INTO logins (id, user_id, created_at, expires_at) VALUES (1, ?, 1, 2)", alice?.id ?? 0);
    const owner = async () => Number((await rows(PEOPLE))[0]?.[0] ?? -1);
    await running.get(0)?.program.stop();
    await expire();
    for (let number = 0; number < 3; number += 1) running.set(number, await nodes.start());
    await until(async () => (await expired()).length === 0);
    for (const end of ["kill", "stop"] as const) {
      await expire();
      const number = await owner();
      await running.get(number)?.program[end]();
      running.delete(number);
      await until(async () => (await expired()).length === 0);
      expect(running.has(await owner())).toBe(true);
    }
  }, 60_000);
});
