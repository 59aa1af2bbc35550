// Leases and slots as rows of a real database server: who gets them, who loses them, and what writes are refused.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Membership, type MembershipOptions, type MembershipTimes } from "../../src/cluster/membership/membership.ts";
import { takeNumber } from "../../src/cluster/membership/numbers.ts";
import { claiming, guardingSlot, type SlotFence } from "../../src/cluster/membership/tables.ts";
import { WithoutOwner } from "../../src/cluster/node/without-owner.ts";
import { all_slots } from "../../src/cluster/slots.ts";
import { type DatabaseServer, reachServer } from "../../src/db/engine/database-server.ts";
import type { Statement } from "../../src/db/engine/driver.ts";
import { createNodeIds, idsWithin, nodeOfId, timeOfId } from "../../src/domain/ids.ts";
import { openGate } from "../db/engine/gate.ts";
import { hasSqld, Sqld, sharedSqld } from "../harness/sqld.ts";

const DEADLINE_MS = 5_000;
/** The test says when a round is. */
const by_hand: MembershipTimes = {
  renew_ms: 2 ** 30,
  patience_ms: 2 ** 30,
  giving_ms: 2 ** 30,
  lease_ms: 1_200,
  dead_ms: 1_800,
  overdue_ms: 1_000,
};

let url: string;
const opened: { membership?: Membership; server: DatabaseServer }[] = [];
beforeEach(async () => {
  if (hasSqld) url = await (await sharedSqld()).newDatabase();
});
afterEach(async () => {
  for (const { membership, server } of opened.splice(0)) {
    await membership?.leave().catch(() => {});
    server.close();
  }
  if (hasSqld) await (await sharedSqld()).removeDatabase(url);
});

interface Node {
  membership: Membership;
  server: DatabaseServer;
  holder: string;
  lost: string[];
  changes: number;
  without_owner: WithoutOwner;
  /** What its clock shows; each has its own. */
  clock: { ms: number };
}

async function join(starts_ms: number, more: Partial<MembershipOptions> & { at?: string } = {}): Promise<Node> {
  const server = await reachServer({ url: more.at ?? url }, DEADLINE_MS);
  const clock = { ms: starts_ms };
  const holder = crypto.randomUUID();
  const without_owner = new WithoutOwner();
  const node = { server, holder, clock, lost: [] as string[], changes: 0, without_owner };
  let joined: Membership | null = null;
  const membership = await Membership.join({
    ...{ server, holder, times: by_hand, description: { name: `from ${starts_ms}` }, allowUnsafe: false, createIds },
    clock: () => clock.ms,
    onRenewed: () => {
      node.changes += 1;
      if (joined) without_owner.note(joined, clock.ms);
    },
    onLost: (reason) => void node.lost.push(reason),
    ...more,
  });
  joined = membership;
  opened.push({ membership, server });
  await membership.serve();
  return Object.assign(node, { membership });
}

const slotsOf = ({ membership }: Node) =>
  Array.from({ length: all_slots }, (_, slot) => slot).filter(
    (slot) => membership.slot(slot).node === membership.place.number,
  );

/** Time passes for these, and they renew. */
async function pass(ms: number, ...nodes: Node[]): Promise<void> {
  for (const { clock } of nodes) clock.ms += ms;
  for (const { membership } of nodes) await membership.renew();
}

const createIds = (node: number) => createNodeIds(node, 0, Date.now, Math.random);

const statement = (sql: string, ...params: (string | number)[]): Statement => ({ sql, params });
const fenceOf = ({ membership }: Node, slot: number): SlotFence => [
  membership.place.number,
  slot,
  membership.slot(slot).epoch,
];

/** Writes for these slots; comes to `done`, or why not. */
async function write({ membership, server }: Node, slots: readonly SlotFence[], guard = membership.guard()) {
  const create = statement("CREATE TABLE IF NOT EXISTS written (n)");
  const insert = statement("INSERT INTO written VALUES (1)");
  const answer = await server.batch([guard, ...slots.map(guardingSlot), create, insert]);
  return answer.state === "refused" ? answer.fault.constraint : answer.state;
}

