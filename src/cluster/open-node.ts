// Opens a node of a cluster: the database server with the node's place in it, NATS, and what the server's parts stand on.
// Loaded only where a cluster is configured.

import type { Line } from "../actors/delivery/line.ts";
import type { Standing } from "../actors/nodes.ts";
import type { Runtime } from "../actors/runtime.ts";
import { monotonic } from "../clock.ts";
import { type DatabaseServer, reachServer } from "../db/engine/database-server.ts";
import { displaceOne } from "../db/engine/displacing.ts";
import { DatabaseError, type Statement } from "../db/engine/driver.ts";
import { endedOrLate } from "../db/engine/ended-or-late.ts";
import { requireFitForNodes } from "../db/engine/fence.ts";
import { openRemoteAt } from "../db/engine/remote.ts";
import { RequestsAtOnce } from "../db/engine/requests-at-once.ts";
import { openStoreOver, type Store, type StoreOptions } from "../db/store.ts";
import { keptText } from "../db/upkeep/kept-texts.ts";
import { createNodeIds, id_nodes } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { NodeDuty } from "./duty.ts";
import { Lifelines, type LineGround, type Reachable } from "./lifelines/lifelines.ts";
import { openTcpLines } from "./lifelines/tcp-lines.ts";
import { refuseClock } from "./membership/clocks.ts";
import { refuseStrangers, refuseToBeApart, refuseToBreak } from "./membership/company.ts";
import type { Place, SeenNode } from "./membership/decisions.ts";
import { describing, descriptionOf } from "./membership/description.ts";
import { Membership } from "./membership/membership.ts";
import { TermFence } from "./membership/term-fence.ts";
import { ClusterNode, type Sockets } from "./node/node.ts";
import { readingsOf } from "./node/readings.ts";
import { standingOf } from "./node/standing.ts";
import { WithoutOwner } from "./node/without-owner.ts";
import type { ClusterSettings } from "./settings.ts";
import { connectNats, type NatsWire } from "./streams/nats-wire.ts";
import { SharedWriting } from "./writing/shared-writing.ts";

/** When a node says that it lives, how long its lease is good, and when others take what it had. */
export const times = {
  ...{ renew_ms: 400, patience_ms: 800, giving_ms: 2_000, lease_ms: 1_800, dead_ms: 2_500, overdue_ms: 1_000 },
  ...{ beat_ms: 250, silence_ms: 1_000, writing_ms: 3_000 },
};
/** What may wait for one other node. */
const WAITING_BYTES = 64 * 2 ** 20;
/** Shorter groups of writes, of fewer than some ten messages, are committed by each node itself. */
const LEAST_LENGTH = 4_096;

export interface NodeStoreOptions extends StoreOptions {
  cluster: ClusterSettings;
  version: string;
  random(): number;
}

export interface OpenedNode {
  store: Store;
  /** Why it can't do its part now, as half a sentence; null while it can. */
  fault(): string | null;
  /** How all nodes stand, as this one sees it. */
  standing(): Standing;
  /** Reads anew which nodes there are; whether that went through. */
  look(): Promise<boolean>;
  /** What it counts and measures. */
  readings(): ReturnType<typeof readingsOf>;
  /** Whether NATS asks who somebody is. */
  is_guarded: boolean;
  createRuntime(sockets: Sockets): (line: Line) => Runtime;
  /** Its actors answer from now on. */
  serve(): Promise<void>;
  ended(session: number): void;
  /** Gives its rooms to others while it goes on with all else. Never rejects; takes no longer than it may. */
  handOver(): Promise<void>;
  /** Gives up what it still has, and is no node any more: others find out where the database is away. */
  leave(): Promise<void>;
}

