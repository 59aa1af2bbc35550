// Nodes as processes of their own, which are killed in the middle of their work.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { databaseRows, type Rows } from "../harness/database-rows.ts";
import { hasNats } from "../harness/nats.ts";
import { type NodeProgram, NodePrograms } from "../harness/node-programs.ts";
import { hasSqld } from "../harness/sqld.ts";
import { Crowd, peoplesNode } from "./crowd.ts";

const COUNT = 3;
/** ORCHARD_TEST_ROUNDS=20 has it happen so often, to each node in turn. */
const ROUNDS = Number(process.env["ORCHARD_TEST_ROUNDS"] ?? "3");
const LOOK_MS = 10;
/** By then all is served again, each time. */
const SERVED_AGAIN_MS = 3_000;

describe.skipIf(!hasNats || !hasSqld)("three nodes under load", () => {
  let programs: NodePrograms;
  /** By number. */
  let nodes: Map<number, NodeProgram>;
  let crowd: Crowd;
  let database: Rows;

  const start = async () => {
    const node = await programs.start();
    const [number = 0] = Array.from({ length: COUNT }, (_, index) => index).filter((index) => !nodes.has(index));
    nodes.set(number, node);
  };
  const hasShares = async () => (await programs.shares()).values().every((count) => count > 40);

  beforeEach(async () => {
    programs = await NodePrograms.open();
    database = await databaseRows(programs.database_url);
    nodes = new Map();
    for (let started = 0; started < COUNT; started += 1) await start();
    crowd = new Crowd(() => [...nodes.values()]);
    while ((await programs.shares()).size < COUNT || !(await hasShares())) await Bun.sleep(20);
    await crowd.gather(3, 6);
    crowd.start();
  }, 240_000);
  afterEach(async () => {
    await crowd.stop();
    database.close();
    await programs.close();
  }, 240_000);

  /** After how long others have what that node had, and whoever was there has a socket at another one. */
  async function stagesOf(number: number, killed_ms: number): Promise<Record<string, number>> {
    const since = () => Math.round(performance.now() - killed_ms);
    const owners = async () => (await database("SELECT DISTINCT node FROM cluster_slots")).map(([node]) => node);
    const holder = async () => (await database("SELECT holder FROM cluster_nodes WHERE number = ?", number))[0]?.[0];
    const takenOver = async () => {
      while ((await holder()) !== "") await Bun.sleep(LOOK_MS);
      const buried = since();
      for (let now = await owners(); now.includes(null) || now.includes(number); now = await owners()) {
        await Bun.sleep(LOOK_MS);
      }
      return { buried, taken_over: since() };
    };
    const back = async () => {
      while (crowd.people.some((person) => person.node === null)) await Bun.sleep(LOOK_MS);
      return { back: since() };
    };
    return Object.assign({}, ...(await Promise.all([takenOver(), back()])));
  }

  const expectNothingLost = async () => {
    await crowd.stop();
    for (const { client } of crowd.openNotAt(null)) await client.rest();
    expect(await crowd.faultsIn(programs.database_url)).toEqual({ lost: 0, doubled: 0 });
    expect(await crowd.faultsHeard(programs.database_url)).toEqual([]);
  };

  test("one is killed, each in turn: others keep their sockets, and all is served again", async () => {
    let longest_ms = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const number = round === 0 ? ((await peoplesNode(programs.database_url)) ?? 0) : round % COUNT;
      const before = crowd.openNotAt(number);
      const killed = nodes.get(number);
      nodes.delete(number);
      const killed_ms = performance.now();
      await killed?.program.kill();
      const stages = stagesOf(number, killed_ms);
      await crowd.answered();
      const served_ms = Math.round(performance.now() - killed_ms);
      longest_ms = Math.max(longest_ms, served_ms);
      const told = Object.entries({ ...(await stages), served: served_ms }).map(([stage, ms]) => `${stage} ${ms}`);
      process.stderr.write(`node ${number} is killed: ${told.join(", ")} ms\n`);
      // By chance all may have been at the one that was killed.
      const lost = before.filter(({ is_open }) => !is_open).length;
      expect(lost).toBeLessThanOrEqual(0.05 * before.length);
      await start();
      while ((await programs.shares()).size < COUNT || !(await hasShares())) await Bun.sleep(20);
    }
    process.stderr.write(`${crowd.acknowledged} acknowledged, ${crowd.toldOffline()} told offline\n`);
    await expectNothingLost();
    expect(longest_ms).toBeLessThan(SERVED_AGAIN_MS);
  }, 600_000);
});
