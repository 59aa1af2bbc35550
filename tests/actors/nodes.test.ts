// What all nodes are asked together: it holds only where each that there is has said so.

import { describe, expect, test } from "bun:test";
import type { Actors } from "../../src/actors/calls.ts";
import { createNodes, type NodeFigures, type NodeStanding, type NodesOptions } from "../../src/actors/nodes.ts";

const figures: NodeFigures = {
  sessions: 1,
  commits: 2,
  commit_mean_ms: null,
  loop_lag_p50_ms: null,
  loop_lag_p99_ms: null,
};

type Receiving = { receive: Record<string, (request: unknown, reply: () => void) => void> };

/** So many nodes that reach each other but for those `away`; each with some of its services in place of the usual. */
function several(count: number, services: (number: number) => Partial<NodesOptions> = () => ({}), away: number[] = []) {
  const kinds = new Map<number, Receiving>();
  const told: string[] = [];
  const all = Array.from({ length: count }, (_, number) => {
    const nodes = Array.from({ length: count }, (__, of) => ({ number: of, is_asked: of === number }) as NodeStanding);
    const actors = {
      define: (_name: string, { start }: { start(): Receiving }) => void kinds.set(number, start()),
      tell(address: string, call: string, request: unknown) {
        const to = Number(address.slice("node:".length));
        if (away.includes(to)) return false;
        told.push(call);
        queueMicrotask(() => kinds.get(to)?.receive[call]?.(request, () => {}));
        return true;
      },
    } as unknown as Actors;
    return createNodes({
      ...{ actors, standing: () => ({ nodes, free_slots: 0 }), figures: async () => figures },
      ...{ look: async () => true, follow: async () => true },
      ...{ shared_rates: { spent() {} }, told_sockets: { told() {} }, ...services(number) },
    });
  });
  return { asker: all[0] as NonNullable<(typeof all)[0]>, told };
}

describe("all know", () => {
  test("when each has read anew what it follows", async () => {
    const followed: number[] = [];
    const { asker } = several(3, (number) => ({
      async follow() {
        followed.push(number);
        return true;
      },
    }));
    expect(await asker.allKnow()).toBe(true);
    expect(followed.sort()).toEqual([0, 1, 2]);
  });

  test("where there is one alone", async () => {
    expect(await several(1).asker.allKnow()).toBe(true);
  });

  test("is not so where one couldn't read it, or can't be reached, or who there is can't be read", async () => {
    const failing = several(3, (number) => ({ follow: async () => number !== 2 }));
    expect(await failing.asker.allKnow()).toBe(false);
    expect(await several(3, () => ({}), [1]).asker.allKnow()).toBe(false);
    const blind = several(3, () => ({ look: async () => false }));
    expect(await blind.asker.allKnow()).toBe(false);
    expect(blind.told).toEqual([]);
  });

  test("is asked anew of those that there are then", async () => {
    let looks = 0;
    const { asker } = several(2, () => ({
      async look() {
        looks += 1;
        return true;
      },
    }));
    expect([await asker.allKnow(), await asker.allKnow(), looks]).toEqual([true, true, 2]);
  });
});

test("figures are those of all that say them", async () => {
  const { asker } = several(2);
  expect([...(await asker.figures())].sort()).toEqual([
    [0, figures],
    [1, figures],
  ]);
});

test("what is told of rates and sockets, all others hear, and who tells it doesn't", async () => {
  const heard: unknown[] = [];
  const { asker } = several(3, (number) => ({
    shared_rates: { spent: (spent) => void heard.push([number, spent]) },
    told_sockets: { told: (node, counts) => void heard.push([number, node, counts]) },
  }));
  const spent = { name: "user_requests", key: 7, tokens: 300 };
  asker.tellSpent(spent);
  asker.tellSockets([["192.0.2.1", 200]]);
  await Promise.resolve();
  expect(heard).toEqual([
    [1, spent],
    [2, spent],
    [1, 0, [["192.0.2.1", 200]]],
    [2, 0, [["192.0.2.1", 200]]],
  ]);
});
