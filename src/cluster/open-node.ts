// Opens a node of a cluster: the database server with the node's place in it, NATS, and what the server's parts stand on.
// Loaded only where a cluster is configured.

import type { Gateway } from "../actors/delivery/gateway.ts";
import type { Line } from "../actors/delivery/line.ts";
import type { Runtime } from "../actors/runtime.ts";
import { monotonic } from "../clock.ts";
import type { DatabaseServer } from "../db/engine/database-server.ts";
import { openRemote } from "../db/engine/remote.ts";
import { openStoreOver, type Store, type StoreOptions } from "../db/store.ts";
import { createNodeIds } from "../domain/ids.ts";
import { Membership } from "./membership/membership.ts";
import { TermFence } from "./membership/term-fence.ts";
import { ClusterNode } from "./node/node.ts";
import { connectNats } from "./streams/nats-wire.ts";

/** When a node says that it lives, how long its lease is good, and when others take what it had. */
const times = {
  ...{ renew_ms: 400, lease_ms: 1_200, dead_ms: 1_800, overdue_ms: 1_000 },
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
  createRuntime(sockets: Gateway): (line: Line) => Runtime;
  /** Its actors answer from now on. */
  serve(): Promise<void>;
  ended(session: number): void;
  /** Gives all it has to others, and is no node any more. */
  leave(): Promise<void>;
}

/** Rejects as `openStore` does, or when NATS can't be reached. */
export async function openNode(options: NodeStoreOptions): Promise<OpenedNode> {
  const { cluster, version, random, url, authToken, allowUnsafe = false, onFatal = () => {} } = options;
  const clock = monotonic;
  let node: ClusterNode | null = null;
  let joined: Membership | null = null;
  const takeFence = async (server: DatabaseServer) => {
    joined = await Membership.join({
      ...{ server, allowUnsafe, clock, times, description: { version } },
      createIds: (number) => createNodeIds(number, 0, Date.now, random),
      onRenewed: () => node?.renewed(),
      onLost: onFatal,
    });
    return new TermFence(joined);
  };
  const driver = await openRemote({ url, authToken, allowUnsafe, takeFence });
  const store = await openStoreOver(driver, options);
  if (!joined) throw new Error("the driver has no fence");
  const membership: Membership = joined;
  membership.ids.pass(await store.maxId());
  const { number, incarnation } = membership.place;
  const name = `orchard ${number}.${incarnation}`;
  const wire = await connectNats({ servers: cluster.servers, cluster: cluster.name, name, onReach: () => {} });
  return {
    store,
    createRuntime: (sockets) => {
      const opened = new ClusterNode({
        ...{ membership, wire, sockets, clock, perform: store.writer.perform },
        times,
        waiting_bytes: WAITING_BYTES,
      });
      node = opened;
      opened.renewed();
      return (line) => opened.createRuntime(line);
    },
    serve: () => membership.serve(),
    ended: (session) => node?.ended(session),
    async leave() {
      await membership.leave();
      node?.close();
      await wire.close();
    },
  };
}