describe.skipIf(!hasSqld)("nodes that join", () => {
  test("have numbers of their own, and one alone has all slots", async () => {
    const one = await join(0);
    expect(one.membership.place).toEqual({ number: 0, incarnation: 1 });
    expect(slotsOf(one)).toHaveLength(all_slots);
    expect(one.membership.isGood).toBe(true);
    expect(one.membership.leaseLeftMs).toBe(1_200);
    const two = await join(0);
    expect(two.membership.place.number).toBe(1);
    expect(slotsOf(two)).toEqual([]);
    expect(two.membership.nodes.map(({ number, description }) => [number, JSON.parse(description)])).toEqual([
      [0, { name: "from 0" }],
      [1, { name: "from 0" }],
    ]);
  });

  test("at once, on an empty database, share the slots among them, each slot to one", async () => {
    const nodes = await Promise.all([join(0), join(0), join(0)]);
    expect(new Set(nodes.map(({ membership }) => membership.place.number)).size).toBe(3);
    await pass(100, ...nodes);
    await pass(100, ...nodes);
    const owned = nodes.flatMap(slotsOf);
    expect(owned.toSorted((one, other) => one - other)).toEqual(Array.from({ length: all_slots }, (_, slot) => slot));
    for (const node of nodes)
      expect(nodes.map(({ membership }) => membership.slot(9))).toEqual(Array(3).fill(node.membership.slot(9)));
  });

  test("are given their share by who had all, slot by slot", async () => {
    const one = await join(0);
    const two = await join(0);
    await pass(100, one);
    const to_give = one.membership.toGive();
    expect(to_give.length).toBeGreaterThan(100);
    const [slot] = to_give;
    if (!slot) throw new Error("there is nothing to give");
    await one.membership.give([slot], slot.to);
    expect(one.membership.slot(slot.slot)).toEqual({ epoch: slot.epoch + 1, node: 1 });
    // In the epoch that it was given in, it can't be given again.
    await one.membership.give([slot], slot.to);
    expect(one.membership.slot(slot.slot)).toEqual({ epoch: slot.epoch + 1, node: 1 });
    await pass(100, two);
    expect(slotsOf(two)).toEqual([slot.slot]);
    expect(two.membership.toGive()).toEqual([]);
    const [other] = one.membership.toGive();
    if (!other) throw new Error("there is nothing to give");
    await one.membership.give([other], 17);
    expect(one.membership.slot(other.slot)).toEqual({ epoch: other.epoch, node: 0 });
  });
});

describe.skipIf(!hasSqld)("a hand-over of unknown end", () => {
  /** A server that answers nothing of what hands slots over; `late` does it after all. */
  async function silent() {
    const real = await reachServer({ url }, DEADLINE_MS);
    const unanswered: (() => Promise<unknown>)[] = [];
    const batch: DatabaseServer["batch"] = (statements) => {
      if (!statements.some(({ sql }) => sql.includes("AS given"))) return real.batch(statements);
      unanswered.push(() => real.batch(statements));
      return new Promise(() => {});
    };
    const late = async () => {
      for (const send of unanswered.splice(0)) await send();
    };
    return { server: { ...real, batch }, late };
  }

  test("can't be done any more once it is known that it wasn't", async () => {
    const { server, late } = await silent();
    const one = await join(0, { server, times: { ...by_hand, giving_ms: 50 } });
    await join(0);
    await pass(100, one);
    const [slot] = one.membership.toGive();
    if (!slot) throw new Error("there is nothing to give");
    await one.membership.give([slot], slot.to);
    expect(one.membership.slot(slot.slot)).toEqual({ epoch: slot.epoch, node: 0 });
    await late();
    await pass(100, one);
    expect(one.membership.slot(slot.slot)).toEqual({ epoch: slot.epoch, node: 0 });
  });
});

