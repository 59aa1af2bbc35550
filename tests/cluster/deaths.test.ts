// Nodes as processes of their own, which are killed in the middle of their work.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { hasNats } from "../harness/nats.ts";
import { type NodeProgram, NodePrograms } from "../harness/node-programs.ts";
import { hasSqld } from "../harness/sqld.ts";
import { Crowd, peoplesNode } from "./crowd.ts";

const COUNT = 3;
/** ORCHARD_TEST_ROUNDS=20 has it happen so often, to each node in turn. */
const ROUNDS = Number(process.env["ORCHARD_TEST_ROUNDS"] ?? "3");

describe.skipIf(!hasNats || !hasSqld)("three nodes under load", () => {
  let programs: NodePrograms;
  /** By number. */
  let nodes: Map<number, NodeProgram>;
  let crowd: Crowd;

  const start = async () => {
    const node = await programs.start();
    const [number = 0] = Array.from({ length: COUNT }, (_, index) => index).filter((index) => !nodes.has(index));
    nodes.set(number, node);
  };
  const hasShares = async () => (await programs.shares()).values().every((count) => count > 40);

  beforeEach(async () => {
    programs = await NodePrograms.open();
    nodes = new Map();
    for (let started = 0; started < COUNT; started += 1) await start();
    crowd = new Crowd(() => [...nodes.values()]);
    while ((await programs.shares()).size < COUNT || !(await hasShares())) await Bun.sleep(20);
    await crowd.gather(3, 6);
    crowd.start();
  }, 240_000);
  afterEach(async () => {
    await crowd.stop();
    await programs.close();
  }, 240_000);

  const expectNothingLost = async () => {
    await crowd.stop();
    for (const { client } of crowd.openNotAt(null)) await client.rest();
    expect(await crowd.faultsIn(programs.database_url)).toEqual({ lost: 0, doubled: 0 });
    expect(await crowd.faultsHeard(programs.database_url)).toEqual([]);
  };

  test("one is killed, each in turn: others keep their sockets, and all is served again", async () => {
    const served_ms: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const number = round === 0 ? ((await peoplesNode(programs.database_url)) ?? 0) : round % COUNT;
      const before = crowd.openNotAt(number);
      const killed = nodes.get(number);
      nodes.delete(number);
      const killed_ms = performance.now();
      await killed?.program.kill();
      await crowd.answered();
      served_ms.push(Math.round(performance.now() - killed_ms));
      // By chance all may have been at the one that was killed.
      const lost = before.filter(({ is_open }) => !is_open).length;
      expect(lost).toBeLessThanOrEqual(0.05 * before.length);
      await start();
      while ((await programs.shares()).size < COUNT || !(await hasShares())) await Bun.sleep(20);
    }
    process.stderr.write(
      `served again after ${served_ms} ms; ${crowd.acknowledged} acknowledged; ${crowd.toldOffline()} told offline\n`,
    );
    await expectNothingLost();
  }, 600_000);
});