/** Rejects as `openStore` does, or when NATS can't be reached. */
export async function openNode(options: NodeStoreOptions): Promise<OpenedNode> {
  const { name: cluster, ...reaching } = options.cluster;
  const atOnce = new RequestsAtOnce();
  const server = await reachServer(options, limits.remote_database_deadline_ms, atOnce);
  // Apart: renewals wait behind nothing, and are sent anew over another connection soon after one says nothing.
  const lease_server = await reachServer(options, limits.lease_database_deadline_ms);
  const connect = ({ number, incarnation }: Place, database: string) =>
    connectNats({
      ...{ ...reaching, cluster, database, name: `orchard ${number}.${incarnation}` },
      onReach: () => {},
    });
  await refuseClock(server, Date.now).catch((error) => {
    server.close();
    throw error;
  });
  const openLines = (holder: string) => openTcpLines(options.cluster, holder);
  const grounds = { server, lease_server, atOnce, connect, openLines };
  return openNodeAt({ ...options, ...grounds, cluster_name: cluster, clock: Date.now });
}

export interface NodeGround extends Omit<NodeStoreOptions, "cluster" | "url" | "authToken"> {
  server: DatabaseServer;
  /** The same for leases and slots, where that is another connection. */
  lease_server?: DatabaseServer;
  /** What bounds the requests to `server`. */
  atOnce?: RequestsAtOnce;
  cluster_name: string;
  /** `database`: what all nodes know it by. */
  connect(place: Place, database: string): Promise<NatsWire>;
  /** `holder`: who this process is to be among the nodes. */
  openLines(holder: string): Promise<LineGround>;
  /** Unix milliseconds. */
  clock(): number;
  /** From how many characters on a group of writes is put together with those of other nodes. */
  least_length?: number;
}

/** The same on a database server that is reached already, and over whatever `connect` and `openLines` come to. */
export async function openNodeAt(ground: NodeGround): Promise<OpenedNode> {
  const holder = crypto.randomUUID();
  const lines = await ground.openLines(holder);
  const lifelines = new Lifelines(lines);
  return openWith(ground, holder, lifelines).catch((error) => {
    lifelines.close();
    throw error;
  });
}