describe.skipIf(!hasSqld)("how long slots were without an owner", () => {
  /** The one that has most slots, and the two others, who have read its beat at this moment. */
  async function three(): Promise<[Node, Node, Node]> {
    const nodes = await Promise.all([join(0), join(0), join(0)]);
    await pass(100, ...nodes);
    nodes.sort((one, other) => slotsOf(other).length - slotsOf(one).length);
    await pass(100, ...nodes);
    return nodes as [Node, Node, Node];
  }
  const longest = (...nodes: Node[]) => nodes.map(({ without_owner }) => without_owner.last_ms);

  test("is told from when the beat stood still, by who buries a node and by who reads that others did", async () => {
    const [, first, second] = await three();
    for (let rounds = 0; rounds < 4; rounds += 1) await pass(500, first, second);
    expect(longest(first, second)).toEqual([2_000, 2_000]);
    // The share of the other, which this one read as free.
    await pass(100, first, second);
    expect(longest(first)).toEqual([2_100]);
  });

  test("is told from when the line ended, where there was one", async () => {
    const [dead, first] = await three();
    await pass(1_000, dead, first);
    first.without_owner.ended(dead.holder, first.clock.ms);
    first.clock.ms += 300;
    first.membership.bury(dead.holder);
    await first.membership.renew();
    expect(longest(first)).toEqual([300]);
  });

  test("is nothing where slots are given", async () => {
    const [one, two] = [await join(0), await join(0)];
    await pass(100, one, two);
    await one.membership.give(one.membership.toGive(), two.membership.place.number);
    await pass(100, two, one);
    expect(slotsOf(two).length).toBeGreaterThan(100);
    expect(longest(one, two)).toEqual([0, 0]);
  });
});

describe.skipIf(!hasSqld)("a node that dies", () => {
  test("is buried once its beat stood still, and what it had is shared by the others", async () => {
    const nodes = await Promise.all([join(0), join(0), join(0)]);
    await pass(100, ...nodes);
    const [dead, ...living] = nodes as [Node, Node, Node];
    const had = slotsOf(dead);
    for (let rounds = 0; rounds < 3; rounds += 1) await pass(500, ...living);
    expect(living.flatMap(slotsOf)).not.toContain(had[0]);
    await pass(500, ...living);
    await pass(100, ...living);
    expect(living.flatMap(slotsOf)).toHaveLength(all_slots);
    expect(living[0].membership.nodes).toHaveLength(2);
    expect(dead.lost).toEqual([]);
    await dead.membership.renew();
    expect(dead.lost).toHaveLength(1);
    expect(dead.membership.isGood).toBe(false);
    expect(await write(dead, [])).toBe("stale_term");
  });

  test("is buried, and what it had is taken, in one step by who finds it dead", async () => {
    const [dead, living] = [await join(0), await join(0)];
    for (let rounds = 0; rounds < 3; rounds += 1) await pass(500, living);
    expect(slotsOf(living)).toEqual([]);
    const { server, membership, clock } = living;
    let batches = 0;
    for (const way of ["batch", "commit"] as const) {
      const send = server[way].bind(server);
      server[way] = (statements) => {
        batches += 1;
        return send(statements);
      };
    }
    clock.ms += 400;
    await membership.renew();
    expect(slotsOf(living)).toHaveLength(all_slots);
    // It says that it lives, takes all, and reads what that came to.
    expect(batches).toBe(3);
    expect(dead.lost).toEqual([]);
  });

  test("for certain is buried at once, once all that it had said of itself before is read", async () => {
    const nodes = await Promise.all([join(0), join(0), join(0)]);
    await pass(100, ...nodes);
    // Whoever served first may have all slots.
    nodes.sort((one, other) => slotsOf(other).length - slotsOf(one).length);
    const [dead, ...living] = nodes as [Node, Node, Node];
    const [first] = living;
    const had = slotsOf(dead);
    // It died having said that it lives, which nobody has read.
    await dead.membership.renew();
    first.membership.bury(dead.holder);
    await first.membership.renew();
    expect(first.membership.nodes).toHaveLength(2);
    const taken = slotsOf(first).filter((slot) => had.includes(slot));
    expect(taken.length).toBeGreaterThan(20);
    await pass(1, ...living);
    expect(living.flatMap(slotsOf)).toHaveLength(all_slots);
    expect(await write(dead, [])).toBe("stale_term");
    await dead.membership.renew();
    expect([dead.lost.length, dead.membership.isGood]).toEqual([1, false]);
  });

  test("for certain is nobody else's place: who has the number now, or has left, isn't buried for it", async () => {
    const [gone, living] = [await join(0), await join(0)];
    await gone.membership.leave();
    const again = await join(0);
    expect(again.membership.place.number).toBe(gone.membership.place.number);
    living.membership.bury(gone.holder);
    await pass(100, living, again);
    expect(living.membership.nodes).toHaveLength(2);
    expect(again.lost).toEqual([]);
  });

  test("and comes back is another one, and gets nothing that was sent before done", async () => {
    const one = await join(0);
    const guard = one.membership.guard();
    expect(await write(one, [], guard)).toBe("done");
    const two = await join(0);
    for (let rounds = 0; rounds < 6; rounds += 1) await pass(500, two);
    expect(slotsOf(two)).toHaveLength(all_slots);
    const again = await join(0);
    expect(again.membership.place).toEqual({ number: 0, incarnation: 2 });
    expect(await write(one, [], guard)).toBe("stale_term");
  });

  test("isn't found by who can't reach the database either: nobody is buried after an outage for all", async () => {
    const sqld = await Sqld.start();
    const at = await sqld.newDatabase();
    const nodes = await Promise.all([join(0, { at }), join(0, { at }), join(0, { at })]);
    await pass(100, ...nodes);
    await sqld.kill();
    await pass(5_000, ...nodes);
    expect(nodes.map(({ membership }) => membership.isGood)).toEqual([false, false, false]);
    await sqld.restart();
    const [first, ...others] = nodes as [Node, Node, Node];
    // The first is back long before the others renew.
    for (let rounds = 0; rounds < 4; rounds += 1) await pass(400, first);
    await pass(2_000, ...others);
    expect(nodes.map(({ lost, membership }) => [lost, membership.isGood])).toEqual(Array(3).fill([[], true]));
    for (const { membership, server } of opened.splice(0)) {
      await membership?.leave();
      server.close();
    }
    await sqld.remove();
  });

  test("whatever its clock shows: an hour ahead or behind, and none compares them", async () => {
    const hour_ms = 3_600_000;
    const [behind, ahead, right] = await Promise.all([join(-hour_ms), join(hour_ms), join(0)]);
    for (let rounds = 0; rounds < 6; rounds += 1) await pass(400, behind, ahead, right);
    expect([behind, ahead, right].map(({ lost }) => lost)).toEqual([[], [], []]);
    for (let rounds = 0; rounds < 6; rounds += 1) await pass(400, behind, right);
    expect(behind.membership.nodes).toHaveLength(2);
    expect([...slotsOf(behind), ...slotsOf(right)]).toHaveLength(all_slots);
  });
});

