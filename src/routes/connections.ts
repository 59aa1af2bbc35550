// How many sockets each address has open and how fast it opens them. It knows only addresses that have a socket, or
// opened one lately, and refuses before anything is made for a socket. Of several nodes each tells the others again and
// again of addresses that have many: so one has no more at all of them than at one, but for what isn't told yet.

import type { Throttle } from "../accounts/throttle.ts";
import type { SocketCounts } from "../actors/told-sockets.ts";
import { limits } from "../domain/limits.ts";
import { type Failure, failure } from "../protocol/outcome.ts";

export interface Connections {
  /** Why the address may open no further socket now; null when it may. Takes nothing. */
  refusal(address: string): Failure | null;
  opened(address: string): void;
  closed(address: string): void;
  /** Addresses that have a socket. */
  readonly addresses: number;
  /** Those that have a good part of what they may. */
  many(): SocketCounts;
}

/** `per_address` open at once, with those that it has `elsewhere`, and new ones as fast as `pace` lets them. */
export function createConnections(
  per_address: number,
  pace: Throttle,
  elsewhere: (address: string) => number = () => 0,
): Connections {
  const open = new Map<string, number>();
  return {
    refusal(address) {
      if ((open.get(address) ?? 0) + elsewhere(address) >= per_address) {
        return failure("limit_reached", "This address has too many open sockets.", { limit: "connections_per_address" })
          .error;
      }
      const retry_after_ms = pace.wait(address);
      if (retry_after_ms === 0) return null;
      return failure("rate_limited", "This address opens sockets too fast.", { retry_after_ms }).error;
    },
    opened(address) {
      pace.take(address);
      open.set(address, (open.get(address) ?? 0) + 1);
    },
    closed(address) {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    },
    get addresses() {
      return open.size;
    },
    many: () => [...open].filter(([, sockets]) => sockets >= per_address / limits.told_parts),
  };
}