async function openWith(ground: NodeGround, holder: string, lifelines: Lifelines): Promise<OpenedNode> {
  const { server, lease_server = server, version, random, allowUnsafe = false, onFatal = () => {} } = ground;
  const { atOnce = new RequestsAtOnce() } = ground;
  let node: ClusterNode | null = null;
  let joined: Membership | null = null;
  const without_owner = new WithoutOwner();
  const duty = new NodeDuty(() => joined);
  let renewed_ms = Number.POSITIVE_INFINITY;
  const description = describing(version, lifelines.address, ground.clock(), ground.cluster_name);
  lifelines.onGone = (gone) => {
    without_owner.ended(gone, monotonic());
    joined?.bury(gone);
  };
  const takeFence = async () => {
    if (!allowUnsafe) await requireFitForNodes(server);
    await displaceOne(server);
    joined = await Membership.join({
      ...{ server: lease_server, holder, allowUnsafe, clock: monotonic, times, description },
      createIds: (number) => createNodeIds(number, 0, ground.clock, random),
      onRenewed: () => {
        const now_ms = monotonic();
        // The database is back: what was asked before may never be answered, and so many asks are all that it is asked.
        if (now_ms - renewed_ms > times.lease_ms) server.turnOver(limits.remote_database_revival_ms);
        renewed_ms = now_ms;
        if (joined) without_owner.note(joined, now_ms);
        atOnce.share(joined?.nodes.length ?? id_nodes);
        lifelines.meet(reachableIn(joined?.nodes ?? [], holder));
        node?.renewed();
        duty.renewed();
      },
      onLost: onFatal,
    });
    // Before anything is changed.
    await refuseStrangers(joined).catch((error) => giveUp(error, membershipOf()));
    return new TermFence(joined, limits.remote_database_patience_ms);
  };
  const membershipOf = (): Membership => {
    if (!joined) throw new Error("the driver has no fence");
    return joined;
  };
  const beforeBreaking = (tag: string, count: number) => refuseToBreak(membershipOf(), tag, count);
  const { least_length = LEAST_LENGTH } = ground;
  const bounds = { least_length, patience_ms: times.writing_ms };
  const writing = new SharedWriting({ ...bounds, commit: server.commit, clock: monotonic });
  const shared = { ...server, commit: (group: readonly Statement[]) => writing.commit(group) };
  const driver = await openRemoteAt(shared, { ...ground, atOnce, takeFence });
  const opening = openStoreOver(driver, { ...ground, beforeBreaking });
  const store = await opening.catch((error) => giveUp(error, membershipOf()));
  const membership = membershipOf();
  // What other nodes send to be written is written where its texts are known.
  void [store.messages, store.conversationMessages, store.users, store.logins];
  const wire = await enter(ground, membership, store).catch((error) => giveUp(error, membership, store));
  return {
    ...{ store, is_guarded: wire.state.is_guarded },
    fault: () => faultOf(membership, wire),
    standing: () => standingOf(membership, node?.readings().links ?? new Map()),
    look: () => membership.renew(),
    readings: () => readingsOf({ version, membership, node, wire, without_owner, lifelines, writing }),
    createRuntime: (sockets) => {
      const opened = new ClusterNode({
        ...{ membership, wire, sockets, clock: monotonic, perform: store.writer.perform, times, writing },
        waiting_bytes: WAITING_BYTES,
      });
      node = opened;
      return (line) => ({ ...opened.createRuntime(line), duty });
    },
    serve: () => membership.serve(),
    ended: (session) => node?.ended(session),
    // What can't be given goes to others once this node is none any more.
    handOver: () => endedOrLate(limits.hand_over_ms, reported(ground, node?.handOver())),
    async leave() {
      // Where the database can't be told, others find out.
      await endedOrLate(limits.leaving_ms, reported(ground, membership.leave()));
      lifelines.close();
      lease_server.close();
      node?.close();
      await wire.close();
    },
  };
}

/** Settles with the work; tells a fault of the database. */
async function reported({ onFault }: Pick<NodeGround, "onFault">, work: Promise<void> | undefined): Promise<void> {
  await work?.catch((error) => {
    if (!(error instanceof DatabaseError)) throw error;
    onFault?.(error.fault);
  });
}

/** Those of the others whose processes take lines. */
function reachableIn(nodes: readonly SeenNode[], me: string): Reachable[] {
  return nodes.flatMap((node) => {
    const { line_at: address } = descriptionOf(node);
    // Another version may have written something else there.
    const isOne = URL.canParse(`line://${address}`) && new URL(`line://${address}`).port !== "";
    return node.holder === me || !isOne ? [] : { holder: node.holder, address };
  });
}

/** Takes part in what nodes say to each other. */
async function enter(
  { connect }: Pick<NodeGround, "connect">,
  membership: Membership,
  store: Store,
): Promise<NatsWire> {
  membership.ids.pass(await store.maxId());
  const wire = await connect(membership.place, hashed(await keptText(store, "epoch")));
  if (wire.has_company) return wire;
  await refuseToBeApart(membership).catch((error) =>
    wire.close().then(() => {
      throw error;
    }),
  );
  return wire;
}

/** Who can't be a node keeps no number. */
async function giveUp(error: unknown, membership: Membership, store?: Store): Promise<never> {
  // Where the database is away, others find out.
  await membership.leave().catch(() => {});
  await store?.close();
  throw error;
}

const hashed = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

function faultOf(
  { lost, isGood }: Pick<Membership, "lost" | "isGood">,
  { state }: Pick<NatsWire, "state">,
): string | null {
  if (lost !== null) return lost;
  if (!isGood) return "the node's lease has run out, and the database doesn't renew it";
  if (!state.is_reached) return "NATS can't be reached";
  return state.refusal && `NATS refuses what the node says: ${state.refusal}`;
}