describe.skipIf(!hasSqld)("a node that leaves", () => {
  test("gives its slots one after the other, and is gone without being found dead", async () => {
    const one = await join(0);
    const two = await join(0);
    await one.membership.announceLeave();
    const to_give = one.membership.toGive();
    expect(to_give).toHaveLength(all_slots);
    for (const slot of to_give.slice(0, 3)) await one.membership.give([slot], slot.to);
    await pass(100, two);
    expect(slotsOf(two)).toHaveLength(3);
    await one.membership.leave();
    await pass(100, two);
    expect(slotsOf(two)).toHaveLength(all_slots);
    expect(two.membership.nodes.map(({ number }) => number)).toEqual([1]);
    expect(one.lost).toEqual([]);
  });
});

describe.skipIf(!hasSqld)("the ids of a node", () => {
  test("that takes a slot over have a floor above all that were made for it, whatever the clocks show", async () => {
    const hour_ms = 3_600_000;
    const fast = await join(0, {
      createIds: (node) => createNodeIds(node, 0, () => Date.now() + hour_ms, Math.random),
    });
    const slow = await join(0, {
      createIds: (node) => createNodeIds(node, 0, () => Date.now() - hour_ms, Math.random),
    });
    const before = Array.from({ length: 1_000 }, () => fast.membership.ids.next());
    expect(new Set(before.map(nodeOfId))).toEqual(new Set([fast.membership.place.number]));
    expect(slow.membership.ids.next()).toBeLessThan(before[0] ?? 0);
    for (let rounds = 0; rounds < 6; rounds += 1) await pass(500, slow);
    expect(slotsOf(slow)).toHaveLength(all_slots);
    const floor = Math.min(...slotsOf(slow).map((slot) => slow.membership.floorOf(slot)));
    expect(floor).toBeGreaterThan(before.at(-1) ?? 0);
    expect(nodeOfId(slow.membership.ids.next())).toBe(slow.membership.place.number);
    expect(slow.membership.ceiling).toBeGreaterThan(before.at(-1) ?? 0);
  });
});

