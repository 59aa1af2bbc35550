// Writes of a node over a real database server: what it decided for a slot is stored only while the slot is its own, and
// nothing is done that was sent in an earlier term.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Membership } from "../../src/cluster/membership/membership.ts";
import { TermFence } from "../../src/cluster/membership/term-fence.ts";
import { fencing } from "../../src/cluster/slot-fence.ts";
import type { DatabaseServer } from "../../src/db/engine/database-server.ts";
import { DatabaseError, type Driver, type Statement } from "../../src/db/engine/driver.ts";
import { merging } from "../../src/db/engine/merged-jobs.ts";
import { openRemote } from "../../src/db/engine/remote.ts";
import { type Perform, performOver, type Write } from "../../src/db/engine/write.ts";
import { createWriter, type Writer } from "../../src/db/engine/writer.ts";
import { createNodeIds } from "../../src/domain/ids.ts";
import { busy, type Gate, openGate } from "../db/engine/gate.ts";
import { hasSqld, sharedSqld } from "../harness/sqld.ts";

interface Node {
  membership: Membership;
  driver: Driver;
  writer: Writer;
  clock: { ms: number };
  groups: number[];
  perform(slot: number): Perform;
}

let gate: Gate;
let url: string;
const nodes: Node[] = [];
beforeEach(async () => {
  if (!hasSqld) return;
  url = await (await sharedSqld()).newDatabase();
  gate = openGate(url);
});
afterEach(async () => {
  for (const { driver, membership, writer } of nodes.splice(0)) {
    await writer.drain();
    await membership.leave().catch(() => {});
    await driver.close();
  }
  await gate?.stop();
  if (hasSqld) await (await sharedSqld()).removeDatabase(url);
});

async function join(at = url, wall_ms = 0): Promise<Node> {
  const clock = { ms: 0 };
  const createIds = (node: number) => createNodeIds(node, 0, () => Date.now() + wall_ms, Math.random);
  const joined = Promise.withResolvers<Membership>();
  const takeFence = async (server: DatabaseServer) => {
    const membership = await Membership.join({
      ...{
        server,
        holder: crypto.randomUUID(),
        description: {},
        allowUnsafe: false,
        createIds,
        clock: () => clock.ms,
        onRenewed() {},
        onLost() {},
      },
      times: {
        renew_ms: 2 ** 30,
        patience_ms: 2 ** 30,
        giving_ms: 2 ** 30,
        lease_ms: 1_200,
        dead_ms: 1_800,
        overdue_ms: 1_000,
      },
    });
    joined.resolve(membership);
    return new TermFence(membership, 0);
  };
  const driver = await openRemote({ url: at, deadlineMs: 300, takeFence });
  const membership = await joined.promise;
  await membership.serve();
  const groups: number[] = [];
  const transact: Driver["transact"] = (jobs) => {
    groups.push(jobs.length);
    return driver.transact(jobs);
  };
  const writer = createWriter({ transact: merging(transact) });
  const perform = performOver((job) => writer.enqueue(job));
  const { number } = membership.place;
  const fenceOf = (slot: number) => {
    const { node, epoch } = membership.slot(slot);
    return node === number ? ([number, slot, epoch] as const) : null;
  };
  const node = {
    ...{ membership, driver, writer, clock, groups },
    perform: (slot: number) => fencing(perform, () => fenceOf(slot)),
  };
  nodes.push(node);
  await driver.transact([[statement("CREATE TABLE IF NOT EXISTS written (n INTEGER UNIQUE)")]]);
  return node;
}

const statement = (sql: string, ...params: (string | number)[]): Statement => ({ sql, params });

const adding = (number: number): Write<number> => ({
  job: [
    {
      sql: "INSERT INTO written SELECT value FROM json_each(?)",
      params: [JSON.stringify([number])],
      mergeable: true,
    },
  ],
  stored: (results) => results.length,
  find: async () => null,
});

/** Keeps the next group back, on a connection that has just begun, and so isn't ended when nobody waits any more. */
function holdOnItsOwn() {
  gate.next(busy);
  return gate.hold();
}

const written = async ({ driver }: Node) => (await driver.query(statement("SELECT n FROM written ORDER BY n"))).flat();
const ended = (done: Promise<unknown>) =>
  done.catch((error) => (error instanceof DatabaseError ? error.fault : Promise.reject(error)));

