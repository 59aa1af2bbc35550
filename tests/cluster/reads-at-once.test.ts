// How much a node asks the database server at once: its share of what all nodes may, as of how many it knows to be there.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type OpenedNode, openNode } from "../../src/cluster/open-node.ts";
import { limits } from "../../src/domain/limits.ts";
import { type Gate, openGate } from "../db/engine/gate.ts";
import { hasCluster } from "../harness/cluster.ts";
import { Nats } from "../harness/nats.ts";
import { sharedSqld } from "../harness/sqld.ts";

const READS = 60;

describe.skipIf(!hasCluster)("the reads of a node", () => {
  let nats: Nats;
  let url: string;
  let gate: Gate;
  const opened: OpenedNode[] = [];
  beforeAll(async () => {
    nats = await Nats.start();
    url = await (await sharedSqld()).newDatabase();
    gate = openGate(url);
  });
  afterAll(async () => {
    for (const node of opened) await leave(node);
    await gate?.stop();
    await nats?.stop();
    if (url) await (await sharedSqld()).removeDatabase(url);
  });

  async function open(at: string): Promise<OpenedNode> {
    const cluster = { servers: [nats.url], name: "test" };
    const node = await openNode({ url: at, cluster, version: "test", random: Math.random });
    opened.push(node);
    return node;
  }

  async function leave(node: OpenedNode): Promise<void> {
    await node.leave();
    await node.store.close();
  }

  /** The most that were under way of many, of which the first are answered once there are `expected`. */
  async function mostAtOnce({ store, look }: OpenedNode, expected: number): Promise<number> {
    await look();
    const all = Promise.withResolvers<void>();
    let [underway, most] = [0, 0];
    const counted: Parameters<Gate["next"]>[0] = async ({ requests, send }) => {
      if (!JSON.stringify(requests).includes("somebody")) return send();
      underway += 1;
      most = Math.max(most, underway);
      if (underway >= expected) all.resolve();
      await all.promise;
      const answer = await send();
      underway -= 1;
      return answer;
    };
    // Its renewals pass through the gate, too.
    gate.next(...Array.from({ length: 10 * READS }, () => counted));
    await Promise.all(Array.from({ length: READS }, (_, at) => store.users.byNameKey(`somebody ${at}`)));
    gate.forget();
    return most;
  }

  test("are its share of what all may ask at once, anew whenever nodes come or go", async () => {
    const { remote_database_requests: alone, remote_database_requests_of_all: all } = limits;
    const node = await open(gate.url);
    expect(await mostAtOnce(node, alone)).toBe(alone);
    await open(url);
    const third = await open(url);
    expect(await mostAtOnce(node, all / 3)).toBe(all / 3);
    await leave(third);
    opened.pop();
    expect(await mostAtOnce(node, alone)).toBe(alone);
  });
});