describe.skipIf(!hasSqld)("ids keep to the clock", () => {
  const joinAt = (now_ms: number) =>
    join(0, {
      createIds: (node) =>
        createNodeIds(
          node,
          0,
          () => now_ms,
          () => 0,
        ),
    });
  const now_ms = Date.now();

  test("where slots are given: who gives them says itself how far it came", async () => {
    const [one, two] = [await joinAt(now_ms), await joinAt(now_ms)];
    await pass(100, one);
    const to_give = one.membership.toGive();
    await one.membership.give(to_give, two.membership.place.number);
    await pass(100, two);
    expect(slotsOf(two)).toHaveLength(to_give.length);
    expect(timeOfId(two.membership.ids.next())).toBe(now_ms);
    // Who doesn't hear it knows above what they are all the same.
    const floor = two.membership.floorOf(to_give[0]?.slot ?? 0);
    expect(floor).toBeGreaterThan(one.membership.ids.next());
  });

  test("where nodes leave, and the next ones have their numbers", async () => {
    const first = await joinAt(now_ms);
    const last = first.membership.ids.next();
    await first.membership.leave();
    const next = await joinAt(now_ms);
    expect(next.membership.place.number).toBe(first.membership.place.number);
    expect(slotsOf(next)).toHaveLength(all_slots);
    const id = next.membership.ids.next();
    expect(id).toBeGreaterThan(last);
    expect(timeOfId(id)).toBe(now_ms);
  });

  test("where one leaves, and others take what it had", async () => {
    const [first, ...others] = [await joinAt(now_ms), await joinAt(now_ms), await joinAt(now_ms)];
    const last = first.membership.ids.next();
    await first.membership.leave();
    for (const one of others) await pass(100, one);
    const floors = others.flatMap((one) => slotsOf(one).map((slot) => one.membership.floorOf(slot)));
    expect(floors).toHaveLength(all_slots);
    expect(new Set(floors)).toEqual(new Set([last]));
  });

  test("where one leaves that took slots and hadn't read so: nobody's floor sinks", async () => {
    const [first, second] = [await joinAt(now_ms + 3_600_000), await joinAt(now_ms)];
    const last = first.membership.ids.next();
    await first.membership.leave();
    const { number } = second.membership.place;
    const free = Array.from({ length: all_slots }, (_, slot) => slot);
    const claim = claiming(second.holder, number, free, idsWithin(2_000));
    expect((await second.server.batch(claim)).state).toBe("done");
    await second.membership.leave();
    const third = await joinAt(now_ms);
    expect(slotsOf(third)).toHaveLength(all_slots);
    for (const slot of free) expect(third.membership.floorOf(slot)).toBeGreaterThanOrEqual(last);
  });

  test("where one is buried: what others may still make doesn't count", async () => {
    const [dead, heir, ahead] = [await joinAt(now_ms), await joinAt(now_ms), await joinAt(now_ms + 3_600_000)];
    const had = slotsOf(dead);
    for (let rounds = 0; rounds < 6; rounds += 1) for (const one of [heir, ahead]) await pass(500, one);
    const taken = had.filter((slot) => slotsOf(heir).includes(slot));
    expect(taken.length).toBeGreaterThan(0);
    for (const slot of taken) {
      expect(heir.membership.floorOf(slot)).toBeGreaterThan(dead.membership.ids.next());
      expect(timeOfId(heir.membership.floorOf(slot))).toBeLessThan(now_ms + 60_000);
    }
  });

  test("but go on above those of who had the number before, whatever the clocks show", async () => {
    const first = await joinAt(now_ms);
    const last = first.membership.ids.next();
    await first.membership.leave();
    const next = await joinAt(now_ms - 3_600_000);
    expect(next.membership.ids.next()).toBeGreaterThan(last);
  });
});

