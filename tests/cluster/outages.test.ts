// What nodes outlive, as people at them notice it who write all the while: one that stands still or loses the database for
// a while, nodes that are stopped one after the other, NATS and the database away.
// ORCHARD_TEST_ROUNDS=20 has each befall them so often, each node in turn, and longer.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { slotOf } from "../../src/cluster/slots.ts";
import { foundServer, inviteInto } from "../harness/community.ts";
import { hasNats } from "../harness/nats.ts";
import type { Present } from "../harness/server.ts";
import { hasSqld } from "../harness/sqld.ts";
import { epochOf } from "../sync/asking.ts";
import { Crowd, nodeOfSlot, type Person, type Said, type Socket } from "./crowd.ts";
import { hasReadiness, type ProxiedNode, ProxiedNodes, pulseOf } from "./proxied-nodes.ts";

const ROUNDS = Number(process.env["ORCHARD_TEST_ROUNDS"] ?? "1");
const [STANDSTILL_MS, OUTAGE_MS] = ROUNDS > 1 ? [10_000, 4_000] : [4_000, 1_000];
const ROUND_MS = 60_000;
/** What these may take at most. */
const TAKEN_OVER_MS = 6_000;
const HANDED_OVER_MS = 1_000;
const SERVED_AGAIN_MS = 5_000;
/** People who ask for what comes from another node: more than may be answered at once. */
const WAITING = 48;

const NO_NATS = "The server is not ready: NATS can't be reached.";
const NO_DATABASE = "The server is not ready: the node's lease has run out, and the database doesn't renew it.";

interface Outage {
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
}

