// Opens a node of a cluster: the database server with the node's place in it, NATS, and what the server's parts stand on.
// Loaded only where a cluster is configured.

import type { Line } from "../actors/delivery/line.ts";
import type { Runtime } from "../actors/runtime.ts";
import { monotonic } from "../clock.ts";
import { type DatabaseServer, reachServer } from "../db/engine/database-server.ts";
import { DatabaseError } from "../db/engine/driver.ts";
import { openRemoteAt } from "../db/engine/remote.ts";
import { openStoreOver, type Store, type StoreOptions } from "../db/store.ts";
import { createNodeIds } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { Membership, type Place } from "./membership/membership.ts";
import { TermFence } from "./membership/term-fence.ts";
import { ClusterNode, type Sockets } from "./node/node.ts";
import { connectNats, type NatsWire } from "./streams/nats-wire.ts";

/** When a node says that it lives, how long its lease is good, and when others take what it had. */
const times = {
  ...{ renew_ms: 400, patience_ms: 600, giving_ms: 2_000, lease_ms: 1_200, dead_ms: 1_800, overdue_ms: 1_000 },
  ...{ beat_ms: 250, silence_ms: 1_000 },
};
/** What may wait for one other node. */
const WAITING_BYTES = 64 * 2 ** 20;

export interface ClusterConfig {
  /** `nats://host:port`. */
  servers: readonly string[];
  name: string;
}

export interface NodeStoreOptions extends StoreOptions {
  cluster: ClusterConfig;
  version: string;
  random(): number;
}

export interface OpenedNode {
  store: Store;
  createRuntime(sockets: Sockets): (line: Line) => Runtime;
  /** Its actors answer from now on. */
  serve(): Promise<void>;
  ended(session: number): void;
  /** Gives its rooms to others while it goes on with all else. Never rejects; takes no longer than it may. */
  handOver(): Promise<void>;
  /** Gives up what it still has, and is no node any more. */
  leave(): Promise<void>;
}

/** Rejects as `openStore` does, or when NATS can't be reached. */
export async function openNode(options: NodeStoreOptions): Promise<OpenedNode> {
  const { cluster } = options;
  const server = await reachServer(options, limits.remote_database_deadline_ms);
  const connect = ({ number, incarnation }: Place) =>
    connectNats({
      ...{ servers: cluster.servers, cluster: cluster.name, name: `orchard ${number}.${incarnation}` },
      onReach: () => {},
    });
  return openNodeAt({ ...options, server, connect, clock: Date.now });
}

export interface NodeGround extends Omit<NodeStoreOptions, "cluster" | "url" | "authToken"> {
  server: DatabaseServer;
  connect(place: Place): Promise<NatsWire>;
  /** Unix milliseconds. */
  clock(): number;
}

/** The same on a database server that is reached already, and over whatever `connect` comes to. */
export async function openNodeAt(ground: NodeGround): Promise<OpenedNode> {
  const { server, connect, version, random, allowUnsafe = false, onFatal = () => {} } = ground;
  let node: ClusterNode | null = null;
  let joined: Membership | null = null;
  const takeFence = async () => {
    joined = await Membership.join({
      ...{ server, allowUnsafe, clock: monotonic, times, description: { version } },
      createIds: (number) => createNodeIds(number, 0, ground.clock, random),
      onRenewed: () => node?.renewed(),
      onLost: onFatal,
    });
    return new TermFence(joined, limits.remote_database_patience_ms);
  };
  const store = await openStoreOver(await openRemoteAt(server, { ...ground, takeFence }), ground);
  if (!joined) throw new Error("the driver has no fence");
  const membership: Membership = joined;
  membership.ids.pass(await store.maxId());
  const wire = await connect(membership.place);
  return {
    store,
    createRuntime: (sockets) => {
      const opened = new ClusterNode({
        ...{ membership, wire, sockets, clock: monotonic, perform: store.writer.perform, times },
        waiting_bytes: WAITING_BYTES,
      });
      node = opened;
      return (line) => opened.createRuntime(line);
    },
    serve: () => membership.serve(),
    ended: (session) => node?.ended(session),
    async handOver() {
      const given = node?.handOver().catch((error) => {
        // They go to others once this node is none any more.
        if (!(error instanceof DatabaseError)) throw error;
        ground.onFault?.(error.fault);
      });
      await Promise.race([given, Bun.sleep(limits.hand_over_ms)]);
    },
    async leave() {
      await membership.leave();
      node?.close();
      await wire.close();
    },
  };
}
