// What befalls the nodes of a simulation, each thing at its moment: others come, some go, die, stop for a while or are cut
// off; and what they say to each other is lost, or comes twice.

import type { Random } from "../../harness/random.ts";
import type { World } from "../world.ts";
import type { ClusterHouse, NodeProcess } from "./cluster-house.ts";

/** How many of each in a round. */
export interface Troubles {
  joins: number;
  kills: number;
  stops: number;
  cuts_off: number;
  hang_ups: number;
  /** Of the messages between nodes. */
  losses: number;
}

const MOST_NODES = 6;

const some = (random: Random, share: number, most: number) => (random.next() < share ? random.whole(1, most) : 0);

export function troublesBy(random: Random, without: readonly string[]): Troubles {
  const troubles = {
    joins: some(random, 0.6, 3),
    kills: some(random, 0.4, 2),
    stops: some(random, 0.3, 2),
    cuts_off: some(random, 0.3, 2),
    hang_ups: some(random, 0.3, 3),
    losses: random.pick([0, 0, 0.001, 0.01]),
  };
  const left_out = Object.keys(troubles).filter((name) => without.includes(name));
  return { ...troubles, ...Object.fromEntries(left_out.map((name) => [name, 0])) };
}

/** From now on, for so long. */
export function trouble(world: World, house: ClusterHouse, troubles: Troubles, random: Random, for_ms: number): void {
  const { time, weather, trace } = world;
  const sometimes = (count: number, what: () => void) => {
    for (let times = 0; times < count; times += 1) {
      time.afterIn(null, random.next() * for_ms, () => {
        if (!weather.isClear) what();
      });
    }
  };
  house.wires.losses = troubles.losses;
  sometimes(troubles.joins, () => {
    if (house.processes.length < MOST_NODES) void house.start().catch(() => trace.note("a node", "can't start"));
  });
  sometimes(troubles.kills, () =>
    withOne(house, random, (node) => {
      trace.note(`node ${node.process.number}`, "is killed");
      house.killNode(node);
    }),
  );
  sometimes(troubles.stops, () =>
    withOne(house, random, (node) => {
      const stop_ms = random.next() < 0.5 ? random.next() * 1_000 : random.next() * 5_000;
      trace.note(`node ${node.process.number}`, `is stopped for ${stop_ms.toFixed(0)} ms`);
      time.stop(node.process);
      time.afterIn(null, stop_ms, () => time.resume(node.process));
    }),
  );
  sometimes(troubles.cuts_off, () =>
    withOne(house, random, (node) => {
      const cut_ms = random.next() * 3_000;
      trace.note(`node ${node.process.number}`, `is cut off for ${cut_ms.toFixed(0)} ms`);
      house.wires.cutOff(node.process, cut_ms);
      // From NATS alone, or from all other nodes.
      if (random.next() < 0.5) house.lines.cutOff(node.process, cut_ms);
    }),
  );
  sometimes(troubles.hang_ups, () => withOne(house, random, (node) => house.lines.hangUp(node.process)));
}

/** Never the last one. */
function withOne(house: ClusterHouse, random: Random, what: (node: NodeProcess) => void): void {
  if (house.processes.length > 1) what(random.pick(house.processes));
}