describe.skipIf(!hasNats || !hasSqld)("three nodes under load", () => {
  let nodes: ProxiedNodes;
  let crowd: Crowd;
  beforeAll(async () => {
    nodes = await ProxiedNodes.start(3);
    crowd = new Crowd(() => nodes.servers, { pause_ms: 20 });
    await crowd.gather(3, 8);
  }, ROUND_MS);
  afterAll(() => nodes?.stop());
  beforeEach(() => crowd.start());
  /** Whatever befell them: what was acknowledged is there, once, and each socket has heard all, once, in its order. */
  afterEach(async () => {
    await crowd.stop();
    const { database_url } = nodes.programs;
    expect(await crowd.faultsIn(database_url)).toEqual({ lost: 0, doubled: 0 });
    const late_ms = performance.now() + SERVED_AGAIN_MS;
    let faults = await crowd.faultsHeard(database_url);
    for (; faults.length > 0 && performance.now() < late_ms; await Bun.sleep(20)) {
      faults = await crowd.faultsHeard(database_url);
    }
    expect(faults).toEqual([]);
  }, ROUND_MS);

  const since = (from_ms: number) => performance.now() - from_ms;
  const longest = (all_ms: number[]) => all_ms.reduce((most, ms) => Math.max(most, ms), 0);
  /** The longest wait of those whose sockets stayed. */
  const waitedFor = (said: Said[]) => longest(said.flatMap(({ refusals, took_ms }) => (refusals === 0 ? took_ms : [])));

  function eachRound(name: string, befall: (node: ProxiedNode) => Promise<void>): void {
    const run = async () => {
      for (let round = 0; round < ROUNDS; round += 1) await befall(nodes.all[round % nodes.all.length] as ProxiedNode);
    };
    test(name, run, ROUND_MS * ROUNDS);
  }

  /** Settles while it lasts, once others are served; those at the node have asked something then, and seen so much. */
  async function takenOver(begun_ms: number, number: number, others: Person[], sockets: Socket[]): Promise<number[]> {
    await Promise.all([crowd.served(begun_ms, others), nodes.buried(number)]);
    expect(since(begun_ms)).toBeLessThan(TAKEN_OVER_MS);
    const seen = sockets.map(({ client }) => client.seen.length);
    for (const { client } of sockets) {
      for (const channel_id of crowd.channels) {
        const data = { channel_id, amount: 10, anchor: 0, direction: true };
        client.send({ type: "get_message_chunk", id: "of late", data });
      }
    }
    await Bun.sleep(STANDSTILL_MS - since(begun_ms));
    return seen;
  }

  /** Others take what the node had. It ends when it finds out, having said nothing of what it knew. */
  async function expectTakenOver(node: ProxiedNode, { begin, end }: Outage): Promise<void> {
    const number = await nodes.numberOf(node);
    await crowd.spread(number);
    nodes.open.delete(node);
    // Who is on the way there would have a socket that says nothing.
    await crowd.connected();
    const sockets = crowd.people.flatMap((one) => (one.node === number ? one.sockets.slice(-1) : []));
    const others = crowd.people.filter((one) => one.node !== number);
    const begun_ms = performance.now();
    await begin();
    const taking = takenOver(begun_ms, number, others, sockets).finally(end);
    const seen = await taking.catch(async (error) => {
      // What comes after it is not to fail for that.
      await node.program.program.kill();
      await nodes.restart(node);
      throw error;
    });
    expect(await node.program.program.exited()).toBe(1);
    await Promise.all(sockets.map(({ client }) => client.closed));
    const said = sockets.flatMap(({ client }, index) => client.seen.slice(seen[index]));
    expect(said.flatMap(({ type }) => (type === "error" ? [] : type))).toEqual([]);
    await nodes.restart(node);
    await crowd.served(performance.now());
  }

  eachRound("one stands still: others take what it had, and when it goes on it says nothing old", (node) => {
    const { pid } = node.program.program;
    return expectTakenOver(node, {
      begin: () => void process.kill(pid, "SIGSTOP"),
      end: () => void process.kill(pid, "SIGCONT"),
    });
  });

  test("one stands still: who waits for its rooms keeps nobody from the others'", async () => {
    const [still, at] = await nodes.withoutPeople();
    const [owner, ...guests] = await Promise.all(Array.from({ length: WAITING }, () => at.program.join()));
    if (!owner) throw new Error("somebody has come");
    const [of_still, of_at] = await Promise.all([still, at].map((node) => serverIn(node, owner, guests)));
    const epoch = epochOf(owner);
    const sync = ({ client }: Present, server_id = 0) =>
      client.ask({ type: "sync", data: { epoch, topics: { [`server:${server_id}`]: server_id } } });
    const { pid } = still.program.program;
    process.kill(pid, "SIGSTOP");
    while (!(await Bun.file(`/proc/${pid}/stat`).text()).includes(" T ")) await Bun.sleep(1);
    const waiting = guests.map((guest) => sync(guest, of_still));
    try {
      // All that they asked has come by then.
      await owner.client.rest();
      expect((await sync(owner, of_at))["type"]).toBe("sync");
      expect(guests.flatMap(({ client }) => client.seen.filter(({ type }) => type === "sync"))).toEqual([]);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expect(new Set((await Promise.all(waiting)).map(({ type }) => type))).toEqual(new Set(["sync"]));
    await Promise.all([owner, ...guests].map(({ client }) => client.close()));
  });

  /** A server of the owner's that all these are in, of those that the node has. */
  async function serverIn(node: ProxiedNode, owner: Present, guests: Present[]): Promise<number> {
    const number = await nodes.numberOf(node);
    for (;;) {
      const server_id = await foundServer(owner);
      if ((await nodeOfSlot(nodes.programs.database_url, slotOf(server_id))) !== number) continue;
      await inviteInto(server_id, owner, ...guests);
      return server_id;
    }
  }

  eachRound("the database is away for one: others take what it had", (node) =>
    expectTakenOver(node, { begin: () => node.database.cut(), end: () => node.database.restore() }),
  );

  eachRound("all are stopped and started anew, one after the other: it costs nobody more than one retry", async () => {
    for (const node of nodes.all) {
      const quiet_ms = performance.now();
      await crowd.served(quiet_ms);
      const usual_ms = waitedFor(crowd.saidSince(quiet_ms));
      const told = crowd.openNotAt(null).map((socket): [Socket, number] => [socket, socket.client.seen.length]);
      nodes.open.delete(node);
      const stopped_ms = performance.now();
      expect(await node.program.program.stop()).toBe(0);
      await nodes.restart(node);
      await crowd.served(performance.now());
      const said = crowd.saidSince(stopped_ms);
      expect(longest(said.map(({ refusals }) => refusals))).toBeLessThanOrEqual(1);
      expect(waitedFor(said)).toBeLessThan(HANDED_OVER_MS + usual_ms);
      // Who came back meanwhile was shown how their friends were then.
      expect(crowd.toldOffline(told.filter(([{ is_open }]) => is_open))).toBe(0);
    }
  });

  /** While it lasts, those of whom it takes something say what, and all live; soon after it all are served. */
  async function expectOutlived(away: readonly ProxiedNode[], reason: string, { begin, end }: Outage): Promise<void> {
    const pulse = pulseOf(() => nodes.all);
    await begin();
    try {
      for (const node of away) await hasReadiness(node, reason);
      await Bun.sleep(OUTAGE_MS);
    } finally {
      await end();
    }
    const ended_ms = performance.now();
    await crowd.served(ended_ms);
    expect(since(ended_ms)).toBeLessThan(SERVED_AGAIN_MS);
    await nodes.ready();
    expect(await pulse.stop()).toBe(0);
  }

  eachRound("NATS is away for all", () => {
    const { nats } = nodes.programs;
    return expectOutlived(nodes.all, NO_NATS, { begin: () => nats.kill(), end: () => nats.restart() });
  });

  eachRound("NATS is away for one", (node) =>
    expectOutlived([node], NO_NATS, { begin: () => node.nats.cut(), end: () => node.nats.restore() }),
  );

  eachRound("what one says to NATS and hears of it is late", (node) =>
    expectOutlived([], "", { begin: () => node.nats.stall(), end: () => node.nats.restore() }),
  );

  // As where packets are dropped: for longer than pings go unanswered, so that it connects anew into nothing, too.
  for (const [end, name] of [
    ["restore", "what was on its way comes late"],
    ["forget", "what was connected stays dead"],
  ] as const) {
    eachRound(`NATS says nothing to one for long, nor hears it: ${name}`, (node) =>
      expectOutlived([node], NO_NATS, { begin: () => node.nats.stall(), end: () => node.nats[end]() }),
    );

    eachRound(`the database says nothing to any of them for long: ${name}`, () =>
      expectOutlived(nodes.all, NO_DATABASE, {
        begin: () => nodes.all.forEach(({ database }) => void database.stall()),
        end: () => nodes.all.forEach(({ database }) => void database[end]()),
      }),
    );
  }

  eachRound("the database says nothing to one: others take what it had", (node) =>
    expectTakenOver(node, { begin: () => node.database.stall(), end: () => node.database.restore() }),
  );

  eachRound("the database server is away for all", () => {
    const { sqld } = nodes.programs;
    return expectOutlived(nodes.all, NO_DATABASE, { begin: () => sqld.kill(), end: () => sqld.restart() });
  });
});
