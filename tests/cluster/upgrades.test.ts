// Nodes that come to the next version one after the other while people write, and one that goes back: processes of two
// versions, of which the later one speaks one more protocol and adds to the database what the other knows nothing of.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { version } from "../../package.json";
import { hasCluster } from "../harness/cluster.ts";
import { rowsOnce } from "../harness/database-rows.ts";
import { source } from "../harness/program.ts";
import { Crowd, type Socket } from "./crowd.ts";
import { ProxiedNodes } from "./proxied-nodes.ts";

const CASE_MS = 120_000;
const newer_version = "999.0.0";
const [bun = "bun", ...rest] = source;
const newer = [bun, "--preload", join(import.meta.dir, "newer-version.ts"), ...rest];

describe.skipIf(!hasCluster)("three nodes that are upgraded", () => {
  let nodes: ProxiedNodes;
  let crowd: Crowd;
  beforeAll(async () => {
    nodes = await ProxiedNodes.start(3);
    crowd = new Crowd(() => nodes.servers, { pause_ms: 20 });
    await crowd.gather(2, 6);
  }, CASE_MS);
  afterAll(() => nodes?.stop());

  const rows = (sql: string) => rowsOnce(nodes.programs.database_url, sql);
  const versions = async () => {
    const read = await rows("SELECT description ->> 'version' FROM cluster_nodes WHERE holder <> '' ORDER BY 1");
    return read.map(([name]) => name);
  };
  const columns = async () =>
    (await rows("SELECT count(*) FROM pragma_table_info('users') WHERE name = 'newer'"))[0]?.[0];

  /** By the next version or this one, while people at the others write. */
  async function replace(node: (typeof nodes.all)[number], command: readonly string[]): Promise<void> {
    const told = crowd.openNotAt(null).map((socket): [Socket, number] => [socket, socket.client.seen.length]);
    nodes.open.delete(node);
    const stopped_ms = performance.now();
    expect(await node.program.program.stop()).toBe(0);
    await nodes.restart(node, command);
    await crowd.served(performance.now());
    expect(crowd.saidSince(stopped_ms).filter(({ refusals }) => refusals > 1)).toEqual([]);
    expect(crowd.toldOffline(told.filter(([{ is_open }]) => is_open))).toBe(0);
  }

  test(
    "go on beside each other, lose nothing, and may go back",
    async () => {
      crowd.start();
      const [one, two, three] = nodes.all as [
        (typeof nodes.all)[number],
        (typeof nodes.all)[number],
        (typeof nodes.all)[number],
      ];
      expect([await versions(), await columns()]).toEqual([[version, version, version], 0]);
      await replace(one, newer);
      expect([await versions(), await columns()]).toEqual([[version, version, newer_version].toSorted(), 1]);
      await replace(two, newer);
      await replace(three, newer);
      expect(await versions()).toEqual([newer_version, newer_version, newer_version]);
      await replace(two, source);
      expect(await versions()).toEqual([version, newer_version, newer_version].toSorted());
      await crowd.stop();
      const { database_url } = nodes.programs;
      expect(await crowd.faultsIn(database_url)).toEqual({ lost: 0, doubled: 0 });
      expect(await crowd.faultsHeard(database_url)).toEqual([]);
    },
    CASE_MS,
  );
});