describe.skipIf(!hasSqld)("what is written for a slot", () => {
  test("is stored while it is this node's, many together as one, and its results are its own", async () => {
    const one = await join();
    const done = await Promise.all(Array.from({ length: 50 }, (_, number) => one.perform(3)(adding(number))));
    expect(done).toEqual(Array(50).fill({ state: "stored", value: 1 }));
    expect(one.groups).toEqual([1]);
    expect(await written(one)).toHaveLength(50);
  });

  test("isn't stored once it has moved, which is known before and behind the commit; the rest is", async () => {
    const [one] = [await join(), await join()];
    await one.membership.renew();
    const [slot] = one.membership.toGive();
    if (!slot) throw new Error("there is nothing to give");
    const kept = one.membership.toGive().length > 0 ? keptBy(one) : 0;
    const stale = [one.membership.place.number, slot.slot, slot.epoch] as const;
    await one.membership.give([slot], slot.to);
    const perform = performOver((job) => one.writer.enqueue(job));
    const late = [1, 2].map((number) => ended(fencing(perform, () => stale)(adding(number))));
    const other = one.perform(kept)(adding(7));
    for (const fault of await Promise.all(late)) expect(fault).toMatchObject({ kind: "unavailable", undone: true });
    expect(await other).toEqual({ state: "stored", value: 1 });
    expect(await ended(one.perform(slot.slot)(adding(3)))).toMatchObject({ kind: "unavailable", undone: true });
    expect(await written(one)).toEqual([7]);
  });

  test("and refused by the database for itself comes to what the write makes of it", async () => {
    const one = await join();
    await one.perform(3)(adding(1));
    const refused = (constraint: string | undefined) => (constraint === "written.n" ? -1 : undefined);
    expect(await one.perform(3)({ ...adding(1), refused })).toEqual({ state: "stored", value: -1 });
    expect(await ended(one.perform(3)(adding(1)))).toMatchObject({ kind: "constraint" });
  });

  test("by two nodes at once is stored by each for its own slots", async () => {
    const [one, two] = [await join(), await join()];
    await one.membership.renew();
    const slots = one.membership.toGive().slice(0, 2);
    for (const slot of slots) await one.membership.give([slot], slot.to);
    await two.membership.renew();
    const [given] = slots;
    const all = Array.from({ length: 40 }, (_, number) =>
      number % 2 === 0 ? one.perform(keptBy(one))(adding(number)) : two.perform(given?.slot ?? 0)(adding(number)),
    );
    await Promise.all(all);
    expect(await written(two)).toHaveLength(40);
  });
});

const keptBy = ({ membership }: Node) => {
  const given = new Set(membership.toGive().map(({ slot }) => slot));
  return (
    Array.from({ length: 256 }, (_, slot) => slot).find(
      (slot) => !given.has(slot) && membership.slot(slot).node === membership.place.number,
    ) ?? 0
  );
};

describe.skipIf(!hasSqld)("a node", () => {
  test("whose group has no known end raises its term first: what lands later is refused", async () => {
    const one = await join(gate.url);
    const held = holdOnItsOwn();
    const write = ended(one.perform(3)(adding(1)));
    expect(await write).toMatchObject({ kind: "unavailable" });
    expect(await written(one)).toEqual([]);
    expect(await held.release()).toContain("stale_term");
    expect(await one.perform(3)(adding(2))).toEqual({ state: "stored", value: 1 });
    expect(await written(one)).toEqual([2]);
  });

  test("whose lease has run out neither reads nor writes, until it is renewed", async () => {
    const one = await join();
    one.clock.ms = 1_300;
    expect(await ended(one.perform(3)(adding(1)))).toMatchObject({ kind: "unavailable", undone: true });
    expect(await ended(written(one))).toMatchObject({ kind: "unavailable" });
    await one.membership.renew();
    expect(await one.perform(3)(adding(1))).toEqual({ state: "stored", value: 1 });
    expect(await written(one)).toEqual([1]);
  });

  test.each([3_600_000, -3_600_000])(
    "whose slot another has claimed writes nothing there that was on its way before, its clock off by %p ms",
    async (off_ms) => {
      const one = await join(gate.url, off_ms);
      const two = await join(url, -off_ms);
      const held = holdOnItsOwn();
      const late = ended(one.perform(3)(adding(1)));
      await held.reached;
      for (let rounds = 0; rounds < 6; rounds += 1) {
        two.clock.ms += 400;
        await two.membership.renew();
      }
      expect(await two.perform(3)(adding(2))).toEqual({ state: "stored", value: 1 });
      expect(await held.release()).toContain("stale_term");
      expect(await late).toMatchObject({ kind: "unavailable" });
      expect(await written(two)).toEqual([2]);
      const owner = await two.driver.query(statement("SELECT node FROM cluster_slots WHERE slot = 3"));
      expect(owner).toEqual([[two.membership.place.number]]);
      expect(two.membership.floorOf(3)).toBeGreaterThan(one.membership.ids.next());
    },
  );

  test("that was buried writes nothing any more, though it hasn't heard of it", async () => {
    const [one, two] = [await join(), await join()];
    for (let rounds = 0; rounds < 6; rounds += 1) {
      two.clock.ms += 400;
      await two.membership.renew();
    }
    expect(two.membership.nodes).toHaveLength(1);
    expect(one.membership.isGood).toBe(true);
    expect(await ended(one.perform(3)(adding(1)))).toMatchObject({ kind: "unavailable" });
    expect(one.membership.lost).toContain("dead");
    expect(await written(two)).toEqual([]);
    expect(await two.perform(3)(adding(2))).toEqual({ state: "stored", value: 1 });
  });
});