describe.skipIf(!hasSqld)("a group of writes", () => {
  test("for a slot that has changed hands is refused; others are written", async () => {
    const one = await join(0);
    const two = await join(0);
    await pass(100, one);
    const [slot] = one.membership.toGive();
    if (!slot) throw new Error("there is nothing to give");
    const kept = slotsOf(one).find((one_of) => one_of !== slot.slot) ?? 0;
    const before = [fenceOf(one, slot.slot), fenceOf(one, kept)];
    expect(await write(one, before)).toBe("done");
    await one.membership.give([slot], 1);
    expect(await write(one, before)).toBe("stale_epoch");
    expect(await write(one, before.slice(1))).toBe("done");
    await pass(100, two);
    expect(await write(two, [fenceOf(two, slot.slot)])).toBe("done");
    // Not with the right epoch of somebody else's slot.
    expect(await write(one, [fenceOf(one, slot.slot)])).toBe("stale_epoch");
  });

  test("that lands after its term was raised writes nothing", async () => {
    const gate = openGate(url);
    const one = await join(0, { at: gate.url });
    const direct = await reachServer({ url }, DEADLINE_MS);
    opened.push({ server: direct });
    await direct.batch([statement("CREATE TABLE late (n)")]);
    const held = gate.hold();
    const sent = one.server.batch([one.membership.guard(), statement("INSERT INTO late VALUES (1)")]);
    await one.membership.raiseTerm();
    const looked = await direct.run(statement("SELECT count(*) FROM late"));
    expect(await held.release()).toContain("stale_term");
    await sent;
    const after = await direct.run(statement("SELECT count(*) FROM late"));
    for (const count of [looked, after]) expect(count).toMatchObject({ state: "done", results: [{ rows: [[0]] }] });
    expect(await write(one, [fenceOf(one, 3)])).toBe("done");
    await gate.stop();
  });

  test("is refused, and the lease runs out, where the server doesn't sync its commits any more", async () => {
    const one = await join(0);
    await (await sharedSqld()).setDurable(url, false);
    expect(await write(one, [])).toBe("not_durable");
    await pass(2_300, one);
    expect(one.membership.isGood).toBe(false);
    expect(one.lost).toEqual([]);
    await (await sharedSqld()).setDurable(url, true);
    await pass(100, one);
    expect(one.membership.isGood).toBe(true);
  });

  test("isn't to be sent once the lease is over, whatever the node last heard", async () => {
    const one = await join(0);
    one.clock.ms = 1_199;
    expect(one.membership.isGood).toBe(true);
    one.clock.ms = 1_200;
    expect(one.membership.isGood).toBe(false);
    expect(one.membership.leaseLeftMs).toBe(0);
  });
});

test.skipIf(!hasSqld)(
  "two that want one slot at the same moment: one has it, and both know",
  async () => {
    for (let rounds = 0; rounds < 5; rounds += 1) {
      url = await (await sharedSqld()).newDatabase();
      const gone = await join(0);
      const [one, two] = await Promise.all([join(0), join(0)]);
      await gone.membership.leave();
      for (const { clock } of [one, two]) clock.ms += 1_100;
      await Promise.all([one.membership.renew(), two.membership.renew()]);
      // Free for so long that each may have all.
      for (const { clock } of [one, two]) clock.ms += 1_100;
      await Promise.all([one.membership.renew(), two.membership.renew()]);
      await pass(100, one, two);
      const [ones, twos] = [slotsOf(one), slotsOf(two)];
      expect(ones.filter((slot) => twos.includes(slot))).toEqual([]);
      expect(ones.length + twos.length).toBe(all_slots);
    }
  },
  20_000,
);

describe.skipIf(!hasSqld)("where all numbers are taken", () => {
  /** One more comes, whose clock shows so much more after each look. */
  async function come(meanwhile: string | null) {
    await join(0);
    const server = await reachServer({ url }, DEADLINE_MS);
    opened.push({ server });
    await server.batch([statement("UPDATE cluster_nodes SET holder = 'somebody ' || number WHERE holder = ''")]);
    let now_ms = 0;
    let looks = 0;
    const pause = async (ms: number) => {
      now_ms += ms;
      looks += 1;
      if (meanwhile) await server.batch([statement(meanwhile)]);
    };
    const on = { server, times: { ...by_hand, renew_ms: 400 }, clock: () => now_ms, pause };
    const came = await takeNumber("one more", "{}", on).catch(String);
    const left = await server.run(statement("SELECT holder FROM cluster_nodes WHERE holder <> '' ORDER BY holder"));
    return { came, looks, holders: left.state === "done" ? (left.results[0]?.rows.length ?? 0) : -1 };
  }

  test("by nodes that live, there is none for one more, which says so", async () => {
    const { came, holders } = await come("UPDATE cluster_nodes SET beat = beat + 1");
    expect(came).toContain("31 nodes already: stop one of them first");
    expect(holders).toBe(31);
  });

  test("by one that lives and the dead, whom nobody is left to miss, these are buried", async () => {
    const { came, looks, holders } = await come("UPDATE cluster_nodes SET beat = beat + 1 WHERE number = 0");
    expect(came.slice(0, 3)).toEqual([1, 1, 2]);
    expect(looks).toBe(Math.ceil(by_hand.dead_ms / 400));
    expect(holders).toBe(2);
  });
});
