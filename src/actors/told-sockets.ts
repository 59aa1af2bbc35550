// How many sockets addresses have at the other nodes, of those that have many: each node says it again and again. What
// one said last counts until it says more, or hasn't for too long, as when it is there no more.

import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { limits } from "../domain/limits.ts";

/** How many each of these addresses has at a node. */
export type SocketCounts = readonly (readonly [address: string, sockets: number])[];

export interface ToldSockets {
  /** Another node says so. */
  told(node: number, counts: SocketCounts): void;
  /** At all other nodes together, as far as they have told. */
  elsewhere(address: string): number;
}

/** Milliseconds, never going back. */
export function createToldSockets(clock: () => number): ToldSockets {
  const by_node = new Map<number, { at_ms: number; counts: ReadonlyMap<string, number> }>();
  return {
    told: (node, counts) => void by_node.set(node, { at_ms: clock(), counts: new Map(counts) }),
    elsewhere(address) {
      let sockets = 0;
      for (const { at_ms, counts } of by_node.values()) {
        if (clock() - at_ms <= limits.told_sockets_ms) sockets += counts.get(address) ?? 0;
      }
      return sockets;
    },
  };
}

/** Tells the others again and again how many sockets addresses have here, as long as any has many. */
export function startTelling(
  many: () => SocketCounts,
  tell: (counts: SocketCounts) => void,
  onFault: (error: unknown) => void,
): Rounds {
  let were_any = false;
  const round = async () => {
    const counts = many();
    if (counts.length > 0 || were_any) tell(counts);
    were_any = counts.length > 0;
  };
  return startRounds(round, { every_ms: limits.telling_sockets_ms, closing_ms: 0, onFault });
}
