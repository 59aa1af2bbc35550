// Ids that nodes make in each other's stead: they keep to the clock while nodes come and go, so that what is said later,
// wherever, has the greater one; and no number is taken for one of the past that nobody was given.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { idsWithin, nodeOfId, timeOfId } from "../../src/domain/ids.ts";
import type { Json } from "../harness/client.ts";
import { hasCluster, startCluster, type TestCluster, type TestNode } from "../harness/cluster.ts";
import { done, foundServer } from "../harness/community.ts";
import type { Present } from "../harness/server.ts";
import { seqsOf, sync } from "../sync/asking.ts";

/** At least; and so many that as many nodes as are asked for have the room of one. */
const SERVERS = 12;
const AHEAD_MS = 1_000;

const sharesOf = (nodes: readonly TestNode[]) => nodes.map(({ app }) => app.node?.readings().slots ?? 0);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(20);
}

/** What somebody says in one server after another, until the rooms of so many nodes have it: its ids, in that order. */
async function saidBy(who: Present, nodes = 1): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < SERVERS || new Set(ids.map(nodeOfId)).size < nodes) {
    const server_id = await foundServer(who);
    const { categories } = await done(who, "get_server_channels", { server_id });
    const [{ id: channel_id }] = categories.flatMap(({ channels }: Json) => channels);
    const { message } = await done(who, "add_message", { channel_id, content: "hello" });
    expect(timeOfId(message.id)).toBeLessThanOrEqual(Date.now());
    ids.push(message.id);
  }
  return ids;
}

describe.skipIf(!hasCluster)("nodes that come and go", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster(3);
  }, 60_000);
  afterAll(() => cluster?.stop());

  test("make ids by the clock, and what is said later has the greater one", async () => {
    await until(() => sharesOf(cluster.nodes).every((slots) => slots > 0));
    const ids = await saidBy(await (cluster.nodes[2] as TestNode).join(), 3);
    expect(new Set(ids.map(nodeOfId)).size).toBe(3);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));

    const [first, ...others] = cluster.nodes as [TestNode, ...TestNode[]];
    await first.app.stop();
    await cluster.start();
    const staying = [...others, cluster.nodes.at(-1) as TestNode];
    await until(() => sharesOf(staying).every((slots) => slots > 0));
    const later = await saidBy(await (others[0] as TestNode).join());
    expect(later).toEqual(later.toSorted((one, other) => one - other));
  }, 60_000);

  test("take no number for given that nobody was given, though another node may give it soon", async () => {
    const alice = await (cluster.nodes.at(-1) as TestNode).join();
    for (let servers = 0; servers < SERVERS; servers += 1) {
      const server_id = await foundServer(alice);
      const topic = `server:${server_id}`;
      const { [topic]: seq = 0 } = await seqsOf(alice, [topic]);
      const ahead = seq + idsWithin(AHEAD_MS);
      expect(await sync(alice, { [topic]: ahead })).toEqual({ [topic]: { reset: true } });
      // Nor do ids run ahead by it.
      await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
      expect((await seqsOf(alice, [topic]))[topic]).toBeLessThan(ahead);
    }
  });
});
