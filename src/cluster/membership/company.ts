// Beside which other nodes a node can't be: those that speak another protocol or elsewhere than it does, and, where it would
// change the database in a way that isn't additive, those that don't know of that. One that died without a word stands in the database until it is
// buried, and keeps nobody out: who counts is seen to live.

import { lastingFault, passingFault } from "../faults.ts";
import type { SeenNode } from "./decisions.ts";
import { descriptionOf } from "./description.ts";
import type { Membership } from "./membership.ts";

type Company = Pick<Membership, "nodes" | "place" | "lost"> & { renew(): Promise<unknown> };

/** Longer than from one beat to the next. */
const LOOK_MS = 500;

/** Rejects with ClusterFault where one of the other nodes can't be spoken with. */
export async function refuseStrangers(membership: Company): Promise<void> {
  await refuseOtherName(membership);
  const { version, protocol } = ownDescription(membership);
  const other = await livingOther(membership, (node) => Math.abs(descriptionOf(node).protocol - protocol) > 1);
  if (!other) return;
  const its = descriptionOf(other);
  throw lastingFault(
    `version ${version} speaks protocol ${protocol} of nodes and the one before, and version ${its.version}, which ` +
      `node ${other.number} runs, speaks ${its.protocol}: bring all nodes to a version between the two first`,
  );
}

/** They would have the same slots, and never hear each other. */
async function refuseOtherName(membership: Company): Promise<void> {
  const { cluster } = ownDescription(membership);
  const isOther = (name: string) => name !== "" && name !== cluster;
  const other = await livingOther(membership, (node) => isOther(descriptionOf(node).cluster));
  if (!other) return;
  throw lastingFault(
    `ORCHARD_CLUSTER_NAME: node ${other.number} of this database has the name ${descriptionOf(other).cluster}, and this ` +
      `one ${cluster}: give all nodes the same`,
  );
}

/** Rejects with ClusterFault where another node is at work, though nobody has answered where this one speaks. */
export async function refuseToBeApart(membership: Company): Promise<void> {
  const atWork = () =>
    membership.nodes.filter(({ number, state }) => {
      return number !== membership.place.number && state === "serving";
    });
  const before = new Map(atWork().map(({ holder, beat }) => [holder, beat]));
  if (before.size === 0) return;
  await Bun.sleep(LOOK_MS);
  await membership.renew();
  const other = atWork().find(({ holder, beat }) => (before.get(holder) ?? beat) !== beat);
  if (!other) return;
  throw passingFault(
    `ORCHARD_CLUSTER: node ${other.number} of this database is at work and can't be heard at this NATS: give all nodes ` +
      "the addresses of the same, or start it again once that one reaches it",
  );
}

/** Rejects with ClusterFault where one of the other nodes doesn't know that migration, the last of so many. */
export async function refuseToBreak(membership: Company, tag: string, count: number): Promise<void> {
  const other = await livingOther(membership, (node) => descriptionOf(node).migrations < count);
  if (!other) return;
  throw lastingFault(
    `version ${ownDescription(membership).version} changes the database ("${tag}") so that node ${other.number}, which ` +
      `runs version ${descriptionOf(other).version}, couldn't go on: stop all nodes of earlier versions first`,
  );
}

function ownDescription({ nodes, place }: Company) {
  const own = nodes.find(({ number }) => number === place.number);
  return descriptionOf(own ?? { description: "{}" });
}

/** One of the other nodes that are meant; null where there is none, or those that there were have died. */
async function livingOther(membership: Company, isMeant: (node: SeenNode) => boolean): Promise<SeenNode | null> {
  const me = membership.place.number;
  const beats = new Map<string, number>();
  for (;;) {
    if (membership.lost !== null) throw passingFault(membership.lost);
    const meant = membership.nodes.filter((node) => node.number !== me && isMeant(node));
    const living = meant.find(({ holder, beat, state, number }) => {
      // Of two that begin at once, the later one finds the other.
      return (beats.get(holder) ?? beat) !== beat && (state !== "joining" || number < me);
    });
    if (living || meant.length === 0) return living ?? null;
    for (const { holder, beat } of meant) if (!beats.has(holder)) beats.set(holder, beat);
    await Bun.sleep(LOOK_MS);
    await membership.renew();
  }
}
