// What it costs to be several nodes: the work of `fan-out` and of `durable`, done by nodes over NATS and by one process,
// both on a database server of the same kind. People are at the nodes in turn, so that most hear of rooms, and ask them,
// that are elsewhere. CPU is that of all nodes together; what NATS and the database server take is shown beside it.

import type { NodesPlace } from "../nodes.ts";
import type { Figures, Run, Workload } from "../workload.ts";
import { durable_sizes, sendForAWhile } from "./durable.ts";
import { fan_out_sizes, sendToAll } from "./fan-out.ts";

const FAN_OUT_NODES = 2;
const DURABLE_NODES = 3;
/**
 * The first tens of thousands of messages cost more for what the compiler does meanwhile, in each process anew: each of
 * three comes to as many in three times as long.
 */
const WARM_UP_MS = { full: 18_000, quick: 2_000, tiny: 50 } as const;

export const nodesFanOut: Workload = {
  name: "nodes-fan-out",
  title: "fan-out over nodes: 1,000 sessions at 2 nodes, 500 messages, 8 under way, from where the room isn't",
  sides: ["bare", "orchard"],
  against: "one process",
  targets: [{ figure: "cpu_per_delivery_us", at_most_times_bare: 1.5 }],
  async run(run) {
    const size = fan_out_sizes[run.scale];
    const place = await openOver(run, FAN_OUT_NODES, 1, size.sessions);
    return place ? sendToAll(place, size) : {};
  },
};

export const nodesDurable: Workload = {
  name: "nodes-durable",
  title: "durable sends over nodes: 100 servers x 10 members at 3 nodes, one sender each, 8 outstanding",
  sides: ["bare", "orchard"],
  against: "one process",
  targets: [
    { figure: "messages_per_s", at_least_times_bare: 0.8 },
    { figure: "acknowledged_but_lost", at_most: 0 },
  ],
  async run(run): Promise<Figures> {
    const size = durable_sizes[run.scale];
    const place = await openOver(run, DURABLE_NODES, size.servers, size.members);
    return place ? sendForAWhile(place, run, { ...size, warm_up_ms: WARM_UP_MS[run.scale] }, place.stored) : {};
  },
};

/** The bare side is one process. Null where this machine lacks what nodes need. */
async function openOver(run: Run, nodes: number, servers: number, members: number): Promise<NodesPlace | null> {
  // It looks for the programs when it is loaded.
  const { missing, openNodesPlace } = await import("../nodes.ts");
  if (missing === null) return openNodesPlace(run, run.side === "bare" ? 1 : nodes, servers, members);
  run.note(missing);
  return null;
}
